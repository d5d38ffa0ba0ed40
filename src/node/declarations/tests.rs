use super::{comment, files, filled};

#[test]
fn every_file_opens_with_the_notice_and_is_not_empty() {
    for (name, text) in files() {
        assert!(text.starts_with("// Generated"), "{name}");
        assert!(text.lines().count() > 3, "{name}");
    }
}

#[test]
fn paragraphs_are_filled_and_code_is_kept() {
    let text = format!("{}\n```js\n{}\n```", "word ".repeat(30).trim_end(), "x".repeat(120));
    let lines = filled(&text, 40);
    assert!(lines.iter().filter(|line| line.starts_with("word")).all(|line| line.len() <= 40));
    assert!(lines.contains(&"x".repeat(120)));
}

#[test]
fn one_line_stays_one_line() {
    let mut text = String::new();
    comment(&mut text, "Short.", 2);
    assert_eq!(text, "  /** Short. */\n");
}
