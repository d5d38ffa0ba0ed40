//! What `docs/house-style.md` says of the sources and no compiler knows: the table of layers,
//! sizes, and where `unsafe` may stand.

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

const FILE_LINES_MAX: usize = 500;
const COMMENT_COLUMNS_MAX: usize = 100;

/// The only files with `unsafe`, all of `src/node`: `docs/design.md` says what each upholds.
const UNSAFE_FILES: [&str; 9] = [
    "js/calls.rs",
    "js/enter.rs",
    "js/exit.rs",
    "js/keep.rs",
    "js/mailbox.rs",
    "js/make.rs",
    "js/numbers.rs",
    "js/read.rs",
    "memory.rs",
];

/// Crates with the one module that may name them.
const OWNERS: [(&str, &str); 6] = [
    ("redb::", "store"),
    ("napi::", "node"),
    ("napi_derive::", "node"),
    ("napi_sys::", "node"),
    ("axum::", "gateway"),
    ("clap::", "command_line"),
];

/// A module with the modules it may use.
struct Layer {
    name: String,
    allowed: Vec<String>,
}

/// The table of `docs/house-style.md`, section 1.
fn layers() -> Vec<Layer> {
    let text = fs::read_to_string("docs/house-style.md").unwrap();
    let mut layers: Vec<Layer> = Vec::new();
    for row in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [name, _, may_use] = cells[..] else { continue };
        let above = || layers.iter().map(|layer| layer.name.clone());
        let allowed = match may_use {
            "nothing" => Vec::new(),
            "everything above" => above().collect(),
            list => list.split(", ").map(str::to_owned).collect(),
        };
        for used in &allowed {
            assert!(
                above().any(|name| name == *used),
                "{name} may use `{used}`, which is not above"
            );
        }
        layers.push(Layer { name: name.trim_matches('`').to_owned(), allowed });
    }
    layers
}

#[test]
fn the_table_lists_the_modules_of_the_crate_in_their_order() {
    let text = fs::read_to_string("src/lib.rs").unwrap();
    let modules: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let table: Vec<String> = layers().into_iter().map(|layer| layer.name).collect();
    assert_eq!(modules, table);
}

#[test]
fn no_module_uses_one_below_it() {
    let layers = layers();
    let mut faults = Vec::new();
    for file in product_sources() {
        let module = module_of(&file);
        if module == "lib" {
            continue;
        }
        let Some(layer) = layers.iter().find(|layer| layer.name == module) else {
            faults.push(format!("{}: module `{module}` is in no layer", file.display()));
            continue;
        };
        for (number, line) in read(&file).lines().enumerate() {
            for used in line.split("crate::").skip(1) {
                let used: String =
                    used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                // `crate::{..}` names nothing here, and so is refused as well.
                if used != module && !layer.allowed.contains(&used) {
                    let place = format!("{}:{}", file.display(), number + 1);
                    faults.push(format!("{place}: `{module}` may not use `{used}`"));
                }
            }
        }
    }
    none(&faults);
}

#[test]
fn no_path_leaves_its_module_by_super() {
    let mut faults = Vec::new();
    for file in product_sources() {
        let is_folder = file.ends_with("mod.rs");
        let depth = file.components().count() - 1 - usize::from(is_folder);
        let out = "super::".repeat(depth);
        let text = read(&file);
        if without_tests(&text).any(|line| line.contains(&out)) {
            faults.push(format!("{}: `{out}` is the crate", file.display()));
        }
    }
    none(&faults);
}

#[test]
fn each_crate_with_an_owner_is_named_by_it_alone() {
    let mut faults = Vec::new();
    for file in sources(Path::new("src")) {
        let (module, text) = (module_of(&file), read(&file));
        for (word, owner) in OWNERS {
            if module != owner && names(&text, word) {
                faults.push(format!("{}: only `{owner}` may use `{word}`", file.display()));
            }
        }
    }
    none(&faults);
}

