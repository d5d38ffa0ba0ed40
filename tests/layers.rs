//! A module may use only modules above it: the table of `docs/house-style.md`, checked.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and prints its seed"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// Each module with the modules it may use.
const LAYERS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("limits", &[]),
    ("clock", &[]),
    ("value", &["error", "limits"]),
    ("query", &["error", "limits", "value"]),
    ("update", &["error", "limits", "value", "query", "clock"]),
    ("aggregate", &["error", "limits", "value", "query", "clock"]),
    ("store", &["error", "limits", "value"]),
    ("database", &["error", "limits", "clock", "value", "query", "update", "aggregate", "store"]),
    ("cloud", &["error", "limits", "value", "database", "clock"]),
    ("share", &["error", "limits", "clock", "value", "store", "database"]),
    ("sdk", &["error", "limits", "value", "clock"]),
    (
        "gateway",
        &[
            "error",
            "limits",
            "clock",
            "value",
            "query",
            "update",
            "aggregate",
            "store",
            "database",
            "cloud",
            "share",
            "sdk",
        ],
    ),
    ("command_line", &["error", "limits", "cloud"]),
    (
        "node",
        &[
            "error",
            "limits",
            "clock",
            "value",
            "query",
            "update",
            "aggregate",
            "store",
            "database",
            "cloud",
            "share",
            "sdk",
            "gateway",
            "command_line",
        ],
    ),
];

#[test]
fn no_module_uses_one_below_it() {
    let mut faults = Vec::new();
    for file in product_sources() {
        let module = module_of(&file);
        if module == "lib" {
            continue;
        }
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == module) else {
            faults.push(format!("{}: module `{module}` is in no layer", file.display()));
            continue;
        };
        let text = fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate() {
            for used in line.split("crate::").skip(1) {
                let used: String =
                    used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if used != module && !allowed.contains(&used.as_str()) {
                    faults.push(format!(
                        "{}:{}: `{module}` may not use `{used}`",
                        file.display(),
                        number + 1
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn only_store_names_redb_and_only_node_names_napi() {
    let mut faults = Vec::new();
    for file in sources(Path::new("src")) {
        let module = module_of(&file);
        let text = fs::read_to_string(&file).unwrap();
        for (word, owner) in [("redb::", "store"), ("napi::", "node"), ("napi_derive::", "node")] {
            if module != owner && text.contains(word) {
                faults.push(format!("{}: only `{owner}` may use `{word}`", file.display()));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_file_opens_with_its_documentation() {
    let silent: Vec<PathBuf> = product_sources()
        .into_iter()
        .filter(|file| !fs::read_to_string(file).unwrap().starts_with("//!"))
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn files_stay_small() {
    let long: Vec<String> = product_sources()
        .into_iter()
        .filter_map(|file| {
            let text = fs::read_to_string(&file).unwrap();
            let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
            (lines > 500).then(|| format!("{}: {lines} lines", file.display()))
        })
        .collect();
    assert!(long.is_empty(), "\n{}", long.join("\n"));
}

/// Everything but tests: they may be long, and may use what they like.
fn product_sources() -> Vec<PathBuf> {
    sources(Path::new("src")).into_iter().filter(|file| !is_test(file)).collect()
}

fn is_test(file: &Path) -> bool {
    let in_tests = file.components().any(|part| part.as_os_str() == "tests");
    in_tests || file.to_string_lossy().ends_with("tests.rs")
}

fn module_of(file: &Path) -> String {
    let mut parts = file.components().skip(1);
    let first = parts.next().map(|part| part.as_os_str().to_string_lossy().into_owned());
    first.unwrap_or_default().trim_end_matches(".rs").to_owned()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}
