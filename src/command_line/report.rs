//! What the server says: where it is, and how the runs of functions went.

use std::fmt::Write as _;
use std::time::Duration;

/// One run that has ended.
pub struct RunReport<'a> {
    pub function: &'a str,
    /// 1 for a function called from outside.
    pub depth: usize,
    pub openid: Option<&'a str>,
    pub duration: Duration,
    /// Level and text of each line.
    pub log: Vec<(&'a str, &'a str)>,
    /// The answer's JSON, or what the caller was told.
    pub answer: Result<&'a str, &'a str>,
}

/// Characters of an answer that are shown.
const ANSWER_CHARS_MAX: usize = 200;

/// Lines to print, with a line break at the end.
pub fn run_report(run: &RunReport<'_>, colours: bool) -> String {
    let paint = |code: &str, text: &str| {
        if colours { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    };
    let indent = "  ".repeat(run.depth.saturating_sub(1));
    let (mark, answer) = match run.answer {
        Ok(answer) => (paint("32", "ok"), shorten(answer)),
        Err(error) => (paint("31", "failed"), error.to_owned()),
    };
    let caller = run.openid.map(|openid| format!(" as {openid}")).unwrap_or_default();
    let ms = run.duration.as_secs_f64() * 1000.0;
    let mut text = format!(
        "{indent}{} {mark} in {ms:.1} ms{}\n",
        paint("1", run.function),
        paint("2", &caller)
    );
    for (level, line) in &run.log {
        let level = match *level {
            "error" => paint("31", level),
            "warn" => paint("33", level),
            level => paint("2", level),
        };
        for part in line.lines() {
            // Writing to a text does not fail.
            let _ = writeln!(text, "{indent}  {level} {part}");
        }
    }
    for part in answer.lines() {
        let _ = writeln!(text, "{indent}  {} {part}", paint("2", "=>"));
    }
    text
}

/// Address, token, functions with their directory, and the variables that lead the official client
/// here.
pub fn welcome_text(
    url: &str,
    token: &str,
    (functions, root): (&[String], &str),
    variables: &[(String, String)],
) -> String {
    let from = if functions.is_empty() {
        "no function was found: see 'wx-server-sdk-local doctor'".to_owned()
    } else {
        format!("{} from {root}", functions.join(", "))
    };
    let name = functions.first().map_or("<function>", String::as_str);
    let exports: Vec<String> =
        variables.iter().map(|(name, value)| format!("  export {name}='{value}'\n")).collect();
    let exports = exports.concat();
    format!(
        "{url} serves {from}\ntoken {token}\n\n  \
         curl -H 'authorization: Bearer {token}' -d '{{}}' {url}/invoke/{name}\n\n\
         The official wx-server-sdk of another process comes here with\n\n{exports}"
    )
}

fn shorten(answer: &str) -> String {
    match answer.char_indices().nth(ANSWER_CHARS_MAX) {
        Some((at, _)) => format!("{} ..", &answer[..at]),
        None => answer.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run<'a>(answer: Result<&'a str, &'a str>) -> RunReport<'a> {
        RunReport {
            function: "todo",
            depth: 2,
            openid: Some("u"),
            duration: Duration::from_micros(1500),
            log: vec![("log", "a\nb")],
            answer,
        }
    }

    #[test]
    fn a_run_shows_its_time_log_and_answer() {
        let text = run_report(&run(Ok("{}")), false);
        assert_eq!(text, "  todo ok in 1.5 ms as u\n    log a\n    log b\n    => {}\n");
        let failed = run_report(&run(Err("why")), true);
        assert!(failed.contains("\u{1b}[31mfailed\u{1b}[0m") && failed.contains("why"), "{failed}");
    }

    #[test]
    fn a_server_says_how_to_reach_it() {
        let text = |functions: &[String]| {
            welcome_text("http://h:1", "t0", (functions, "/p"), &[("A".into(), "b".into())])
        };
        let two = text(&["todo".into(), "user".into()]);
        for part in ["http://h:1 serves todo, user from /p", "Bearer t0", "/invoke/todo\n"] {
            assert!(two.contains(part), "{two}");
        }
        assert!(two.ends_with("\n\n  export A='b'\n"), "{two}");
        assert!(text(&[]).contains("doctor") && text(&[]).contains("/invoke/<function>"));
    }

    #[test]
    fn a_long_answer_is_cut_between_characters() {
        assert_eq!(shorten(&"中".repeat(300)).chars().count(), ANSWER_CHARS_MAX + 3);
    }
}
