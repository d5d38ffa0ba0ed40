//! What can be told of a pattern before it is translated.

use crate::query::regex::class;

/// The capturing groups in order, with their names.
pub(super) fn scan_captures(input: &[char]) -> Vec<Option<String>> {
    let mut captures = Vec::new();
    let mut at = 0;
    while let Some(&letter) = input.get(at) {
        at += 1;
        match letter {
            '\\' if input.get(at) == Some(&'Q') => {
                let rest = &input[at..];
                let end = rest.windows(2).position(|pair| pair == ['\\', 'E']);
                at += end.map_or(rest.len(), |end| end + 2);
            }
            '\\' => at += 1,
            '[' => at = class::translate(input, at).map_or(at, |(_, next)| next),
            '(' if input.get(at) == Some(&'?') => {
                let rest: String = input[at + 1..].iter().take(64).collect();
                let name = [("P<", '>'), ("<", '>'), ("'", '\'')].iter().find_map(|(open, end)| {
                    let rest = rest.strip_prefix(open)?;
                    if rest.starts_with(['=', '!']) {
                        return None;
                    }
                    rest.split_once(*end).map(|(name, _)| name.to_owned())
                });
                captures.extend(name.map(Some));
            }
            '(' if input.get(at) != Some(&'*') => captures.push(None),
            _ => {}
        }
    }
    captures
}

/// The literal text after `^`, as far as nothing makes it optional.
pub(super) fn literal_prefix(pattern: &str, options: &str) -> Option<String> {
    if options.contains(['i', 'm', 'x']) || pattern.contains('|') {
        return None;
    }
    let rest = pattern.strip_prefix('^').or_else(|| pattern.strip_prefix("\\A"))?;
    let mut prefix = String::new();
    let mut letters = rest.chars().peekable();
    while let Some(letter) = letters.next() {
        let literal = match letter {
            '\\' => match letters.next() {
                Some(escaped) if !escaped.is_ascii_alphanumeric() => escaped,
                _ => break,
            },
            '^' | '$' | '.' | '[' | '(' | ')' | '*' | '+' | '?' | '{' => break,
            letter => letter,
        };
        match letters.peek() {
            Some('*' | '?' | '{') => break,
            _ => prefix.push(literal),
        }
    }
    (!prefix.is_empty()).then_some(prefix)
}
