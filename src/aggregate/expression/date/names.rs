//! Names of months, weekdays and zones in texts, in lower case.

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Abbreviations of zones, with their minutes from UTC.
const ZONES: [(&str, i64); 26] = [
    ("utc", 0),
    ("gmt", 0),
    ("wet", 0),
    ("west", 60),
    ("bst", 60),
    ("cet", 60),
    ("cest", 120),
    ("eet", 120),
    ("eest", 180),
    ("msk", 180),
    ("ist", 120),
    ("hkt", 480),
    ("sgt", 480),
    ("jst", 540),
    ("kst", 540),
    ("aest", 600),
    ("aedt", 660),
    ("est", -300),
    ("edt", -240),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
    ("hst", -600),
];

/// The number of a month, by its name or the first three letters of it.
pub(super) fn month_named(word: &str) -> Option<i64> {
    let known = |month: &str| word == month || word.len() >= 3 && word == &month[..3];
    let at = MONTHS.iter().position(|month| known(month)).or((word == "sept").then_some(8))?;
    i64::try_from(at + 1).ok()
}

pub(super) fn weekday_named(word: &str) -> bool {
    WEEKDAYS.iter().any(|day| *day == word || word.len() >= 3 && day.starts_with(word))
}

/// Minutes from UTC. Single letters are the zones of the military, but `j`.
pub(super) fn zone_named(word: &str) -> Option<i64> {
    if let [letter] = word.as_bytes() {
        let hours = match letter {
            b'a'..=b'i' => i64::from(letter - b'a') + 1,
            b'k'..=b'm' => i64::from(letter - b'k') + 10,
            b'n'..=b'y' => -(i64::from(letter - b'n') + 1),
            b'z' => 0,
            _ => return None,
        };
        return Some(hours * 60);
    }
    ZONES.iter().find(|(name, _)| *name == word).map(|(_, minutes)| *minutes)
}
