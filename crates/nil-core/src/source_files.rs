//! The files of a function beside its entry file, and what their paths may be.
//!
//! Paths are ASCII, like names: no two look alike, none needs escaping, and each means the same file on every
//! system. Checked once, where files come in; whoever holds a [`SourceFiles`] may join its paths to a folder.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::language::Language;

/// Files beside the entry file at the most.
const MAX_FILES: usize = 200;

/// The longest path, in bytes.
const MAX_PATH_BYTES: usize = 200;

/// The longest name between two slashes, in bytes.
const MAX_SEGMENT_BYTES: usize = 100;

/// The deepest path, in segments.
const MAX_DEPTH: usize = 8;

/// Names that tell some toolchain what to do instead of being part of a program, in lower case. Names that start
/// with a dot are refused altogether.
const REJECTED_NAMES: &[&str] = &[
    "asconfig.json",
    "build.rs",
    "build.zig",
    "build.zig.zon",
    "bun.lock",
    "bunfig.toml",
    "cargo.lock",
    "cargo.toml",
    "clippy.toml",
    "cmakelists.txt",
    "configure",
    "conftest.py",
    "deno.json",
    "deno.jsonc",
    "go.mod",
    "go.sum",
    "go.work",
    "gnumakefile",
    "jsconfig.json",
    "makefile",
    "node_modules",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "package.json",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "pyproject.toml",
    "rust-toolchain",
    "rust-toolchain.toml",
    "setup.cfg",
    "setup.py",
    "sitecustomize.py",
    "tsconfig.json",
    "usercustomize.py",
    "yarn.lock",
];

/// Files beside the entry file: text by path. Relative paths of plain names, unique whatever their case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = std::collections::HashMap<String, String>)]
pub struct SourceFiles(BTreeMap<String, String>);

/// Why a file cannot be part of a function.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum InvalidSourceFile {
    /// More files than anybody writes by hand.
    #[error("`files` has {given} files; at most {MAX_FILES} are taken")]
    TooMany {
        /// Files given.
        given: usize,
    },
    /// The path itself is not allowed.
    #[error("`files` has the path `{path}`: {reason}")]
    Path {
        /// The path, shortened and printable.
        path: String,
        /// What is wrong with it, and what to do.
        reason: PathFault,
    },
    /// Two paths that some file systems take for one, or a file that would also have to be a folder.
    #[error("`files` has the paths `{first}` and `{second}`, which cannot both be there; rename one")]
    Collision {
        /// The one that came first.
        first: String,
        /// The one that came later.
        second: String,
    },
    /// The text holds a NUL.
    #[error("the file `{path}` holds a NUL character at byte {at}; remove it")]
    Nul {
        /// The path.
        path: String,
        /// Where.
        at: usize,
    },
}

/// What is wrong with a path.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
pub enum PathFault {
    /// Nothing was given.
    #[error("it is empty")]
    Empty,
    /// Over the limit on the whole path or one name in it.
    #[error("it is too long; use at most {MAX_PATH_BYTES} bytes, and {MAX_SEGMENT_BYTES} between two slashes")]
    TooLong,
    /// Too many folders.
    #[error("it is too deep; use at most {MAX_DEPTH} names")]
    TooDeep,
    /// It starts at the root of a file system.
    #[error("it is absolute; use a path relative to the entry file")]
    Absolute,
    /// It has `..`.
    #[error("it leads out of the function's folder; use a path without `..`")]
    Outside,
    /// Two slashes in a row, one at the end, or `.`.
    #[error("it has an empty name or `.` in it; write it without")]
    EmptySegment,
    /// A name starts with `-`, which programs take for an option.
    #[error("a name in it starts with `-`; rename it")]
    Option,
    /// A character outside of the alphabet.
    #[error("it holds {0:?}; use letters, digits, `.`, `_`, `-` and `+` between slashes")]
    Character(char),
    /// A file that tells a toolchain what to do.
    #[error(
        "rejected name: files that configure a toolchain, and names that start with a dot, are not part of a function"
    )]
    Rejected,
    /// It is the name of the entry file.
    #[error("that is the entry file, which is `source`")]
    Entry,
}

