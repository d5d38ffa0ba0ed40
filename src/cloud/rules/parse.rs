//! Parsing rules: a small subset of JavaScript's expressions.

use crate::cloud::rules::expression::{Comparison, Expression};
use crate::error::{Error, ErrorKind, Result};
use crate::value::Bson;

/// Longest rule, in characters. The service's limit.
const EXPRESSION_CHARACTERS_MAX: usize = 1024;

/// Deepest nesting of a rule. Ours.
const EXPRESSION_DEPTH_MAX: usize = 64;

/// Most `get()` in one rule. The service's limit.
const GETS_MAX: usize = 3;

pub(super) fn parse_expression(text: &str) -> Result<Expression> {
    let count = text.chars().count();
    if count > EXPRESSION_CHARACTERS_MAX {
        return Err(refuse(format!(
            "it has {count} characters, the most is {EXPRESSION_CHARACTERS_MAX}"
        )));
    }
    let mut parser = Parser { rest: text, text, depth: 0, gets: 0, gets_open: 0 };
    let expression = parser.or()?;
    parser.skip_space();
    if !parser.rest.is_empty() {
        return Err(parser.unexpected());
    }
    Ok(expression)
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
    depth: usize,
    gets: usize,
    gets_open: usize,
}

impl<'a> Parser<'a> {
    fn or(&mut self) -> Result<Expression> {
        self.depth += 1;
        if self.depth > EXPRESSION_DEPTH_MAX {
            return Err(refuse(format!("it is nested deeper than {EXPRESSION_DEPTH_MAX}")));
        }
        let mut left = self.and()?;
        while self.take("||") {
            left = Expression::Or(Box::new(left), Box::new(self.and()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn and(&mut self) -> Result<Expression> {
        let mut left = self.comparison()?;
        while self.take("&&") {
            left = Expression::And(Box::new(left), Box::new(self.comparison()?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<Expression> {
        // Longer operators first: `<=` is not `<` and then `=`.
        const OPERATORS: [(&str, Comparison); 8] = [
            ("===", Comparison::Equal),
            ("!==", Comparison::NotEqual),
            ("==", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        let mut left = self.unary()?;
        loop {
            let operator = OPERATORS.iter().find(|(operator, _)| self.take(operator));
            if let Some((_, comparison)) = operator {
                left = Expression::Compare(*comparison, Box::new(left), Box::new(self.unary()?));
            } else if self.take_word("in") {
                left = Expression::In(Box::new(left), Box::new(self.unary()?));
            } else {
                return Ok(left);
            }
        }
    }

    fn unary(&mut self) -> Result<Expression> {
        let mut negations = 0;
        while !self.rest_starts_with("!=") && self.take("!") {
            negations += 1;
        }
        let is_negative = negations == 0 && self.take("-");
        let mut expression = self.postfix()?;
        if is_negative {
            expression = Expression::Negative(Box::new(expression));
        }
        // Two negations are none; a stack of boxes as deep as the text is long would be unbounded.
        if negations > 0 {
            expression = Expression::Not(Box::new(expression));
            if negations % 2 == 0 {
                expression = Expression::Not(Box::new(expression));
            }
        }
        Ok(expression)
    }

    fn postfix(&mut self) -> Result<Expression> {
        let mut expression = self.primary()?;
        let mut links = 0;
        loop {
            if self.take(".") {
                let name = self.name().ok_or_else(|| self.unexpected())?;
                expression = Expression::Member(Box::new(expression), name.to_owned());
            } else if self.take("[") {
                let index = self.or()?;
                self.expect("]")?;
                expression = Expression::Index(Box::new(expression), Box::new(index));
            } else {
                return Ok(expression);
            }
            links += 1;
            if links > EXPRESSION_DEPTH_MAX {
                return Err(refuse(format!("it is nested deeper than {EXPRESSION_DEPTH_MAX}")));
            }
        }
    }

    fn primary(&mut self) -> Result<Expression> {
        self.skip_space();
        let first = self.rest.chars().next().ok_or_else(|| self.unexpected())?;
        match first {
            '(' => {
                self.expect("(")?;
                let inner = self.or()?;
                self.expect(")")?;
                Ok(inner)
            }
            '[' => {
                self.expect("[")?;
                self.list()
            }
            '\'' | '"' => self.quoted(first).map(|text| Expression::Literal(Bson::String(text))),
            '`' => self.template(),
            '0'..='9' => self.number(),
            _ => {
                let name = self.name().ok_or_else(|| self.unexpected())?;
                self.named(name)
            }
        }
    }

    fn named(&mut self, name: &str) -> Result<Expression> {
        Ok(match name {
            "true" => Expression::Literal(Bson::Boolean(true)),
            "false" => Expression::Literal(Bson::Boolean(false)),
            "null" | "undefined" => Expression::Literal(Bson::Null),
            "get" if self.take("(") => {
                self.gets += 1;
                if self.gets > GETS_MAX {
                    return Err(refuse(format!("it has more than {GETS_MAX} get()")));
                }
                self.gets_open += 1;
                if self.gets_open > 2 {
                    return Err(refuse("get() is nested deeper than 2".into()));
                }
                let place = self.or()?;
                self.gets_open -= 1;
                self.expect(")")?;
                Expression::Get(Box::new(place))
            }
            "auth" | "doc" | "request" | "resource" | "now" => Expression::Variable(name.into()),
            _ => return Err(refuse(format!("'{name}' means nothing in a rule"))),
        })
    }

    fn list(&mut self) -> Result<Expression> {
        let mut items = Vec::new();
        if self.take("]") {
            return Ok(Expression::List(items));
        }
        loop {
            items.push(self.or()?);
            if self.take("]") {
                return Ok(Expression::List(items));
            }
            self.expect(",")?;
        }
    }

    fn quoted(&mut self, quote: char) -> Result<String> {
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => text.push(unescaped(characters.next().map(|(_, escaped)| escaped))?),
                _ if character == quote => {
                    self.rest = self.rest.get(at + quote.len_utf8()..).unwrap_or_default();
                    return Ok(text);
                }
                other => text.push(other),
            }
        }
        Err(refuse("a text is not closed".into()))
    }

    fn template(&mut self) -> Result<Expression> {
        self.expect("`")?;
        let mut parts = Vec::new();
        loop {
            let end =
                self.rest.find(['`', '$']).ok_or_else(|| refuse("a text is not closed".into()))?;
            let (plain, rest) = self.rest.split_at(end);
            if !plain.is_empty() {
                parts.push(Expression::Literal(Bson::String(plain.to_owned())));
            }
            self.rest = rest;
            if let Some(rest) = rest.strip_prefix('`') {
                self.rest = rest;
                return Ok(Expression::Template(parts));
            }
            if let Some(rest) = rest.strip_prefix("${") {
                self.rest = rest;
                parts.push(self.or()?);
                self.skip_space();
                self.rest = self.rest.strip_prefix('}').ok_or_else(|| self.unexpected())?;
            } else {
                self.rest = rest.get(1..).unwrap_or_default();
                parts.push(Expression::Literal(Bson::String("$".into())));
            }
        }
    }

    fn number(&mut self) -> Result<Expression> {
        let is_part = |character: char| character.is_ascii_alphanumeric() || character == '.';
        let end = self.rest.find(|character| !is_part(character)).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        let number: f64 = text.parse().map_err(|_| refuse(format!("'{text}' is not a number")))?;
        self.rest = rest;
        Ok(Expression::Literal(Bson::Double(number)))
    }

    fn name(&mut self) -> Option<&'a str> {
        self.skip_space();
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let end = self.rest.find(|character| !is_part(character)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() {
            return None;
        }
        self.rest = rest;
        Some(name)
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn rest_starts_with(&mut self, token: &str) -> bool {
        self.skip_space();
        self.rest.starts_with(token)
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip_space();
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn take_word(&mut self, word: &str) -> bool {
        let before = self.rest;
        if self.name() == Some(word) {
            return true;
        }
        self.rest = before;
        false
    }

    fn expect(&mut self, token: &str) -> Result<()> {
        if self.take(token) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> Error {
        let read = self.text.get(..self.text.len() - self.rest.len()).unwrap_or_default();
        let at = read.chars().count() + 1;
        match self.rest.chars().next() {
            Some(character) => refuse(format!("unexpected '{character}' at character {at}")),
            None => refuse("it ends too early".into()),
        }
    }
}

fn unescaped(character: Option<char>) -> Result<char> {
    match character {
        Some('n') => Ok('\n'),
        Some('t') => Ok('\t'),
        Some('r') => Ok('\r'),
        Some(plain) => Ok(plain),
        None => Err(refuse("a text is not closed".into())),
    }
}

fn refuse(reason: String) -> Error {
    Error::new(ErrorKind::InvalidParam, reason)
}
