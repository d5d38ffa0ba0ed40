//! What the program says at the end of a task: for people, for machines, and as its exit code.

use serde_json::{Value, json};

use crate::command_line::EXIT_FAILED;

/// The end of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Conclusion {
    /// For machines, in place of all the rest.
    pub json: Value,
    /// The answer.
    pub text: String,
    /// Goes to stderr, before the answer.
    pub notes: Vec<String>,
    pub code: i32,
}

/// What an import did.
pub struct Imported {
    pub succeeded: u64,
    pub failed: u64,
    /// Lines with what is wrong there.
    pub errors: Vec<(u64, String)>,
    /// Whether the first error ended it.
    pub stops: bool,
}

/// What a check found.
pub struct Checked {
    pub is_sound: bool,
    pub collections: u64,
    pub documents: u64,
    pub index_entries: u64,
    pub files: u64,
    pub problems: Vec<String>,
    /// Problems beyond those listed.
    pub problems_omitted: u64,
}

/// Something that was found of a project.
pub struct Finding {
    pub state: State,
    pub what: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Ok,
    Note,
    Problem,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Problem => "problem",
        }
    }
}

pub fn seeded(collections: &[String]) -> Conclusion {
    let text = format!("seeded: the collections are {}", collections.join(", "));
    fine(json!({ "collections": collections }), text)
}

pub fn imported(collection: &str, report: &Imported) -> Conclusion {
    let Imported { succeeded, failed, errors, stops } = report;
    let stored = counted(*succeeded, "document", "documents");
    let text = if *failed > 0 && *stops {
        format!(
            "imported {stored} into {collection} and stopped there; with --keep-going what cannot \
             be stored is left out"
        )
    } else {
        format!("imported {stored} into {collection}, {failed} failed")
    };
    let listed: Vec<_> =
        errors.iter().map(|(line, message)| json!({ "line": line, "message": message })).collect();
    Conclusion {
        json: json!({ "succeeded": succeeded, "failed": failed, "errors": listed }),
        text,
        notes: errors.iter().map(|(line, message)| format!("line {line}: {message}")).collect(),
        code: code(*failed == 0),
    }
}

pub fn exported(collection: &str, file: &str, bytes: usize) -> Conclusion {
    let size = counted(bytes as u64, "byte", "bytes");
    let json = json!({ "collection": collection, "file": file, "bytes": bytes });
    fine(json, format!("exported {collection} to {file}: {size}"))
}

pub fn emptied(directory: &str) -> Conclusion {
    fine(json!({ "reset": directory }), format!("{directory} is empty"))
}

/// What was recovered of damaged data, and what was not.
pub fn recovered(found: &Checked, into: &str) -> Conclusion {
    let checked = checked(found);
    let rest = if found.is_sound { "all that there was" } else { "NOT all that there was" };
    let text = format!(
        "recovered into {into}: {}, {}, {}: {rest}",
        counted(found.collections, "collection", "collections"),
        counted(found.documents, "document", "documents"),
        counted(found.files, "file", "files"),
    );
    let json = json!({
        "recovered": into,
        "whole": found.is_sound,
        "collections": found.collections,
        "documents": found.documents,
        "files": found.files,
        "problems": found.problems,
        "problemsOmitted": found.problems_omitted,
    });
    Conclusion { json, text, ..checked }
}

pub fn checked(found: &Checked) -> Conclusion {
    let text = format!(
        "{}, {}, {}, {}: {}",
        counted(found.collections, "collection", "collections"),
        counted(found.documents, "document", "documents"),
        counted(found.index_entries, "index entry", "index entries"),
        counted(found.files, "file", "files"),
        if found.is_sound { "sound" } else { "NOT sound" }
    );
    let mut notes = found.problems.clone();
    if found.problems_omitted > 0 {
        notes.push(format!("and {}", counted(found.problems_omitted, "problem", "problems")));
    }
    Conclusion {
        json: json!({
            "sound": found.is_sound,
            "collections": found.collections,
            "documents": found.documents,
            "indexEntries": found.index_entries,
            "files": found.files,
            "problems": found.problems,
            "problemsOmitted": found.problems_omitted,
        }),
        text,
        notes,
        code: code(found.is_sound),
    }
}