/// So what is tested with the feature is what is built without.
#[test]
fn only_the_crates_root_asks_for_features() {
    let files = sources(Path::new("src")).into_iter().filter(|file| !file.ends_with("src/lib.rs"));
    let faults: Vec<PathBuf> =
        files.filter(|file| read(file).contains(concat!("feature", " = \""))).collect();
    none(&faults);
}

#[test]
fn unsafe_stands_in_the_files_that_are_named_for_it() {
    let is_unsafe = |file: &PathBuf| {
        let text = read(file);
        let mut code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        code.any(|line| words(line).any(|word| word == "unsafe"))
    };
    let found: Vec<PathBuf> = sources(Path::new("src")).into_iter().filter(is_unsafe).collect();
    let expected: Vec<PathBuf> =
        UNSAFE_FILES.iter().map(|name| Path::new("src/node").join(name)).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_panic_ends_a_call_and_not_the_process() {
    let mut faults = Vec::new();
    for file in sources(Path::new("src")) {
        for (number, line) in read(&file).lines().enumerate() {
            let line = line.trim_start();
            if line.starts_with("#[napi") && !line.starts_with("#[napi(catch_unwind") {
                faults.push(format!("{}:{}: {line}", file.display(), number + 1));
            }
        }
    }
    let manifest = fs::read_to_string("Cargo.toml").unwrap();
    let aborts = manifest.lines().filter(|line| line.contains("\"abort\"")).map(str::to_owned);
    faults.extend(aborts);
    none(&faults);
}

#[test]
fn one_version_of_the_compiler_is_named() {
    let value = |file: &str, key: &str| {
        let text = fs::read_to_string(file).unwrap();
        let line = text.lines().find(|line| line.starts_with(key)).unwrap();
        line.split('"').nth(1).unwrap().to_owned()
    };
    let pinned = value("rust-toolchain.toml", "channel");
    assert_eq!(pinned.strip_suffix(".0").unwrap(), value("Cargo.toml", "rust-version"));
}

#[test]
fn every_file_opens_with_its_documentation() {
    let silent: Vec<PathBuf> =
        product_sources().into_iter().filter(|file| !read(file).starts_with("//!")).collect();
    none(&silent);
}

#[test]
fn files_stay_small() {
    let mut long = Vec::new();
    for file in product_sources() {
        let lines = without_tests(&read(&file)).count();
        if lines > FILE_LINES_MAX {
            long.push(format!("{}: {lines} lines", file.display()));
        }
    }
    none(&long);
}

/// The formatter sees to the code.
#[test]
fn comments_stay_narrow_and_leave_nothing_to_do() {
    let mut faults = Vec::new();
    for file in sources(Path::new("src")).into_iter().chain(sources(Path::new("tests"))) {
        for (number, line) in read(&file).lines().enumerate() {
            let Some(at) = line.find("//") else { continue };
            let is_wide =
                line.trim_start().starts_with("//") && line.chars().count() > COMMENT_COLUMNS_MAX;
            let is_left = words(&line[at..]).any(|word| word == "TODO" || word == "FIXME");
            if is_wide || is_left {
                faults.push(format!("{}:{}: {}", file.display(), number + 1, line.trim()));
            }
        }
    }
    none(&faults);
}

fn none(faults: &[impl std::fmt::Debug]) {
    assert!(faults.is_empty(), "{faults:#?}");
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap()
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// Whether a path begins with it: `napi::` and not `my_napi::`.
fn names(text: &str, path: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(path).any(|(at, _)| !text[..at].ends_with(is_part))
}

/// The lines but those of modules of tests.
fn without_tests(text: &str) -> impl Iterator<Item = &str> {
    let mut in_tests = false;
    text.lines().filter(move |line| {
        let begins = line.starts_with("#[cfg(test)]");
        let ends = in_tests && (*line == "}" || line.starts_with("mod ") && line.ends_with(';'));
        let is_test = in_tests || begins;
        in_tests = is_test && !ends;
        !is_test
    })
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
