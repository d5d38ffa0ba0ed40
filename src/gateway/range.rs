//! Which part of a file a request wants (RFC 9110, section 14).

use axum::http::{HeaderMap, header};

/// What to send of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Whole,
    /// From here on, so many bytes; at least one.
    Bytes {
        start: u64,
        length: u64,
    },
    /// The file has none of the bytes that are wanted.
    Nothing,
}

/// Several parts at once, and what cannot be read, are answered with the whole, as the RFC allows.
pub fn part_wanted(headers: &HeaderMap, size_bytes: u64) -> Part {
    let mut ranges = headers.get_all(header::RANGE).iter();
    let (Some(range), None) = (ranges.next(), ranges.next()) else { return Part::Whole };
    // No answer carries a validator that a client could have kept.
    if headers.contains_key(header::IF_RANGE) {
        return Part::Whole;
    }
    range.to_str().ok().and_then(|range| parse(range, size_bytes)).unwrap_or(Part::Whole)
}

fn parse(range: &str, size_bytes: u64) -> Option<Part> {
    let (unit, wanted) = range.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = wanted.trim().split_once('-')?;
    let (start, end) = match (first, last) {
        ("", last) => (size_bytes.saturating_sub(number(last)?), size_bytes),
        (first, "") => (number(first)?, size_bytes),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            if last < first {
                return None;
            }
            (first, last.saturating_add(1).min(size_bytes))
        }
    };
    Some(match end.checked_sub(start) {
        None | Some(0) => Part::Nothing,
        Some(length) => Part::Bytes { start, length },
    })
}

/// One too large to count is larger than any file.
fn number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_read_as_the_rfc_has_it() {
        let bytes = |start, length| Part::Bytes { start, length };
        for (range, size_bytes, expected) in [
            ("bytes=0-0", 10, bytes(0, 1)),
            ("bytes=0-9", 10, bytes(0, 10)),
            ("bytes=0-99", 10, bytes(0, 10)),
            ("bytes=4-", 10, bytes(4, 6)),
            ("Bytes= 4-5 ", 10, bytes(4, 2)),
            ("bytes=-3", 10, bytes(7, 3)),
            ("bytes=-30", 10, bytes(0, 10)),
            ("bytes=9-18446744073709551616", 10, bytes(9, 1)),
            ("bytes=10-", 10, Part::Nothing),
            ("bytes=18446744073709551615-", 10, Part::Nothing),
            ("bytes=-0", 10, Part::Nothing),
            ("bytes=0-", 0, Part::Nothing),
            ("bytes=-1", 0, Part::Nothing),
            ("bytes=5-4", 10, Part::Whole),
            ("bytes=0-1,3-4", 10, Part::Whole),
            ("bytes=", 10, Part::Whole),
            ("bytes=-", 10, Part::Whole),
            ("bytes=+1-2", 10, Part::Whole),
            ("bytes=a-b", 10, Part::Whole),
            ("lines=0-1", 10, Part::Whole),
            ("0-1", 10, Part::Whole),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, range.parse().unwrap());
            assert_eq!(part_wanted(&headers, size_bytes), expected, "{range} of {size_bytes}");
            headers.append(header::RANGE, range.parse().unwrap());
            assert_eq!(part_wanted(&headers, size_bytes), Part::Whole, "twice {range}");
        }
    }

    #[test]
    fn a_range_with_a_condition_is_left_alone() {
        let mut headers = HeaderMap::new();
        assert_eq!(part_wanted(&headers, 10), Part::Whole);
        headers.insert(header::RANGE, "bytes=0-1".parse().unwrap());
        headers.insert(header::IF_RANGE, "\"etag\"".parse().unwrap());
        assert_eq!(part_wanted(&headers, 10), Part::Whole);
    }
}
