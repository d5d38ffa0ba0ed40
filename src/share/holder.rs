//! Who the process is that holds a store, and why it may not answer, in words for users.

use std::fs;

/// Letters of a command line that are shown.
const COMMAND_MAX: usize = 80;

/// A process as a user knows it, and what to do so that it answers.
pub(super) fn described(process: i64) -> String {
    let name = match command_of(process) {
        Some(command) => format!("process {process} ({command})"),
        None => format!("process {process}"),
    };
    if is_stopped(process) {
        format!(
            "{name} holds it and is stopped (Ctrl-Z, a debugger): continue it (kill -CONT \
             {process}, or fg in its terminal) or end it"
        )
    } else {
        format!("{name} holds it: see what it does, or end it")
    }
}

/// Its command line, where the system tells.
fn command_of(process: i64) -> Option<String> {
    let bytes = fs::read(format!("/proc/{process}/cmdline")).ok()?;
    let words: Vec<_> = bytes.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
    let command = words.join(" ");
    let shown: String = command.trim().chars().take(COMMAND_MAX).collect();
    (!shown.is_empty()).then_some(shown)
}

/// Whether the system says that it does not run.
fn is_stopped(process: i64) -> bool {
    // The command's name is in parentheses, and may have any letters in it.
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let state = stat.rsplit(')').next().unwrap_or_default().trim_start();
    state.starts_with(['T', 't'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_named_by_its_number_and_command() {
        let text = described(i64::from(std::process::id()));
        assert!(
            text.contains(&std::process::id().to_string()) && !text.contains("stopped"),
            "{text}"
        );
        assert!(described(-5).starts_with("process -5 holds it"), "{}", described(-5));
    }
}
