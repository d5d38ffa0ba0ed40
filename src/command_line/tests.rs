//! Tests of the command line.

use super::*;

fn answer(arguments: &[&str], variables: &[(&str, &str)], directory: &Path) -> Answer {
    let surroundings = Surroundings {
        variables: variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        working_directory: directory.to_path_buf(),
        stdout_is_terminal: false,
        stderr_is_terminal: false,
    };
    parse(arguments.iter().map(OsString::from).collect(), &surroundings)
}

fn job_of(arguments: &[&str], variables: &[(&str, &str)], directory: &Path) -> Value {
    match answer(arguments, variables, directory) {
        Answer::Do(job) => serde_json::to_value(&job).unwrap(),
        Answer::Say { text, code } => panic!("{code}: {text}"),
    }
}

fn said(arguments: &[&str]) -> (String, i32) {
    let directory = tempfile::tempdir().unwrap();
    match answer(arguments, &[], directory.path()) {
        Answer::Say { text, code } => (text, code),
        Answer::Do(job) => panic!("{job:?}"),
    }
}

#[test]
fn help_and_version_end_well_and_mistakes_do_not() {
    for (arguments, code, part) in [
        (&["--help"][..], 0, "Examples:"),
        (&["--version"], 0, env!("CARGO_PKG_VERSION")),
        (&["run", "--help"], 0, "--event"),
        (&["exec", "--help"], 0, "npm test"),
        (&[], 2, "Usage:"),
        (&["nothing"], 2, "unrecognized subcommand"),
        (&["run"], 2, "<FUNCTION>"),
        (&["exec"], 2, "<COMMAND>"),
        (&["start", "--port", "70000"], 2, "70000"),
        (&["run", "a", "--event", "{"], 2, "--event: EOF"),
        (&["run", "a", "--event", "[1]"], 2, "--event: the event must be a JSON object"),
        (&["run", "a", "--event", "\"x\""], 2, "--event: the event must be a JSON object"),
        (&["run", "a", "--event", "none.json"], 2, "none.json"),
        (&["import", "a", "none.json"], 2, "there is no file"),
        (&["import", "a", "f", "--mode", "replace"], 2, "upsert"),
        (&["seed", "none"], 2, "there is no file or directory"),
    ] {
        let (text, found) = said(arguments);
        assert_eq!(found, code, "{arguments:?}: {text}");
        assert!(text.contains(part), "{arguments:?}: {text}");
    }
}

#[test]
fn colours_and_progress_are_for_terminals_alone() {
    let directory = tempfile::tempdir().unwrap();
    let job = |stderr_is_terminal, arguments: &[&str], variables: &[(&str, &str)]| {
        let surroundings = Surroundings {
            variables: variables.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
            working_directory: directory.path().to_path_buf(),
            stdout_is_terminal: false,
            stderr_is_terminal,
        };
        match parse(arguments.iter().map(OsString::from).collect(), &surroundings) {
            Answer::Do(job) => (job.colours, job.progress),
            Answer::Say { text, .. } => (text.contains('\u{1b}'), false),
        }
    };
    for (terminal, arguments, variables, expected) in [
        (true, &["check"][..], &[][..], (true, true)),
        (false, &["check"], &[], (false, false)),
        (true, &["check", "--json"], &[], (true, false)),
        (true, &["check"], &[("NO_COLOR", "1")], (false, true)),
        (true, &["check"], &[("CI", "1")], (true, false)),
        (true, &["check"], &[("TERM", "dumb")], (false, false)),
        (true, &["nothing"], &[], (true, false)),
        (false, &["nothing"], &[], (false, false)),
        // Its stream is stdout.
        (true, &["--help"], &[], (false, false)),
    ] {
        assert_eq!(job(terminal, arguments, variables), expected, "{arguments:?} {variables:?}");
    }
}

#[test]
fn a_flag_goes_before_a_variable_that_before_the_file_and_that_before_the_default() {
    let directory = tempfile::tempdir().unwrap();
    let inner = directory.path().join("cloudfunctions");
    fs::create_dir(&inner).unwrap();
    fs::write(directory.path().join("project.config.json"), "{}").unwrap();
    let at = |name: &str| Value::from(directory.path().join(name).to_string_lossy().into_owned());
    assert_eq!(job_of(&["check"], &[], &inner)["dataDir"], at(".wx-server-sdk-local"));
    let file = r#"{"dataDir": "from-file", "port": 81}"#;
    fs::write(directory.path().join(ProjectFile::NAME), file).unwrap();
    assert_eq!(job_of(&["check"], &[], &inner)["dataDir"], at("from-file"));
    assert_eq!(job_of(&["start"], &[], &inner)["port"], 81);
    let variables = [("WX_LOCAL_DATA_DIR", "from-variable"), ("WX_LOCAL_PORT", "82")];
    let job = job_of(&["start"], &variables, directory.path());
    assert_eq!((&job["dataDir"], &job["port"]), (&at("from-variable"), &Value::from(82)));
    let flags = ["start", "--data-dir", "from-flag", "--port", "83"];
    let job = job_of(&flags, &variables, directory.path());
    assert_eq!((&job["dataDir"], &job["port"]), (&at("from-flag"), &Value::from(83)));
    let job = job_of(&["exec", "--", "a", "--json"], &variables, directory.path());
    assert_eq!((&job["dataDir"], &job["json"]), (&":memory:".into(), &false.into()));
}

#[test]
fn a_broken_configuration_is_a_mistake_of_the_user() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(ProjectFile::NAME), r#"{"prot": 1}"#).unwrap();
    match answer(&["check"], &[], directory.path()) {
        Answer::Say { text, code } => assert!(code == 2 && text.contains("'prot'"), "{text}"),
        Answer::Do(job) => panic!("{job:?}"),
    }
}

#[test]
fn a_seed_is_a_directory_an_object_or_one_collection() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("all.json"), r#"{"todos": []}"#).unwrap();
    fs::write(directory.path().join("todos.json"), "{\"_id\": \"a\"}\n{\"_id\": \"b\"}\n").unwrap();
    for (source, kind) in [(".", "directory"), ("all.json", "object"), ("todos.json", "collection")]
    {
        let job = job_of(&["seed", source], &[], directory.path());
        assert_eq!(job["source"]["kind"], kind);
    }
}
