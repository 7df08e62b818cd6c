//! The languages a function can be in. Adding one means a variant here; `match` names every other place.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What a function is written in, or uploaded as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// AssemblyScript: TypeScript syntax over WebAssembly types.
    AssemblyScript,
    /// JavaScript: ECMAScript modules.
    JavaScript,
    /// TypeScript: JavaScript with types, which are stripped, not checked.
    TypeScript,
    /// Python: functions over JSON values, with the standard library.
    Python,
    /// Go, with its standard library.
    Go,
    /// WebAssembly's text format.
    Wat,
    /// C.
    C,
    /// C++.
    Cpp,
    /// Rust.
    Rust,
    /// Zig.
    Zig,
    /// A ready WebAssembly module; there is nothing to compile.
    Wasm,
}

impl Language {
    /// Every language, in the order documents list them.
    pub const ALL: &'static [Self] = &[
        Self::AssemblyScript,
        Self::JavaScript,
        Self::TypeScript,
        Self::Python,
        Self::C,
        Self::Cpp,
        Self::Rust,
        Self::Zig,
        Self::Go,
        Self::Wat,
        Self::Wasm,
    ];

    /// The name on the wire, in the database and in `toolchains/`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AssemblyScript => "assemblyscript",
            Self::JavaScript => "javascript",
            Self::TypeScript => "typescript",
            Self::Python => "python",
            Self::Go => "go",
            Self::Wat => "wat",
            Self::C => "c",
            Self::Cpp => "cpp",
            Self::Rust => "rust",
            Self::Zig => "zig",
            Self::Wasm => "wasm",
        }
    }

    /// The name of a function's main source file, as diagnostics show it.
    #[must_use]
    pub fn entry_file(self) -> &'static str {
        match self {
            Self::AssemblyScript | Self::TypeScript => "index.ts",
            Self::JavaScript => "index.js",
            Self::Python => "main.py",
            Self::Go => "function.go",
            Self::Wat => "index.wat",
            Self::C => "index.c",
            Self::Cpp => "index.cpp",
            Self::Rust => "index.rs",
            Self::Zig => "index.zig",
            Self::Wasm => "index.wasm",
        }
    }

    /// Extensions of the files a function in this language is made of.
    #[must_use]
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::AssemblyScript => &["ts"],
            Self::JavaScript => &["js", "mjs"],
            Self::TypeScript => &["ts", "mts", "js", "mjs"],
            Self::Python => &["py"],
            Self::Go => &["go"],
            Self::Wat => &["wat"],
            Self::C => &["c", "h"],
            Self::Cpp => &["cpp", "cc", "hpp", "h"],
            Self::Rust => &["rs"],
            Self::Zig => &["zig"],
            Self::Wasm => &["wasm"],
        }
    }

    /// What a file with this extension is written in, as far as that tells: `.ts` may be TypeScript as well, and a header
    /// is nothing by itself.
    #[must_use]
    pub fn of_extension(extension: &str) -> Option<Self> {
        let is_header = matches!(extension, "h" | "hpp");
        Self::ALL.iter().copied().find(|language| !is_header && language.extensions().contains(&extension))
    }

    /// Whether a toolchain turns sources into modules; a module is uploaded as it is.
    #[must_use]
    pub fn is_compiled(self) -> bool {
        self != Self::Wasm
    }

    /// The languages that have a toolchain.
    pub fn compiled() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|language| language.is_compiled())
    }

    /// What the user writes, in one line.
    #[must_use]
    pub fn handler(self) -> &'static str {
        match self {
            Self::AssemblyScript => {
                "export function handle(input: string): string, or one exported function over numbers"
            }
            Self::JavaScript | Self::TypeScript => {
                "export function handle(input) { return {…} }, also async or as the default export"
            }
            Self::Python => "def handle(input): return {…}, also `async def`",
            Self::Go => "package function with func Handle(input T) (U, error), for any T and U that JSON fits",
            Self::C => "char *handle(const char *input): JSON in, JSON out, NULL with nil_error(…) for an error",
            Self::Cpp => "nlohmann::json handle(const nlohmann::json &input); nil::error(…) for an error",
            Self::Rust => "fn handle(input: In) -> Result<Out, E>, or -> Out, with serde's In and Out",
            Self::Zig => "pub fn handle(allocator: std.mem.Allocator, input: []const u8) ![]const u8",
            Self::Wat | Self::Wasm => {
                "a module that exports `alloc` and `handle`, `_start` (WASI), one function over numbers, or \
                 AssemblyScript's `handle` with its runtime"
            }
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A language no toolchain exists for.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("language `{given}` is not supported; use one of: {}", supported())]
pub struct UnsupportedLanguage {
    /// The name as it was given.
    pub given: String,
}

fn supported() -> String {
    Language::ALL.iter().map(|language| language.as_str()).collect::<Vec<_>>().join(", ")
}

impl FromStr for Language {
    type Err = UnsupportedLanguage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|language| language.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnsupportedLanguage { given: text.chars().take(80).collect() })
    }
}
