//! What differs between two contents of a function: files line by line, settings one by one.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use similar::TextDiff;

use crate::{language::Language, settings::FunctionSettings, source_files::SourceFiles};

/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;

/// Two large files without anything in common are compared no longer than this; what is found then is right, but not
/// the shortest.
const PATIENCE: Duration = Duration::from_millis(200);

/// What a module is called in place of a path.
const MODULE: &str = "module.wasm";

/// What a version is made of.
#[derive(Debug, Clone, Copy)]
pub struct VersionContent<'a> {
    /// Its language.
    pub language: Language,
    /// Its entry file.
    pub source: &'a str,
    /// The files beside it.
    pub files: &'a SourceFiles,
    /// Of an uploaded module, in place of the two: what tells it from another ([`source_digest`]).
    pub module: Option<[u8; 32]>,
    /// Its settings.
    pub settings: &'a FunctionSettings,
}

/// What differs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContentDiff {
    /// Files that differ, by path; the entry file first.
    pub files: Vec<FileDiff>,
    /// Settings that differ, and `language` if that does.
    pub settings: Vec<SettingDiff>,
}

/// What tells whether two versions are built from the same: a SHA-256 over language, source and files, or over the
/// module. Settings are not part of it: they decide how a function runs, not what is built.
#[must_use]
pub fn source_digest(language: Language, source: &str, files: &SourceFiles, module: Option<&[u8]>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    part(language.as_str().as_bytes());
    part(module.unwrap_or(source.as_bytes()));
    for (path, text) in files.iter() {
        part(path.as_bytes());
        part(text.as_bytes());
    }
    hasher.finalize().into()
}

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileDiff {
    /// Its path; of the entry file, what the language calls it.
    pub path: String,
    /// What happened to it.
    pub status: FileChange,
    /// The difference in the unified form that `patch` reads.
    pub unified: String,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileChange {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It has another text.
    Changed,
}

/// A setting that differs; `null` means the server's default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SettingDiff {
    /// The field as the API spells it.
    pub name: String,
    /// What it was.
    pub from: Value,
    /// What it is.
    pub to: Value,
}

impl ContentDiff {
    /// What differs between two contents; all of `to` is new where there is no `from`.
    #[must_use]
    pub fn between(from: Option<&VersionContent<'_>>, to: &VersionContent<'_>) -> Self {
        Self { files: files(from, to), settings: settings(from, to) }
    }

    /// Whether there is no difference.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.settings.is_empty()
    }
}

fn files(from: Option<&VersionContent<'_>>, to: &VersionContent<'_>) -> Vec<FileDiff> {
    let (old, new) = (from.map(texts).unwrap_or_default(), texts(to));
    let mut paths: Vec<&str> = old.keys().chain(new.keys()).map(String::as_str).collect();
    paths.sort_unstable_by_key(|path| (*path != to.language.entry_file(), *path));
    paths.dedup();
    paths.into_iter().filter_map(|path| file(path, old.get(path), new.get(path))).collect()
}

/// Texts by path; a module is a text that names it.
fn texts(content: &VersionContent<'_>) -> BTreeMap<String, String> {
    if let Some(digest) = content.module {
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        return BTreeMap::from([(MODULE.to_owned(), format!("module with the digest {digest}\n"))]);
    }
    let mut texts: BTreeMap<_, _> =
        content.files.iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    texts.insert(content.language.entry_file().to_owned(), content.source.to_owned());
    texts
}

fn file(path: &str, old: Option<&String>, new: Option<&String>) -> Option<FileDiff> {
    let status = match (old, new) {
        (None, _) => FileChange::Added,
        (_, None) => FileChange::Removed,
        (old, new) if old == new => return None,
        _ => FileChange::Changed,
    };
    let text = |side: Option<&String>| side.cloned().unwrap_or_default();
    let name = |prefix: &str, side: Option<&String>| match side {
        Some(_) => format!("{prefix}/{path}"),
        None => "/dev/null".to_owned(),
    };
    let (before, after) = (text(old), text(new));
    let unified = TextDiff::configure()
        .timeout(PATIENCE)
        .diff_lines(&before, &after)
        .unified_diff()
        .context_radius(CONTEXT)
        .header(&name("a", old), &name("b", new))
        .to_string();
    Some(FileDiff { path: path.to_owned(), status, unified })
}

