//! What the later steps need to know about a validated module: its imports, exports and names.

use std::fmt;

use wasmparser::{BinaryReader, Name, NameSectionReader, ValType};

/// The outside of a module. Everything in it has been validated.
#[derive(Debug, Default)]
pub(crate) struct ModuleSummary<'a> {
    /// In declaration order.
    pub imports: Vec<Import<'a>>,
    /// In declaration order.
    pub exports: Vec<Export<'a>>,
    /// What its memory starts with, in bytes; 0 without one.
    pub memory_bytes: u64,
    /// Whether there is a start function.
    pub has_start: bool,
    /// The payload of the first `nil:abi` custom section.
    pub abi_section: Option<&'a [u8]>,
    /// The payload of the first `name` custom section and where it starts.
    pub name_section: Option<(&'a [u8], usize)>,
}

/// One import.
#[derive(Debug)]
pub(crate) struct Import<'a> {
    pub module: &'a str,
    pub name: &'a str,
    pub kind: ImportKind,
}

/// What is imported, with its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ImportKind {
    Function(Signature),
    Global { content: ValType, mutable: bool },
    Memory,
    Table,
    Tag,
}

/// One export.
#[derive(Debug)]
pub(crate) struct Export<'a> {
    pub name: &'a str,
    pub kind: ExportKind,
}

/// What is exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ExportKind {
    Function { index: u32, signature: Signature },
    Global,
    Memory,
    Table,
    Tag,
}

/// The type of a function, written as `(i32, i32) -> i32`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signature {
    pub params: Vec<ValType>,
    pub results: Vec<ValType>,
}

impl Signature {
    /// The signature of a function type.
    pub(crate) fn of(ty: &wasmparser::FuncType) -> Self {
        Self { params: ty.params().to_vec(), results: ty.results().to_vec() }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |types: &[ValType]| types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        write!(f, "({}) -> ", list(&self.params))?;
        match &self.results[..] {
            [one] => write!(f, "{one}"),
            results => write!(f, "({})", list(results)),
        }
    }
}

impl<'a> ModuleSummary<'a> {
    /// The signature of the exported function `name`; `None` if there is no such function.
    pub(crate) fn function(&self, name: &str) -> Option<&Signature> {
        self.exports.iter().find_map(|export| match &export.kind {
            ExportKind::Function { signature, .. } if export.name == name => Some(signature),
            _ => None,
        })
    }

    /// Whether `name` is exported as a `kind` other than a function.
    pub(crate) fn has(&self, name: &str, kind: &ExportKind) -> bool {
        self.exports.iter().any(|export| export.name == name && export.kind == *kind)
    }

    /// The names the name section gives the first `count` parameters of function `index`, where it has them.
    ///
    /// A broken name section is the same as none: names are for people, and the specification forbids
    /// rejecting a module over a custom section.
    pub(crate) fn param_names(&self, index: u32, count: usize) -> Vec<Option<String>> {
        let mut names = vec![None; count];
        let Some((data, offset)) = self.name_section else { return names };
        for subsection in NameSectionReader::new(BinaryReader::new(data, offset)) {
            let Ok(Name::Local(functions)) = subsection else { continue };
            for function in functions.into_iter().flatten().filter(|function| function.index == index) {
                for local in function.names.into_iter().flatten() {
                    if let Some(name) = names.get_mut(local.index as usize) {
                        *name = Some(local.name.to_owned());
                    }
                }
            }
        }
        names
    }
}
