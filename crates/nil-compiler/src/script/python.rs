//! Python's files, as they are: the interpreter in the server parses them at publication, and says what is wrong with its
//! own words and places.

use nil_core::{Diagnostic, ScriptModule};

use super::Files;

/// Files of one function at most; each is parsed at publication.
const MAX_FILES: usize = 1_000;

/// Every file, the entry first.
pub(super) fn collect(entry: &str, files: &Files) -> Result<Vec<ScriptModule>, Vec<Diagnostic>> {
    let Some(source) = files.get(entry) else {
        return Err(vec![Diagnostic::error(format!("the function has no file `{entry}`"))]);
    };
    if files.len() > MAX_FILES {
        return Err(vec![Diagnostic::error(format!("the function has {} files; at most {MAX_FILES}", files.len()))]);
    }
    let others = files.iter().filter(|(path, _)| *path != entry).map(|(path, code)| (path.as_str(), code));
    let all = std::iter::once((entry, source)).chain(others);
    Ok(all.map(|(path, code)| ScriptModule { path: path.to_owned(), code: code.clone(), map: None }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_comes_first() {
        let files: Files = [("a.py", ""), ("main.py", "x"), ("z/b.py", "")]
            .map(|(path, code)| (path.to_owned(), code.to_owned()))
            .into();
        let paths =
            |entry| collect(entry, &files).map(|found| found.into_iter().map(|module| module.path).collect::<Vec<_>>());
        assert_eq!(paths("main.py").expect("collected"), ["main.py", "a.py", "z/b.py"]);
        assert!(paths("index.py").is_err());
    }
}
