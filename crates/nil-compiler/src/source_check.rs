//! What is checked before any process sees a source. Whether it means anything is the compiler's to say.

use nil_core::{CompileLimits, Diagnostic, Language, SourceFiles, render_plain};

use crate::toolchain::{CompileFailure, Size};

/// Refuses a source that is too large or holds a NUL, and files in the place of the entry file. UTF-8 it is already:
/// it is a `str`; and paths stay in their folder: they are [`SourceFiles`].
pub(crate) fn check_source(
    language: Language,
    source: &str,
    files: &SourceFiles,
    limits: &CompileLimits,
) -> Result<(), CompileFailure> {
    let length = source.len() as u64 + files.bytes();
    if length > limits.source_bytes {
        return Err(refuse(Diagnostic::error(format!(
            "the source has {length} bytes, more than the {} allowed; make it smaller",
            Size(limits.source_bytes)
        ))));
    }
    if let Err(error) = files.check_entry(language) {
        return Err(refuse(Diagnostic::error(error.to_string())));
    }
    if let Some(offset) = source.find('\0') {
        let before = &source[..offset];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let mut diagnostic = Diagnostic::error("the source holds a NUL character; remove it, or write it as an escape");
        diagnostic.file = Some(language.entry_file().to_owned());
        diagnostic.line = u32::try_from(before.matches('\n').count() + 1).ok();
        diagnostic.column = u32::try_from(before[line_start..].chars().count() + 1).ok();
        return Err(refuse(diagnostic));
    }
    Ok(())
}

fn refuse(diagnostic: Diagnostic) -> CompileFailure {
    CompileFailure::Rejected {
        compile_error: render_plain(std::slice::from_ref(&diagnostic)),
        diagnostics: vec![diagnostic],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(source: &str, limits: &CompileLimits) -> String {
        let files = SourceFiles::default();
        check_source(Language::AssemblyScript, source, &files, limits).expect_err("must be refused").to_string()
    }

    fn files(path: &str, text: &str) -> SourceFiles {
        SourceFiles::new([(path.to_owned(), text.to_owned())]).expect("a path")
    }

    #[test]
    fn the_limit_itself_is_allowed() {
        let limits = CompileLimits { source_bytes: 1 << 20, ..CompileLimits::default() };
        let largest = "a".repeat(1 << 20);
        assert_eq!(check_source(Language::AssemblyScript, &largest, &SourceFiles::default(), &limits), Ok(()));
        let beside = files("x.ts", "a");
        let error = check_source(Language::AssemblyScript, &largest, &beside, &limits).expect_err("5 bytes too many");
        assert!(error.to_string().contains("1048581 bytes"), "{error}");
        assert_eq!(
            error_of(&"a".repeat((1 << 20) + 1), &limits),
            "error: the source has 1048577 bytes, more than the 1 MiB allowed; make it smaller"
        );
    }

    #[test]
    fn a_file_in_the_place_of_the_entry_is_refused() {
        let error = check_source(Language::AssemblyScript, "a", &files("INDEX.ts", "b"), &CompileLimits::default());
        assert!(error.expect_err("must be refused").to_string().contains("that is the entry file"));
    }

    #[test]
    fn a_nul_is_refused_with_its_place() {
        let error = error_of("let a = 1;\nlet ä\0b;", &CompileLimits::default());
        assert!(error.starts_with("index.ts:2:6: error: the source holds a NUL"), "{error}");
    }
}
