//! The one pass over an untrusted module: parse, hold against the limits, validate, summarise.

use nil_core::{Diagnostic, truncate_to_char_boundary};
use wasmparser::{
    BinaryReaderError, FuncToValidate, FuncValidatorAllocations, FunctionBody, MemoryType, Operator, OperatorsReader,
    Parser, Payload, TableType, TypeRef, ValidPayload, Validator, ValidatorResources, types::Types,
};

use super::{
    PublishLimits, counts, foreign, proposals,
    summary::{Export, ExportKind, Import, ImportKind, ModuleSummary, Signature},
};
use crate::Rejection;

/// Longest message of the validator kept, in bytes: some quote names from the module.
const MAX_MESSAGE_BYTES: usize = 500;

const WASM_PAGE_BYTES: u64 = 65_536;

/// Validates `wasm` against the enabled proposals and `limits`; tables may have `max_table_elements`.
///
/// # Errors
/// Names what is wrong: the construct and its offset, the proposal that would be needed, or the limit.
pub(crate) fn check<'a>(
    wasm: &'a [u8],
    limits: &PublishLimits,
    max_table_elements: u32,
) -> Result<ModuleSummary<'a>, Rejection> {
    if wasm.len() as u64 > limits.module_bytes {
        return Err(Rejection::new(format!(
            "the module has {} bytes; at most {} are allowed",
            wasm.len(),
            limits.module_bytes
        )));
    }
    if let Some(message) = foreign::describe(wasm) {
        return Err(Rejection::new(message));
    }
    Pass { wasm, limits, max_table_elements, allocations: FuncValidatorAllocations::default() }.run()
}

struct Pass<'a, 'l> {
    wasm: &'a [u8],
    limits: &'l PublishLimits,
    max_table_elements: u32,
    allocations: FuncValidatorAllocations,
}

