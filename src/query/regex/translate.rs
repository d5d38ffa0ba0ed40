//! PCRE syntax to the syntax of the engines.
//!
//! Everything whose meaning differs is spelt out: ASCII classes, `$` before a final newline, the
//! flags `m` and `x`, names of groups. Only the flags `i` and `s` are left to the engine.

use crate::query::regex::class::{self, ASCII_DIGIT, ASCII_SPACE, ASCII_WORD};
use crate::query::regex::scan::{literal_prefix, scan_captures};

/// A pattern for an engine.
#[derive(Debug)]
pub(super) struct Translation {
    pub(super) text: String,
    pub(super) backtracks: bool,
    pub(super) prefix: Option<String>,
}

type Outcome<T> = Result<T, String>;

const REPEATS_MAX: u32 = 65_535;
const LETTER_ESCAPES: &str = "PCRE does not support \\L, \\l, \\N{name}, \\U, or \\u";

/// Rewrites `pattern`, or says in PCRE's words why it is invalid.
pub(super) fn translate(pattern: &str, options: &str) -> Outcome<Translation> {
    let mut translator = Translator::new(pattern, options, false);
    translator.run()?;
    if translator.backtracks {
        // Word boundaries are spelt differently there, and only now is the engine known.
        translator = Translator::new(pattern, options, true);
        translator.run()?;
    }
    let prefix = literal_prefix(pattern, options);
    let Translator { out, backtracks, case_insensitive, dot_all, .. } = translator;
    let flags = match (case_insensitive, dot_all) {
        (true, true) => "(?is)",
        (true, false) => "(?i)",
        (false, true) => "(?s)",
        (false, false) => "",
    };
    Ok(Translation { text: format!("{flags}{out}"), backtracks, prefix })
}

/// The flags that this module interprets, as far as groups scope them.
#[derive(Debug, Clone, Copy)]
struct Flags {
    multi_line: bool,
    extended: bool,
}

#[allow(clippy::struct_excessive_bools, reason = "the flags are independent of each other")]
struct Translator {
    input: Vec<char>,
    at: usize,
    out: String,
    flags: Flags,
    /// Flags to return to at the end of each open group.
    groups: Vec<Flags>,
    case_insensitive: bool,
    dot_all: bool,
    names: Vec<(String, usize)>,
    captures_total: usize,
    captures_seen: usize,
    backtracks: bool,
    for_backtracking: bool,
    /// Whether a quantifier may follow.
    can_repeat: bool,
}

impl Translator {
    fn new(pattern: &str, options: &str, for_backtracking: bool) -> Self {
        let flags = Flags { multi_line: options.contains('m'), extended: options.contains('x') };
        let input: Vec<char> = pattern.chars().collect();
        let captures = scan_captures(&input);
        Self {
            at: 0,
            out: String::with_capacity(pattern.len() + 16),
            flags,
            groups: Vec::new(),
            case_insensitive: options.contains('i'),
            dot_all: options.contains('s'),
            captures_total: captures.len(),
            names: captures
                .into_iter()
                .enumerate()
                .filter_map(|(index, name)| name.map(|name| (name, index + 1)))
                .collect(),
            captures_seen: 0,
            backtracks: for_backtracking,
            for_backtracking,
            can_repeat: false,
            input,
        }
    }

    fn peek(&self) -> Option<char> {
        self.input.get(self.at).copied()
    }

    fn starts_with(&self, text: &str) -> bool {
        let rest = self.input.get(self.at..).unwrap_or_default();
        text.chars().enumerate().all(|(index, letter)| rest.get(index) == Some(&letter))
    }

    fn take(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += 1;
        Some(letter)
    }

    /// The text up to `end`, which is consumed too.
    fn take_until(&mut self, end: char) -> Option<String> {
        let length = self.input.get(self.at..)?.iter().position(|letter| *letter == end)?;
        let text = self.input[self.at..self.at + length].iter().collect();
        self.at += length + 1;
        Some(text)
    }

    fn run(&mut self) -> Outcome<()> {
        for (index, (name, _)) in self.names.iter().enumerate() {
            if self.names[..index].iter().any(|(other, _)| other == name) {
                return Err("two named subpatterns have the same name".into());
            }
        }
        while self.starts_with("(*UTF8)") || self.starts_with("(*UTF)") {
            let _ = self.take_until(')');
        }
        while let Some(letter) = self.take() {
            self.element(letter)?;
        }
        if self.groups.is_empty() { Ok(()) } else { Err("missing )".into()) }
    }

