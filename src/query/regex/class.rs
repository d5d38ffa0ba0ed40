//! Character classes and the escapes that stand for one character.

use std::fmt::Write;

type Outcome<T> = Result<T, String>;

/// Without PCRE's Unicode properties these classes hold ASCII only.
pub(super) const ASCII_DIGIT: &str = "0-9";
pub(super) const ASCII_WORD: &str = "0-9A-Za-z_";
pub(super) const ASCII_SPACE: &str = "\\t\\n\\x0B\\x0C\\r ";
pub(super) const HORIZONTAL_SPACE: &str =
    "\\t \\x{A0}\\x{1680}\\x{180E}\\x{2000}-\\x{200A}\\x{202F}\\x{205F}\\x{3000}";
pub(super) const VERTICAL_SPACE: &str = "\\n\\x0B\\x0C\\r\\x{85}\\x{2028}\\x{2029}";

const POSIX_CLASSES: [(&str, &str); 14] = [
    ("alnum", "0-9A-Za-z"),
    ("alpha", "A-Za-z"),
    ("ascii", "\\x00-\\x7F"),
    ("blank", "\\t "),
    ("cntrl", "\\x00-\\x1F\\x7F"),
    ("digit", "0-9"),
    ("graph", "!-\\~"),
    ("lower", "a-z"),
    ("print", " -\\~"),
    ("punct", "!-/:-@\\[-`\\{-\\~"),
    ("space", ASCII_SPACE),
    ("upper", "A-Z"),
    ("word", ASCII_WORD),
    ("xdigit", "0-9A-Fa-f"),
];

/// One item of a class.
enum Item {
    Character(char),
    /// Several characters, as the inside of an engine's class.
    Set(String),
}

pub(super) fn push_literal(out: &mut String, letter: char) {
    if letter.is_ascii_control() {
        // Writing to a String cannot fail.
        let _ = write!(out, "\\x{{{:X}}}", u32::from(letter));
        return;
    }
    if letter.is_ascii_punctuation() && !matches!(letter, '<' | '>' | '_') {
        out.push('\\');
    }
    out.push(letter);
}

/// Rewrites the class whose `[` stands before `at`; returns it and where it ends.
pub(super) fn translate(input: &[char], at: usize) -> Outcome<(String, usize)> {
    let mut reader = Reader { input, at };
    let mut out = String::from("[");
    if reader.peek() == Some('^') {
        reader.at += 1;
        out.push('^');
    }
    let mut is_first = true;
    loop {
        let letter = reader.take()?;
        // A bracket that comes first is literal.
        if letter == ']' && !is_first {
            out.push(']');
            return Ok((out, reader.at));
        }
        is_first = false;
        let Some(item) = reader.item(letter)? else { continue };
        match (item, reader.range_end()?) {
            (Item::Character(low), Some(Item::Character(high))) if low <= high => {
                push_literal(&mut out, low);
                out.push('-');
                push_literal(&mut out, high);
            }
            (Item::Character(_), Some(Item::Character(_))) => {
                return Err("range out of order in character class".into());
            }
            (first, second) => {
                push_item(&mut out, first);
                if let Some(second) = second {
                    push_literal(&mut out, '-');
                    push_item(&mut out, second);
                }
            }
        }
    }
}

fn push_item(out: &mut String, item: Item) {
    match item {
        Item::Character(letter) => push_literal(out, letter),
        Item::Set(set) => out.push_str(&set),
    }
}

struct Reader<'a> {
    input: &'a [char],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.input.get(self.at).copied()
    }

    fn take(&mut self) -> Outcome<char> {
        let letter = self.peek().ok_or("missing terminating ] for character class")?;
        self.at += 1;
        Ok(letter)
    }

    /// `None` for syntax that stands for no character.
    fn item(&mut self, letter: char) -> Outcome<Option<Item>> {
        match letter {
            '[' => Ok(Some(self.posix()?.unwrap_or(Item::Character('[')))),
            '\\' => self.escape(),
            letter => Ok(Some(Item::Character(letter))),
        }
    }

    /// The item after a hyphen, unless the hyphen is the last of the class.
    fn range_end(&mut self) -> Outcome<Option<Item>> {
        if self.peek() != Some('-') || matches!(self.input.get(self.at + 1), None | Some(']')) {
            return Ok(None);
        }
        self.at += 1;
        let letter = self.take()?;
        match self.item(letter)? {
            Some(item) => Ok(Some(item)),
            None => Ok(Some(Item::Set(String::new()))),
        }
    }

    fn posix(&mut self) -> Outcome<Option<Item>> {
        let Some(kind @ (':' | '.' | '=')) = self.peek() else { return Ok(None) };
        let rest = &self.input[self.at + 1..];
        let Some(length) = rest.windows(2).position(|pair| pair == [kind, ']']) else {
            return Ok(None);
        };
        let name: String = rest[..length].iter().collect();
        if !name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '^') {
            return Ok(None);
        }
        if kind != ':' {
            return Err("POSIX collating elements are not supported".into());
        }
        let (is_negated, name) = match name.strip_prefix('^') {
            Some(rest) => (true, rest),
            None => (false, name.as_str()),
        };
        let known = POSIX_CLASSES.iter().find(|(known, _)| *known == name);
        let (_, set) = known.ok_or("unknown POSIX class name")?;
        self.at += length + 3;
        Ok(Some(Item::Set(if is_negated { format!("[^{set}]") } else { (*set).to_owned() })))
    }

    fn escape(&mut self) -> Outcome<Option<Item>> {
        let letter = self.take()?;
        let set = |text: &str| Ok(Some(Item::Set(text.to_owned())));
        match letter {
            'd' => set(ASCII_DIGIT),
            'D' => set(&format!("[^{ASCII_DIGIT}]")),
            'w' => set(ASCII_WORD),
            'W' => set(&format!("[^{ASCII_WORD}]")),
            's' => set(ASCII_SPACE),
            'S' => set(&format!("[^{ASCII_SPACE}]")),
            'h' => set(HORIZONTAL_SPACE),
            'H' => set(&format!("[^{HORIZONTAL_SPACE}]")),
            'v' => set(VERTICAL_SPACE),
            'V' => set(&format!("[^{VERTICAL_SPACE}]")),
            'p' | 'P' => {
                let (text, next) = property(self.input, self.at, letter == 'P')?;
                self.at = next;
                set(&text)
            }
            'b' => Ok(Some(Item::Character('\u{8}'))),
            'Q' | 'E' => Ok(None),
            'N' => Err("\\N is not supported in a class".into()),
            'B' | 'R' | 'X' => Err("invalid escape sequence in character class".into()),
            'L' | 'l' | 'U' | 'u' => {
                Err("PCRE does not support \\L, \\l, \\N{name}, \\U, or \\u".into())
            }
            '1'..='7' => {
                let (character, next) = octal(self.input, self.at - 1);
                self.at = next;
                Ok(Some(Item::Character(character)))
            }
            letter => {
                let (character, next) = character_escape(self.input, self.at, letter)?;
                self.at = next;
                Ok(Some(Item::Character(character)))
            }
        }
    }
}