fn settings(from: Option<&VersionContent<'_>>, to: &VersionContent<'_>) -> Vec<SettingDiff> {
    let (old, new) = (from.map(fields).unwrap_or_default(), fields(to));
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let value = |side: &Map<String, Value>, name: &String| side.get(name).cloned().unwrap_or(Value::Null);
    let diffs = names.into_iter().map(|name| SettingDiff {
        name: name.clone(),
        from: value(&old, name),
        to: value(&new, name),
    });
    diffs.filter(|diff| diff.from != diff.to).collect()
}

fn fields(content: &VersionContent<'_>) -> Map<String, Value> {
    let mut fields = match serde_json::to_value(content.settings) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    fields.insert("language".to_owned(), Value::from(content.language.as_str()));
    fields
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn content<'a>(source: &'a str, files: &'a SourceFiles, settings: &'a FunctionSettings) -> VersionContent<'a> {
        VersionContent { language: Language::AssemblyScript, source, files, module: None, settings }
    }

    #[test]
    fn files_and_settings_are_compared() {
        let files = |pairs: &[(&str, &str)]| {
            let owned = pairs.iter().map(|&(path, text)| (path.to_owned(), text.to_owned()));
            SourceFiles::new(owned).expect("good paths")
        };
        let (old_files, new_files) =
            (files(&[("a.ts", "1\n"), ("b.ts", "2\n")]), files(&[("b.ts", "2\n"), ("c.ts", "3\n")]));
        let old_settings = FunctionSettings { timeout_ms: Some(5), ..FunctionSettings::default() };
        let new_settings = FunctionSettings { max_attempts: Some(2), ..FunctionSettings::default() };
        let (old, new) = (content("x\ny\n", &old_files, &old_settings), content("x\nz\n", &new_files, &new_settings));
        let diff = ContentDiff::between(Some(&old), &new);
        let shown: Vec<_> = diff.files.iter().map(|file| (file.path.as_str(), file.status)).collect();
        assert_eq!(
            shown,
            [("index.ts", FileChange::Changed), ("a.ts", FileChange::Removed), ("c.ts", FileChange::Added)]
        );
        assert_eq!(diff.files[0].unified, "--- a/index.ts\n+++ b/index.ts\n@@ -1,2 +1,2 @@\n x\n-y\n+z\n");
        assert_eq!(diff.files[2].unified, "--- /dev/null\n+++ b/c.ts\n@@ -0,0 +1 @@\n+3\n");
        let shown: Vec<_> = diff.settings.iter().map(|it| (it.name.as_str(), it.from.clone(), it.to.clone())).collect();
        assert_eq!(shown, [("maxAttempts", Value::Null, json!(2)), ("timeoutMs", json!(5), Value::Null)]);
        assert!(ContentDiff::between(Some(&new), &new).is_empty());
        assert_eq!(ContentDiff::between(None, &new).files.len(), 3);
    }

    #[test]
    fn modules_are_told_apart_by_their_digest() {
        let (files, settings) = (SourceFiles::none(), FunctionSettings::default());
        let module = |byte: u8| VersionContent {
            language: Language::Wasm,
            module: Some([byte; 32]),
            ..content("", &files, &settings)
        };
        let diff = ContentDiff::between(Some(&module(1)), &module(2));
        assert_eq!((diff.files.len(), diff.files[0].path.as_str()), (1, "module.wasm"));
        assert!(diff.files[0].unified.contains("+module with the digest 0202"), "{}", diff.files[0].unified);
    }
}