    fn element(&mut self, letter: char) -> Outcome<()> {
        match letter {
            '\\' => return self.escape(),
            '[' => {
                let (text, next) = class::translate(&self.input, self.at)?;
                self.at = next;
                self.atom(&text);
            }
            '(' => return self.open_group(),
            ')' => {
                self.flags = self.groups.pop().ok_or("unmatched parentheses")?;
                self.atom(")");
            }
            '|' => self.assertion("|"),
            '.' => self.atom("."),
            '^' if self.flags.multi_line => self.assertion("(?m:^)"),
            '^' => self.assertion("^"),
            '$' => self.end_anchor(),
            '*' | '+' | '?' => return self.quantifier(letter.encode_utf8(&mut [0; 4])),
            '{' => match self.counted_repeat()? {
                Some(repeat) => return self.quantifier(&repeat),
                None => self.literal('{'),
            },
            letter if self.flags.extended && letter.is_ascii_whitespace() => {}
            '#' if self.flags.extended => {
                if self.take_until('\n').is_none() {
                    self.at = self.input.len();
                }
            }
            letter => self.literal(letter),
        }
        Ok(())
    }

    fn atom(&mut self, text: &str) {
        self.out.push_str(text);
        self.can_repeat = true;
    }

    fn assertion(&mut self, text: &str) {
        self.out.push_str(text);
        self.can_repeat = false;
    }

    fn literal(&mut self, letter: char) {
        class::push_literal(&mut self.out, letter);
        self.can_repeat = true;
    }

    /// Without `m`, `$` also stands before a newline that ends the text.
    fn end_anchor(&mut self) {
        if self.flags.multi_line {
            return self.assertion("(?m:$)");
        }
        let rest = self.input.get(self.at..).unwrap_or_default();
        // Where nothing can follow, the newline may as well be consumed.
        if rest.iter().all(|letter| *letter == ')') {
            return self.assertion("(?:\\n?\\z)");
        }
        self.backtracks = true;
        self.assertion("(?=\\n?\\z)");
    }

    /// Reads `{n}`, `{n,}` or `{n,m}` after its brace; anything else is literal.
    fn counted_repeat(&mut self) -> Outcome<Option<String>> {
        let rest = self.input.get(self.at..).unwrap_or_default();
        let Some(length) = rest.iter().position(|letter| *letter == '}') else { return Ok(None) };
        let text: String = rest[..length].iter().collect();
        let (low, high) = match text.split_once(',') {
            Some((low, high)) => (low, Some(high)),
            None => (text.as_str(), None),
        };
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if low.is_empty() || !is_digits(low) || !high.is_none_or(is_digits) {
            return Ok(None);
        }
        let number = |text: &str| -> Outcome<u32> {
            match text.parse() {
                Ok(number) if number <= REPEATS_MAX => Ok(number),
                _ => Err("number too big in {} quantifier".into()),
            }
        };
        let least = number(low)?;
        if let Some(high) = high.filter(|high| !high.is_empty())
            && number(high)? < least
        {
            return Err("numbers out of order in {} quantifier".into());
        }
        self.at += length + 1;
        Ok(Some(format!("{{{text}}}")))
    }

    fn quantifier(&mut self, repeat: &str) -> Outcome<()> {
        if !self.can_repeat {
            return Err("nothing to repeat".into());
        }
        self.out.push_str(repeat);
        match self.peek() {
            Some('?') => {
                self.at += 1;
                self.out.push('?');
            }
            Some('+') => {
                self.at += 1;
                self.backtracks = true;
                self.out.push('+');
            }
            _ => {}
        }
        self.can_repeat = false;
        Ok(())
    }

