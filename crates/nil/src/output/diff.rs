//! Differences as people read them: unified, with a line for each setting.

use nil_core::{ContentDiff, escape_control};
use serde_json::Value;

use super::paint::Tone;

/// The whole difference, with a line feed at the end; empty if there is none.
pub(crate) fn diff(content: &ContentDiff, color: bool) -> String {
    let mut out = String::new();
    for setting in &content.settings {
        let (from, to) = (shown(&setting.from), shown(&setting.to));
        let line = format!("{}: {from} -> {to}", setting.name);
        out.push_str(&Tone::Warning.paint(&escape_control(&line), color));
        out.push('\n');
    }
    for line in content.files.iter().flat_map(|file| file.unified.lines()) {
        let tone = match line.as_bytes() {
            [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] => Some(Tone::Strong),
            [b'+', ..] => Some(Tone::Good),
            [b'-', ..] => Some(Tone::Bad),
            [b'@', b'@', ..] => Some(Tone::Dim),
            _ => None,
        };
        let line = escape_control(line);
        out.push_str(&tone.map_or_else(|| line.to_string(), |tone| tone.paint(&line, color)));
        out.push('\n');
    }
    out
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "default".to_owned(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use nil_core::{FileChange, FileDiff, SettingDiff};

    use super::*;

    #[test]
    fn what_strangers_wrote_cannot_drive_the_terminal() {
        let content = ContentDiff {
            files: vec![FileDiff {
                path: "index.ts".to_owned(),
                status: FileChange::Changed,
                unified: "@@ -1 +1 @@\n-a\n+\u{1b}[2Jb\n".to_owned(),
            }],
            settings: vec![SettingDiff { name: "timeoutMs".to_owned(), from: Value::Null, to: Value::from(5) }],
        };
        let plain = diff(&content, false);
        assert!(plain.starts_with("timeoutMs: default -> 5\n@@ -1 +1 @@\n-a\n+"), "{plain}");
        assert!(!plain.contains('\u{1b}'), "{plain:?}");
        assert_eq!(diff(&ContentDiff::default(), true), "");
    }
}