impl SourceFiles {
    /// No files.
    #[must_use]
    pub const fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// Checks and takes `entries`.
    ///
    /// # Errors
    /// The first thing that is not allowed.
    pub fn new(entries: impl IntoIterator<Item = (String, String)>) -> Result<Self, InvalidSourceFile> {
        let mut files = BTreeMap::new();
        let mut places = Places::default();
        let mut given = 0;
        for (path, text) in entries {
            given += 1;
            if given > MAX_FILES {
                continue;
            }
            check_path(&path).map_err(|reason| InvalidSourceFile::Path { path: shown(&path), reason })?;
            places.take(&path)?;
            if let Some(at) = text.find('\0') {
                return Err(InvalidSourceFile::Nul { path, at });
            }
            files.insert(path, text);
        }
        if given > MAX_FILES {
            return Err(InvalidSourceFile::TooMany { given });
        }
        Ok(Self(files))
    }

    /// Whether none of them would stand in the place of `language`'s entry file.
    ///
    /// # Errors
    /// [`PathFault::Entry`] with the path.
    pub fn check_entry(&self, language: Language) -> Result<(), InvalidSourceFile> {
        let entry = language.entry_file();
        match self.0.keys().find(|path| path.split('/').next().is_some_and(|name| name.eq_ignore_ascii_case(entry))) {
            Some(path) => Err(InvalidSourceFile::Path { path: path.clone(), reason: PathFault::Entry }),
            None => Ok(()),
        }
    }

    /// Whether `name` may be a name in a path: neither hidden nor the configuration of a toolchain.
    #[must_use]
    pub fn is_rejected_name(name: &str) -> bool {
        name.starts_with('.') || REJECTED_NAMES.contains(&name.to_ascii_lowercase().as_str())
    }

    /// Paths and texts, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The text of one file.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Paths and texts together, in bytes: what counts toward the limit on the source.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.0.iter().map(|(path, text)| (path.len() + text.len()) as u64).sum()
    }
}