    fn open_group(&mut self) -> Outcome<()> {
        if self.starts_with("?#") {
            return match self.take_until(')') {
                Some(_) => Ok(()),
                None => Err("missing ) after comment".into()),
            };
        }
        if self.starts_with("*") {
            return Err("backtracking control verbs are not supported".into());
        }
        self.can_repeat = false;
        if !self.starts_with("?") {
            self.open("(");
            return Ok(());
        }
        self.at += 1;
        for (syntax, backtracks) in
            [(":", false), (">", true), ("=", true), ("!", true), ("<=", true), ("<!", true)]
        {
            if self.starts_with(syntax) {
                self.at += syntax.len();
                self.backtracks |= backtracks;
                self.open(&format!("(?{syntax}"));
                return Ok(());
            }
        }
        for (syntax, end) in [("P<", '>'), ("<", '>'), ("'", '\'')] {
            if self.starts_with(syntax) {
                self.at += syntax.len();
                self.take_until(end)
                    .ok_or("syntax error in subpattern name (missing terminator)")?;
                self.open("(");
                return Ok(());
            }
        }
        if self.starts_with("P=") {
            self.at += 2;
            let name = self.take_until(')').ok_or("missing )")?;
            return self.named_reference(&name);
        }
        self.inline_flags()
    }

    fn open(&mut self, text: &str) {
        self.captures_seen += usize::from(text == "(");
        self.groups.push(self.flags);
        self.out.push_str(text);
    }

    /// `(?im-sx)` and `(?im-sx:`.
    fn inline_flags(&mut self) -> Outcome<()> {
        let mut flags = self.flags;
        let (mut on, mut off) = (String::new(), String::new());
        let mut sets = true;
        loop {
            match self.take() {
                Some('-') if sets => sets = false,
                Some('m') => flags.multi_line = sets,
                Some('x') => flags.extended = sets,
                Some(letter @ ('i' | 's')) => if sets { &mut on } else { &mut off }.push(letter),
                // Laziness and names do not change whether a text matches.
                Some('U' | 'J' | 'X') => {}
                Some(end @ (')' | ':')) => {
                    let minus = if off.is_empty() { "" } else { "-" };
                    if end == ':' {
                        self.groups.push(self.flags);
                        self.out.extend(["(?", &on, minus, &off, ":"]);
                    } else if !(on.is_empty() && off.is_empty()) {
                        self.out.extend(["(?", &on, minus, &off, ")"]);
                    }
                    self.flags = flags;
                    return Ok(());
                }
                Some('|' | '(' | 'R' | '&' | 'P' | '+' | '0'..='9') => {
                    return Err("recursion, conditions and branch resets are not supported".into());
                }
                _ => return Err("unrecognized character after (? or (?-".into()),
            }
        }
    }

    fn named_reference(&mut self, name: &str) -> Outcome<()> {
        let known = self.names.iter().find(|(other, _)| other == name);
        let number = known.ok_or("reference to non-existent subpattern")?.1;
        self.reference(number)
    }

    fn reference(&mut self, number: usize) -> Outcome<()> {
        if number == 0 || number > self.captures_total {
            return Err("reference to non-existent subpattern".into());
        }
        self.backtracks = true;
        self.atom(&format!("(?:\\{number})"));
        Ok(())
    }

    fn escape(&mut self) -> Outcome<()> {
        let Some(letter) = self.take() else { return Err("\\ at end of pattern".into()) };
        match letter {
            'd' => self.atom(&format!("[{ASCII_DIGIT}]")),
            'D' => self.atom(&format!("[^{ASCII_DIGIT}]")),
            'w' => self.atom(&format!("(?-i:[{ASCII_WORD}])")),
            'W' => self.atom(&format!("(?-i:[^{ASCII_WORD}])")),
            's' => self.atom(&format!("[{ASCII_SPACE}]")),
            'S' => self.atom(&format!("[^{ASCII_SPACE}]")),
            'h' => self.atom(&format!("[{}]", class::HORIZONTAL_SPACE)),
            'H' => self.atom(&format!("[^{}]", class::HORIZONTAL_SPACE)),
            'v' => self.atom(&format!("[{}]", class::VERTICAL_SPACE)),
            'V' => self.atom(&format!("[^{}]", class::VERTICAL_SPACE)),
            'R' => self.atom(&format!("(?:\\r\\n|[{}])", class::VERTICAL_SPACE)),
            'N' if self.peek() == Some('{') => return Err(LETTER_ESCAPES.into()),
            'N' => self.atom("[^\\n]"),
            'X' => self.atom("(?:\\P{M}\\p{M}*|\\p{M}+)"),
            'b' => self.word_boundary(true),
            'B' => self.word_boundary(false),
            'A' | 'G' => self.assertion("\\A"),
            'z' => self.assertion("\\z"),
            'Z' => {
                let flags = self.flags;
                self.flags.multi_line = false;
                self.end_anchor();
                self.flags = flags;
            }
            // Where a match starts is of no interest.
            'K' | 'E' => {}
            'Q' => {
                let quoted = self.quoted();
                quoted.chars().for_each(|letter| self.literal(letter));
            }
            'p' | 'P' => {
                let (text, next) = class::property(&self.input, self.at, letter == 'P')?;
                self.at = next;
                self.atom(&text);
            }
            'L' | 'l' | 'U' | 'u' => return Err(LETTER_ESCAPES.into()),
            'C' => return Err("\\C is not supported".into()),
            'k' => return self.k_reference(),
            'g' => return self.g_reference(),
            '1'..='9' => return self.digits(letter),
            letter => {
                let (character, next) = class::character_escape(&self.input, self.at, letter)?;
                self.at = next;
                self.literal(character);
            }
        }
        Ok(())
    }