pub fn compacted(is_smaller: bool, (before, after): (u64, u64)) -> Conclusion {
    fine(
        json!({ "compacted": is_smaller, "beforeBytes": before, "afterBytes": after }),
        format!("{before} bytes before, {after} after"),
    )
}

pub fn examined(findings: &[Finding]) -> Conclusion {
    let line = |finding: &Finding| format!("{:<7} {}", finding.state.name(), finding.what);
    let listed: Vec<_> = findings
        .iter()
        .map(|finding| json!({ "state": finding.state.name(), "what": finding.what }))
        .collect();
    Conclusion {
        json: json!({ "findings": listed }),
        text: findings.iter().map(line).collect::<Vec<_>>().join("\n"),
        notes: Vec::new(),
        code: code(findings.iter().all(|finding| finding.state != State::Problem)),
    }
}

fn fine(json: Value, text: String) -> Conclusion {
    Conclusion { json, text, notes: Vec::new(), code: 0 }
}

fn code(is_fine: bool) -> i32 {
    if is_fine { 0 } else { EXIT_FAILED }
}

pub fn counted(count: u64, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(succeeded: u64, failed: u64, stops: bool) -> Conclusion {
        let errors = (0..failed).map(|line| (line + 3, "why".to_owned())).collect();
        imported("todos", &Imported { succeeded, failed, errors, stops })
    }

    #[test]
    fn an_import_says_what_it_stored_however_it_ended() {
        let whole = import(1, 0, true);
        assert_eq!(
            (whole.text.as_str(), whole.code),
            ("imported 1 document into todos, 0 failed", 0)
        );
        let stopped = import(2, 1, true);
        assert!(stopped.text.starts_with("imported 2 documents into todos and stopped there"));
        assert_eq!((stopped.notes.as_slice(), stopped.code), (&["line 3: why".to_owned()][..], 1));
        let errors = json!([{ "line": 3, "message": "why" }]);
        assert_eq!(stopped.json, json!({ "succeeded": 2, "failed": 1, "errors": errors }));
        let gone_on = import(0, 2, false);
        assert_eq!(gone_on.text, "imported 0 documents into todos, 2 failed");
        assert_eq!((gone_on.notes.len(), gone_on.code), (2, 1));
    }

    #[test]
    fn a_check_counts_in_words_and_fails_where_it_finds_something() {
        let check = |problems: Vec<String>, problems_omitted| {
            let is_sound = problems.is_empty();
            let (collections, documents, index_entries) = (1, 2, 1);
            checked(&Checked {
                is_sound,
                collections,
                documents,
                index_entries,
                files: 0,
                problems,
                problems_omitted,
            })
        };
        let sound = check(Vec::new(), 0);
        assert_eq!(sound.text, "1 collection, 2 documents, 1 index entry, 0 files: sound");
        assert_eq!((sound.code, sound.notes.len()), (0, 0));
        let damaged = check(vec!["why".into()], 7);
        assert!(damaged.text.ends_with(": NOT sound"), "{}", damaged.text);
        assert_eq!((damaged.code, damaged.notes), (1, vec!["why".into(), "and 7 problems".into()]));
    }

    #[test]
    fn what_is_examined_fails_with_a_problem_alone() {
        let finding = |state| Finding { state, what: "x".into() };
        let found = examined(&[finding(State::Ok), finding(State::Note)]);
        assert_eq!((found.text.as_str(), found.code), ("ok      x\nnote    x", 0));
        assert_eq!(examined(&[finding(State::Problem)]).code, 1);
    }
}
