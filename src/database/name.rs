//! Which names a collection may have.

use crate::error::{Error, ErrorKind, Result};

/// Most characters of a collection's name.
const NAME_LENGTH_MAX: usize = 64;

/// The name must start with a letter, a digit or `_` and go on with letters, digits, `_` and `-`.
/// The service's console is stricter about the length, its SDK is not: names that work there work
/// here.
pub fn check_collection_name(name: &str) -> Result<()> {
    let refusal = |why: &str| {
        Err(Error::new(ErrorKind::InvalidParam, format!("invalid collection name '{name}': {why}")))
    };
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    if name.is_empty() {
        return refusal("it is empty");
    }
    if name.len() > NAME_LENGTH_MAX {
        return refusal(&format!("it is longer than {NAME_LENGTH_MAX} characters"));
    }
    if !name.starts_with(is_word) {
        return refusal("it must start with a letter, a digit or '_'");
    }
    if !name.chars().all(|character| is_word(character) || character == '-') {
        return refusal("only letters, digits, '_' and '-' are allowed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_service_are_accepted_and_others_refused() {
        for name in ["a", "todos", "_logs", "2020-users", "a_b-c", &"n".repeat(64)] {
            assert!(check_collection_name(name).is_ok(), "{name}");
        }
        for name in ["", "-a", "a b", "a.b", "$a", "a\0b", "集合", "../a", &"n".repeat(65)] {
            let error = check_collection_name(name).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidParam, "{name}");
        }
    }
}
