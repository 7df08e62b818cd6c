//! A shared runtime as it arrives: an interpreter's module with what the host must know in custom sections.

use nil_core::{LIBRARY_SECTION, PRELUDE_SECTION, RUNTIME_SECTION, RuntimeDescription};
use wasmparser::{Parser, Payload};

use crate::Rejection;

/// What the custom sections say.
#[derive(Debug)]
pub(super) struct RuntimeModule<'a> {
    pub description: RuntimeDescription,
    /// Evaluated once, before any function.
    pub prelude: &'a str,
    /// The zip archive of its standard library; empty where it has none.
    pub library: &'a [u8],
    /// Where static data begins; below lies the stack, if the linker put it first.
    pub first_data: u64,
}

/// Reads the sections of a validated module.
pub(super) fn read(wasm: &[u8]) -> Result<RuntimeModule<'_>, Rejection> {
    let broken = |what: &str| Rejection::new(format!("the shared runtime {what}"));
    let (mut description, mut prelude, mut library, mut first_data) = (None, None, &[][..], u64::MAX);
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(|error| broken(&format!("cannot be read: {error}")))? {
            Payload::CustomSection(section) if section.name() == RUNTIME_SECTION => {
                description = serde_json::from_slice(section.data()).ok();
            }
            Payload::CustomSection(section) if section.name() == PRELUDE_SECTION => {
                prelude = std::str::from_utf8(section.data()).ok();
            }
            Payload::CustomSection(section) if section.name() == LIBRARY_SECTION => library = section.data(),
            Payload::DataSection(section) => {
                for data in section.into_iter().flatten() {
                    if let wasmparser::DataKind::Active { offset_expr, .. } = data.kind
                        && let Ok(wasmparser::Operator::I32Const { value }) = offset_expr.get_operators_reader().read()
                    {
                        first_data = first_data.min(u64::from(value.cast_unsigned()));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(RuntimeModule {
        description: description.ok_or_else(|| broken("has no readable `nil:runtime` section"))?,
        prelude: prelude.ok_or_else(|| broken("has no readable `nil:prelude` section"))?,
        library,
        first_data,
    })
}
