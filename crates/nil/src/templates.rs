//! The files `nil new` writes, embedded from `toolchains/<language>/template`.

use nil_core::Language;

/// Stands for the function's name in a template.
pub(crate) const NAME: &str = "{{name}}";

/// One file of a template.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TemplateFile {
    /// Where it goes, relative to the function's folder.
    pub(crate) path: &'static str,
    /// What it holds.
    pub(crate) text: &'static str,
}

macro_rules! template {
    ($language:literal: $($path:literal),+ $(,)?) => {
        &[$(TemplateFile {
            path: $path,
            text: include_str!(concat!("../../../toolchains/", $language, "/template/", $path)),
        }),+]
    };
}

/// The files of a language's template; the first one is the source. None for what is not written by hand.
pub(crate) fn files(language: Language) -> &'static [TemplateFile] {
    match language {
        Language::AssemblyScript => template!("assemblyscript": "index.ts"),
        Language::JavaScript => template!("javascript": "index.js"),
        Language::TypeScript => template!("typescript": "index.ts"),
        Language::Go => template!("go": "function.go"),
        Language::Wat => template!("wat": "index.wat"),
        Language::C => template!("c": "index.c"),
        Language::Cpp => template!("cpp": "index.cpp"),
        Language::Rust => template!("rust": "index.rs"),
        Language::Zig => template!("zig": "index.zig"),
        Language::Wasm => &[],
    }
}
