//! The files of a function that lives in a folder: every source file below it, beside the entry file.

use std::{
    ffi::OsStr,
    fs::{self, DirEntry},
    path::Path,
};

use nil_core::{Language, SourceFiles};

use super::read::read_text;
use crate::failure::Failure;

/// Folders inside each other are followed this far; a function's own are never that deep.
const MAX_DEPTH: usize = 16;

/// Reads every file of `language` below `folder` but its entry file. Hidden files, `node_modules`, type declarations
/// and links to folders are left out.
///
/// # Errors
/// [`Failure::Usage`] for what cannot be read, and for names no server takes.
pub(super) fn files_below(folder: &Path, language: Language) -> Result<SourceFiles, Failure> {
    let mut found = Vec::new();
    collect(folder, "", language, 0, &mut found)?;
    found.sort();
    SourceFiles::new(found).map_err(|error| {
        Failure::usage(format!("`{}`: {error}", folder.display()), "rename it, or move it out of the function's folder")
    })
}

fn collect(
    folder: &Path,
    prefix: &str,
    language: Language,
    depth: usize,
    found: &mut Vec<(String, String)>,
) -> Result<(), Failure> {
    if depth == MAX_DEPTH {
        return Ok(());
    }
    let unreadable = |error| Failure::usage(format!("cannot read `{}`: {error}", folder.display()), "check the path");
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if SourceFiles::is_rejected_name(&name) {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.file_type().map_err(unreadable)?.is_dir() {
            collect(&entry.path(), &format!("{path}/"), language, depth + 1, found)?;
        } else if path != language.entry_file() && is_source(&entry, language) {
            let text = read_text(&entry.path(), &entry.path().display().to_string())?;
            found.push((path, text));
        }
    }
    Ok(())
}

fn is_source(entry: &DirEntry, language: Language) -> bool {
    let path = entry.path();
    let declares = path.file_stem().is_some_and(|stem| Path::new(stem).extension() == Some(OsStr::new("d")));
    let known = path.extension().and_then(OsStr::to_str).is_some_and(|found| language.extensions().contains(&found));
    known && !declares && path.is_file()
}