impl<'de> Deserialize<'de> for SourceFiles {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(BTreeMap::<String, String>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// The places that are taken: by lower-case path, the path that takes it and whether as a folder.
#[derive(Default)]
struct Places(HashMap<String, (String, bool)>);

impl Places {
    fn take(&mut self, path: &str) -> Result<(), InvalidSourceFile> {
        let key = path.to_ascii_lowercase();
        let collision = |first: &str| InvalidSourceFile::Collision { first: first.to_owned(), second: path.to_owned() };
        if let Some((first, _)) = self.0.get(&key) {
            return Err(collision(first));
        }
        for (at, _) in path.match_indices('/') {
            match self.0.get(&key[..at]) {
                // The same folder in another spelling: two folders here, one there.
                Some((first, true)) if first[..at] == path[..at] => {}
                Some((first, _)) => return Err(collision(first)),
                None => drop(self.0.insert(key[..at].to_owned(), (path.to_owned(), true))),
            }
        }
        self.0.insert(key, (path.to_owned(), false));
        Ok(())
    }
}

fn check_path(path: &str) -> Result<(), PathFault> {
    if path.is_empty() {
        return Err(PathFault::Empty);
    }
    if path.len() > MAX_PATH_BYTES {
        return Err(PathFault::TooLong);
    }
    if path.starts_with(['/', '\\', '~']) || path.as_bytes().get(1) == Some(&b':') {
        return Err(PathFault::Absolute);
    }
    for (index, segment) in path.split('/').enumerate() {
        if index == MAX_DEPTH {
            return Err(PathFault::TooDeep);
        }
        check_segment(segment)?;
    }
    Ok(())
}

fn check_segment(segment: &str) -> Result<(), PathFault> {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
    match segment {
        "" | "." => Err(PathFault::EmptySegment),
        ".." => Err(PathFault::Outside),
        _ if segment.len() > MAX_SEGMENT_BYTES => Err(PathFault::TooLong),
        _ if segment.starts_with('-') => Err(PathFault::Option),
        _ => match segment.chars().find(|c| !allowed(c)) {
            Some(character) => Err(PathFault::Character(character)),
            None if SourceFiles::is_rejected_name(segment) => Err(PathFault::Rejected),
            // Some file systems drop it, and `a.` becomes `a`.
            None if segment.ends_with('.') => Err(PathFault::EmptySegment),
            None => Ok(()),
        },
    }
}

/// A path that was refused, for a message.
fn shown(path: &str) -> String {
    const KEPT_BYTES: usize = 100;
    let kept = crate::text::truncate_to_char_boundary(path, KEPT_BYTES);
    let more = if kept.len() < path.len() { "…" } else { "" };
    format!("{}{more}", crate::text::escape_control(kept))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn files(paths: &[&str]) -> Result<SourceFiles, InvalidSourceFile> {
        SourceFiles::new(paths.iter().map(|path| ((*path).to_owned(), "x".to_owned())))
    }

    fn fault(path: &str) -> Option<PathFault> {
        match files(&[path]) {
            Err(InvalidSourceFile::Path { reason, .. }) => Some(reason),
            Ok(_) => None,
            Err(other) => panic!("{path}: {other}"),
        }
    }

    #[test]
    fn plain_relative_paths_are_taken() {
        for path in ["util.ts", "lib/math.ts", "a/b/c/d.ts", "data+1.json", "v1.2_final-x.wat", "index/util.ts"] {
            assert_eq!(fault(path), None, "{path}");
        }
    }

    #[test]
    fn every_other_path_is_refused_with_its_reason() {
        let long = format!("{}.ts", "a".repeat(101));
        let very_long = "a/".repeat(5_000);
        let refused = [
            ("", PathFault::Empty),
            ("../x.ts", PathFault::Outside),
            ("lib/../../x.ts", PathFault::Outside),
            ("/etc/passwd", PathFault::Absolute),
            ("\\\\host\\share", PathFault::Absolute),
            ("C:/x.ts", PathFault::Absolute),
            ("~/x.ts", PathFault::Absolute),
            ("~lib/rt/nil.ts", PathFault::Absolute),
            ("./x.ts", PathFault::EmptySegment),
            ("a//b.ts", PathFault::EmptySegment),
            ("a/", PathFault::EmptySegment),
            ("a./b.ts", PathFault::EmptySegment),
            ("-o", PathFault::Option),
            ("lib/-rf", PathFault::Option),
            ("@args", PathFault::Character('@')),
            ("a\0b.ts", PathFault::Character('\0')),
            ("a\\b.ts", PathFault::Character('\\')),
            ("a b.ts", PathFault::Character(' ')),
            ("pаypal.ts", PathFault::Character('а')),
            ("e\u{301}.ts", PathFault::Character('\u{301}')),
            ("a\u{202e}st.b", PathFault::Character('\u{202e}')),
            (&long, PathFault::TooLong),
            (&very_long, PathFault::TooLong),
            ("a/b/c/d/e/f/g/h/i.ts", PathFault::TooDeep),
            ("asconfig.json", PathFault::Rejected),
            ("lib/Package.JSON", PathFault::Rejected),
            ("node_modules/json-as/index.ts", PathFault::Rejected),
            (".cargo/config.toml", PathFault::Rejected),
            ("lib/.npmrc", PathFault::Rejected),
        ];
        for (path, reason) in refused {
            assert_eq!(fault(path), Some(reason), "{path:?}");
        }
    }

    #[test]
    fn paths_that_some_system_takes_for_one_collide() {
        for pair in [["a.ts", "A.ts"], ["lib/x.ts", "Lib/y.ts"], ["a", "a/b.ts"], ["a/b.ts", "a"], ["a.ts", "a.ts"]] {
            assert!(matches!(files(&pair), Err(InvalidSourceFile::Collision { .. })), "{pair:?}");
        }
        assert!(files(&["lib/x.ts", "lib/y.ts", "lib2/x.ts", "lib.ts"]).is_ok());
    }

    #[test]
    fn the_entry_file_is_the_source() {
        let language = Language::AssemblyScript;
        for path in ["index.ts", "Index.TS", "index.ts/x.ts"] {
            assert!(files(&[path]).expect("a path").check_entry(language).is_err(), "{path}");
        }
        assert_eq!(files(&["lib/index.ts"]).expect("a path").check_entry(language), Ok(()));
    }

    #[test]
    fn there_is_an_end_to_files_and_nul_is_refused() {
        let many: Vec<String> = (0..=MAX_FILES).map(|index| format!("f{index}.ts")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(files(&many), Err(InvalidSourceFile::TooMany { given: MAX_FILES + 1 }));
        assert_eq!(files(&many[1..]).map(|files| files.len()), Ok(MAX_FILES));
        let nul = SourceFiles::new([("a.ts".to_owned(), "ab\0".to_owned())]);
        assert_eq!(nul, Err(InvalidSourceFile::Nul { path: "a.ts".to_owned(), at: 2 }));
    }

    proptest! {
        #[test]
        fn a_path_that_passes_stays_in_its_folder(path in "[-@~./\\\\a-bA ]{0,12}") {
            if files(&[&path]).is_ok() {
                let folder = std::path::Path::new("/box");
                let joined = folder.join(&path);
                prop_assert!(joined.starts_with(folder));
                prop_assert!(joined.components().all(|part| !matches!(part, std::path::Component::ParentDir)));
            }
        }
    }
}