impl<'a> Pass<'a, '_> {
    fn run(mut self) -> Result<ModuleSummary<'a>, Rejection> {
        let mut validator = Validator::new_with_features(proposals::ENABLED);
        let mut summary = ModuleSummary::default();
        let mut raw_imports = Vec::new();
        let mut raw_exports = Vec::new();
        for payload in Parser::new(0).parse_all(self.wasm) {
            let payload = payload.map_err(|error| self.invalid(&error))?;
            counts::check(&payload, self.limits)?;
            let verdict = validator.payload(&payload).map_err(|error| self.invalid(&error))?;
            match verdict {
                ValidPayload::Func(function, body) => self.function(function, &body)?,
                ValidPayload::End(types) => self.resolve(&types, &raw_imports, &raw_exports, &mut summary)?,
                ValidPayload::Ok | ValidPayload::Parser(_) => {}
            }
            match payload {
                Payload::ImportSection(section) => {
                    raw_imports = collect(section.into_imports()).map_err(|error| self.invalid(&error))?;
                }
                Payload::ExportSection(section) => {
                    raw_exports = collect(section).map_err(|error| self.invalid(&error))?;
                }
                Payload::MemorySection(section) => {
                    for memory in collect(section).map_err(|error| self.invalid(&error))? {
                        summary.memory_bytes = self.memory(&memory)?;
                    }
                }
                Payload::TableSection(section) => {
                    let tables = collect(section).map_err(|error| self.invalid(&error))?;
                    if tables.len() > 1 {
                        return Err(Rejection::new(format!(
                            "the module has {} tables; at most 1 is allowed",
                            tables.len()
                        )));
                    }
                    tables.iter().try_for_each(|table| self.table(&table.ty))?;
                }
                Payload::StartSection { .. } => summary.has_start = true,
                Payload::CustomSection(section) => match section.name() {
                    "nil:abi" if summary.abi_section.is_none() => summary.abi_section = Some(section.data()),
                    "name" if summary.name_section.is_none() => {
                        summary.name_section = Some((section.data(), section.data_offset()));
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        Ok(summary)
    }

    fn function(
        &mut self,
        function: FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'_>,
    ) -> Result<(), Rejection> {
        let index = function.index;
        let too_complex = |what: &str, count: u64, most: u32| {
            let at = body.range().start;
            Rejection::new(format!(
                "function {index} (at offset 0x{at:x}) has {count} {what}; at most {most} are allowed"
            ))
        };
        let bytes = body.range().len() as u64;
        if bytes > u64::from(self.limits.function_bytes) {
            return Err(too_complex("bytes of code", bytes, self.limits.function_bytes));
        }
        let mut declared: u64 = 0;
        for local in body.get_locals_reader().map_err(|error| self.invalid(&error))? {
            declared += u64::from(local.map_err(|error| self.invalid(&error))?.0);
        }
        if declared > u64::from(self.limits.locals) {
            return Err(too_complex("locals", declared, self.limits.locals));
        }
        let mut validator = function.into_validator(std::mem::take(&mut self.allocations));
        let mut reader = body.get_binary_reader();
        validator.read_locals(&mut reader).map_err(|error| self.invalid(&error))?;
        reader.set_features(proposals::ENABLED);
        let mut operators = OperatorsReader::new(reader);
        while !operators.eof() {
            let (operator, offset) = operators.read_with_offset().map_err(|error| self.invalid(&error))?;
            if let Operator::BrTable { targets } = &operator
                && targets.len() > self.limits.br_table_targets
            {
                return Err(too_complex("`br_table` targets", targets.len().into(), self.limits.br_table_targets));
            }
            validator.op(offset, &operator).map_err(|error| self.invalid(&error))?;
        }
        operators.finish().map_err(|error| self.invalid(&error))?;
        self.allocations = validator.into_allocations();
        Ok(())
    }

    fn memory(&self, memory: &MemoryType) -> Result<u64, Rejection> {
        let bytes = memory.initial.saturating_mul(WASM_PAGE_BYTES);
        if bytes > self.limits.memory_bytes {
            return Err(Rejection::new(format!(
                "the module declares a memory of at least {bytes} bytes ({} pages); this function may have {}",
                memory.initial, self.limits.memory_bytes
            )));
        }
        Ok(bytes)
    }

    fn table(&self, table: &TableType) -> Result<(), Rejection> {
        if table.initial > u64::from(self.max_table_elements) {
            return Err(Rejection::new(format!(
                "the module declares a table of at least {} elements; at most {} are allowed",
                table.initial, self.max_table_elements
            )));
        }
        Ok(())
    }

    fn resolve(
        &self,
        types: &Types,
        imports: &[wasmparser::Import<'a>],
        exports: &[wasmparser::Export<'a>],
        summary: &mut ModuleSummary<'a>,
    ) -> Result<(), Rejection> {
        let types = types.as_ref();
        for import in imports {
            let kind = match import.ty {
                TypeRef::Func(index) | TypeRef::FuncExact(index) => {
                    ImportKind::Function(Signature::of(types[types.core_type_at_in_module(index)].unwrap_func()))
                }
                TypeRef::Global(global) => ImportKind::Global { content: global.content_type, mutable: global.mutable },
                TypeRef::Memory(_) => ImportKind::Memory,
                TypeRef::Table(_) => ImportKind::Table,
                TypeRef::Tag(_) => ImportKind::Tag,
            };
            summary.imports.push(Import { module: import.module, name: import.name, kind });
        }
        for export in exports {
            let kind = match export.kind {
                wasmparser::ExternalKind::Func | wasmparser::ExternalKind::FuncExact => ExportKind::Function {
                    index: export.index,
                    signature: Signature::of(types[types.core_function_at(export.index)].unwrap_func()),
                },
                wasmparser::ExternalKind::Global => ExportKind::Global,
                wasmparser::ExternalKind::Memory => ExportKind::Memory,
                wasmparser::ExternalKind::Table => ExportKind::Table,
                wasmparser::ExternalKind::Tag => ExportKind::Tag,
            };
            summary.exports.push(Export { name: export.name, kind });
        }
        Ok(())
    }

    fn invalid(&self, error: &BinaryReaderError) -> Rejection {
        let offset = error.offset();
        let mut diagnostics = Vec::new();
        if let Some(proposal) = proposals::missing_at(self.wasm, offset) {
            diagnostics.push(Diagnostic::error(format!(
                "the module uses the WebAssembly proposal `{proposal}` (at offset 0x{offset:x}), which is not enabled \
                 here; build it without"
            )));
        }
        diagnostics.push(Diagnostic::error(format!(
            "not a valid WebAssembly module: {} (at offset 0x{offset:x})",
            nil_core::escape_control(truncate_to_char_boundary(error.message(), MAX_MESSAGE_BYTES))
        )));
        Rejection { diagnostics }
    }
}

fn collect<T>(items: impl IntoIterator<Item = wasmparser::Result<T>>) -> wasmparser::Result<Vec<T>> {
    items.into_iter().collect()
}
