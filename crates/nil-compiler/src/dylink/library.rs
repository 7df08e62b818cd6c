//! A shared library as wasm-ld's `-shared` makes it, taken apart.

use std::collections::HashMap;

use wasmparser::{
    Data, Dylink0Subsection, Element, Export, ExternalKind, FuncType, FunctionBody, Global, Import, KnownCustom,
    MemInfo, Parser, Payload, TypeRef,
};

use super::LinkError;

/// One library.
pub(super) struct Library<'a> {
    pub name: &'a str,
    /// What memory and table it asks for.
    pub needs: MemInfo,
    pub types: Vec<FuncType>,
    pub imports: Vec<Import<'a>>,
    /// The types of its own functions.
    pub functions: Vec<u32>,
    pub globals: Vec<Global<'a>>,
    pub exports: HashMap<&'a str, (ExternalKind, u32)>,
    /// Puts internal addresses into globals; must run before anything else.
    pub start: Option<u32>,
    pub elements: Vec<Element<'a>>,
    pub bodies: Vec<FunctionBody<'a>>,
    pub data: Vec<Data<'a>>,
}

impl<'a> Library<'a> {
    /// Reads `wasm`, which later messages call `name`.
    pub(super) fn read(name: &'a str, wasm: &'a [u8]) -> Result<Self, LinkError> {
        let mut library = Self {
            name,
            needs: MemInfo { memory_size: 0, memory_alignment: 0, table_size: 0, table_alignment: 0 },
            types: Vec::new(),
            imports: Vec::new(),
            functions: Vec::new(),
            globals: Vec::new(),
            exports: HashMap::new(),
            start: None,
            elements: Vec::new(),
            bodies: Vec::new(),
            data: Vec::new(),
        };
        for payload in Parser::new(0).parse_all(wasm) {
            library.take(payload?)?;
        }
        Ok(library)
    }

    fn take(&mut self, payload: Payload<'a>) -> Result<(), LinkError> {
        match payload {
            Payload::CustomSection(section) => {
                if let KnownCustom::Dylink0(subsections) = section.as_known() {
                    for subsection in subsections {
                        if let Dylink0Subsection::MemInfo(needs) = subsection? {
                            self.needs = needs;
                        }
                    }
                }
            }
            Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    self.types.push(ty?);
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    self.imports.push(import?);
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.functions.push(ty?);
                }
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    self.globals.push(global?);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let Export { name, kind, index } = export?;
                    self.exports.insert(name, (kind, index));
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(section) => {
                for element in section {
                    self.elements.push(element?);
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::DataSection(section) => {
                for data in section {
                    self.data.push(data?);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// How many functions it imports; its own are numbered from there.
    pub(super) fn imported_functions(&self) -> u32 {
        self.imports.iter().filter(|import| matches!(import.ty, TypeRef::Func(_))).count() as u32
    }

    /// How many globals it imports.
    pub(super) fn imported_globals(&self) -> u32 {
        self.imports.iter().filter(|import| matches!(import.ty, TypeRef::Global(_))).count() as u32
    }
}