    fn word_boundary(&mut self, is_boundary: bool) {
        let (word, not_word) = (format!("[{ASCII_WORD}]"), format!("[^{ASCII_WORD}]"));
        match (is_boundary, self.for_backtracking) {
            (true, false) => self.assertion("(?-u:\\b)"),
            (true, true) => {
                self.assertion(&format!("(?:(?-i:(?<={word})(?!{word})|(?<!{word})(?={word})))"));
            }
            (false, _) => {
                self.backtracks = true;
                self.assertion(&format!(
                    "(?:(?-i:(?<={word})(?={word})|(?:\\A|(?<={not_word}))(?:\\z|(?={not_word}))))"
                ));
            }
        }
    }

    fn quoted(&mut self) -> String {
        let rest = self.input.get(self.at..).unwrap_or_default();
        let end = rest.windows(2).position(|pair| pair == ['\\', 'E']);
        let text = rest[..end.unwrap_or(rest.len())].iter().collect();
        self.at += end.map_or(rest.len(), |end| end + 2);
        text
    }

    /// `\12`: a reference when there are so many groups or it has one digit, else octal.
    fn digits(&mut self, first: char) -> Outcome<()> {
        let mut text = String::from(first);
        while let Some(digit) = self.peek().filter(char::is_ascii_digit) {
            if text.len() > 3 {
                break;
            }
            text.push(digit);
            self.at += 1;
        }
        let number: usize = text.parse().unwrap_or(usize::MAX);
        if number < 10 || number <= self.captures_total {
            return self.reference(number);
        }
        self.at -= text.len() - 1;
        if first > '7' {
            self.literal(first);
            return Ok(());
        }
        let (character, next) = class::octal(&self.input, self.at - 1);
        self.at = next;
        self.literal(character);
        Ok(())
    }

    /// `\k<name>`, `\k{name}`, `\k'name'`.
    fn k_reference(&mut self) -> Outcome<()> {
        let missing = "\\k is not followed by a braced, angle-bracketed, or quoted name";
        let end = match self.take() {
            Some('<') => '>',
            Some('{') => '}',
            Some('\'') => '\'',
            _ => return Err(missing.into()),
        };
        let name = self.take_until(end).ok_or(missing)?;
        self.named_reference(&name)
    }

    /// `\g1`, `\g{1}`, `\g{-1}`, `\g{name}`.
    fn g_reference(&mut self) -> Outcome<()> {
        let text = match self.peek() {
            Some('{') => {
                self.at += 1;
                self.take_until('}').ok_or("a numbered reference must not be zero")?
            }
            Some('<' | '\'') => {
                return Err("recursion, conditions and branch resets are not supported".into());
            }
            _ => {
                let start = self.at;
                self.at += usize::from(self.peek() == Some('-'));
                while self.peek().is_some_and(|letter| letter.is_ascii_digit()) {
                    self.at += 1;
                }
                self.input[start..self.at].iter().collect()
            }
        };
        match text.parse::<i64>() {
            Ok(number) if number < 0 => {
                let back = usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX);
                self.reference((self.captures_seen + 1).saturating_sub(back))
            }
            Ok(number) => self.reference(usize::try_from(number).unwrap_or(0)),
            Err(_) => self.named_reference(&text),
        }
    }
}
