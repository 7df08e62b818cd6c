//! Turns imported `JSMath` constants into globals of the module's own.
//!
//! Globals cannot be linked ahead of a store, and a snapshot needs modules without imported globals. Imported
//! globals come first in the index space, so own globals put first keep every index as it is.

use wasm_encoder::{
    ConstExpr, GlobalSection, GlobalType, Ieee64, ImportSection, Instruction, Module, SectionId, ValType,
    reencode::{Error, Reencode, utils},
};
use wasmparser::{GlobalSectionReader, ImportSectionReader, Operator, Parser, TypeRef};

use crate::{
    Rejection, host,
    validate::{ImportKind, ModuleSummary},
};

/// `wasm` without imported globals; `None` if it has none. Its imports have been checked.
pub(crate) fn inline(wasm: &[u8], module: &ModuleSummary<'_>) -> Result<Option<Vec<u8>>, Rejection> {
    let values: Vec<f64> = module
        .imports
        .iter()
        .filter(|import| matches!(import.kind, ImportKind::Global { .. }))
        .filter_map(|import| host::constant(import.module, import.name))
        .collect();
    if values.is_empty() {
        return Ok(None);
    }
    let mut rewritten = Module::new();
    Inline { values, placed: false }
        .parse_core_module(&mut rewritten, Parser::new(0), wasm)
        .map_err(|error| Rejection::new(format!("the module's imported constants cannot be replaced: {error}")))?;
    Ok(Some(rewritten.finish()))
}

struct Inline {
    values: Vec<f64>,
    placed: bool,
}

impl Inline {
    fn place(&mut self, globals: &mut GlobalSection) {
        let ty = GlobalType { val_type: ValType::F64, mutable: false, shared: false };
        for value in &self.values {
            globals.global(ty, &ConstExpr::f64_const(Ieee64::from(*value)));
        }
        self.placed = true;
    }
}

impl Reencode for Inline {
    type Error = std::convert::Infallible;

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Result<(), Error> {
        for import in section.into_imports() {
            let import = import?;
            if !matches!(import.ty, TypeRef::Global(_)) {
                self.parse_import(imports, import)?;
            }
        }
        Ok(())
    }

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: GlobalSectionReader<'_>,
    ) -> Result<(), Error> {
        self.place(globals);
        utils::parse_global_section(self, globals, section)
    }

    fn intersperse_section_hook(
        &mut self,
        module: &mut Module,
        _after: Option<SectionId>,
        before: Option<SectionId>,
    ) -> Result<(), Error> {
        use SectionId::{Code, Data, DataCount, Element, Export, Start};
        let behind_globals = matches!(before, None | Some(Export | Start | Element | DataCount | Code | Data));
        if behind_globals && !self.placed {
            let mut globals = GlobalSection::new();
            self.place(&mut globals);
            module.section(&globals);
        }
        Ok(())
    }

    /// Constant expressions may name imported globals only, so reads become the values themselves.
    fn instruction<'a>(&mut self, operator: Operator<'a>) -> Result<Instruction<'a>, Error> {
        match operator {
            Operator::GlobalGet { global_index } if (global_index as usize) < self.values.len() => {
                Ok(Instruction::F64Const(Ieee64::from(self.values[global_index as usize])))
            }
            operator => utils::instruction(self, operator),
        }
    }
}