/// `\pL`, `\p{Han}`, `\p{^L}`; `at` stands after the letter.
pub(super) fn property(input: &[char], at: usize, negated: bool) -> Outcome<(String, usize)> {
    let malformed = "malformed \\P or \\p sequence";
    let (name, next): (String, usize) = match input.get(at) {
        Some('{') => {
            let rest = &input[at + 1..];
            let length = rest.iter().position(|letter| *letter == '}').ok_or(malformed)?;
            (rest[..length].iter().collect(), at + length + 2)
        }
        Some(letter) => (letter.to_string(), at + 1),
        None => return Err(malformed.into()),
    };
    let (name, negated) = match name.strip_prefix('^') {
        Some(rest) => (rest, !negated),
        None => (name.as_str(), negated),
    };
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let (open, set) = if name == "L&" {
        (if negated { "[^" } else { "[" }, "\\p{Lu}\\p{Ll}\\p{Lt}]".to_owned())
    } else if !name.is_empty() && name.chars().all(is_word) {
        (if negated { "\\P" } else { "\\p" }, format!("{{{name}}}"))
    } else {
        return Err("unknown property name after \\P or \\p".into());
    };
    Ok((format!("{open}{set}"), next))
}

/// The character that `\letter..` stands for; `at` stands after the letter.
pub(super) fn character_escape(input: &[char], at: usize, letter: char) -> Outcome<(char, usize)> {
    let plain = |character| Ok((character, at));
    match letter {
        'a' => plain('\u{7}'),
        'e' => plain('\u{1B}'),
        'f' => plain('\u{C}'),
        'n' => plain('\n'),
        'r' => plain('\r'),
        't' => plain('\t'),
        '0' => Ok(octal(input, at - 1)),
        'c' => match input.get(at) {
            Some(control) if control.is_ascii() => {
                let flipped = u32::from(control.to_ascii_uppercase()) ^ 0x40;
                Ok((char::from_u32(flipped).unwrap_or('\0'), at + 1))
            }
            Some(_) => Err("\\c must be followed by an ASCII character".into()),
            None => Err("\\c at end of pattern".into()),
        },
        'x' => hexadecimal(input, at),
        // Any other letter stands for itself, as PCRE has it.
        letter => plain(letter),
    }
}

/// Up to three octal digits from `at`.
pub(super) fn octal(input: &[char], at: usize) -> (char, usize) {
    let rest = input.get(at..).unwrap_or_default();
    let length = rest.iter().take(3).take_while(|digit| digit.is_digit(8)).count();
    let number =
        rest[..length].iter().fold(0, |sum, digit| sum * 8 + digit.to_digit(8).unwrap_or(0));
    (char::from_u32(number).unwrap_or('\0'), at + length)
}

fn hexadecimal(input: &[char], at: usize) -> Outcome<(char, usize)> {
    let rest = input.get(at..).unwrap_or_default();
    let (digits, next) = match rest.iter().position(|letter| *letter == '}') {
        Some(end) if rest.first() == Some(&'{') => (&rest[1..end], at + end + 1),
        _ => {
            let length = rest.iter().take(2).take_while(|digit| digit.is_ascii_hexdigit()).count();
            (&rest[..length], at + length)
        }
    };
    let text: String = digits.iter().collect();
    if text.is_empty() {
        return Ok(('\0', next));
    }
    let number = u32::from_str_radix(&text, 16).ok();
    match number.and_then(char::from_u32) {
        Some(character) => Ok((character, next)),
        None => Err("character value in \\x{} or \\o{} is too large".into()),
    }
}
