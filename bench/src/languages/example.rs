//! A program of `examples/<language>/`, as it is deployed.

use std::{fs, path::Path};

use anyhow::Context as _;
use nil_api::{CreateFunction, FileEntries, LanguageInfo};

/// The program that is deployed, called and measured for its size.
pub(super) const SMALL: &str = "greeting";
/// The one that computes.
pub(super) const KERNEL: &str = "primes";
/// The one that reads 100 KB.
pub(super) const LARGE: &str = "large-input";

/// Whether a language has what is measured.
pub(super) fn has_programs(examples: &Path, info: &LanguageInfo) -> bool {
    let folder = examples.join(info.language.as_str());
    [SMALL, KERNEL, LARGE].iter().all(|program| folder.join(program).join(&info.entry_file).is_file())
}

/// A program as a new function.
pub(super) fn read(examples: &Path, info: &LanguageInfo, program: &str) -> anyhow::Result<CreateFunction> {
    let folder = examples.join(info.language.as_str()).join(program);
    let text = |path: &Path| fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()));
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if name != info.entry_file && info.extensions.iter().any(|known| known == extension) {
            files.push((name, text(&path)?));
        }
    }
    Ok(CreateFunction {
        name: format!("{}-{program}", info.language),
        description: None,
        language: info.language.to_string(),
        source: Some(text(&folder.join(&info.entry_file))?),
        wasm_base64: None,
        files: (!files.is_empty()).then_some(FileEntries(files)),
        settings: None,
        examples: None,
        environments: None,
    })
}

/// The same source with a last line that was never seen: an equal one would not be compiled again.
pub(super) fn changed(source: &str, extension: &str, change: u32) -> String {
    let comment = match extension {
        "py" | "rb" | "sh" => "#",
        "wat" => ";;",
        _ => "//",
    };
    format!("{}\n{comment} change {change}\n", source.trim_end())
}
