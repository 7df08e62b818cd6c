//! Counts a module declares in its section headers, held against the limits before anything is read.

use wasmparser::Payload;

use super::PublishLimits;
use crate::Rejection;

/// Refuses a section that declares more entries than `limits` allow.
///
/// Runs before the validator sees the section: a header of a few bytes can announce millions of entries.
pub(super) fn check(payload: &Payload<'_>, limits: &PublishLimits) -> Result<(), Rejection> {
    let (count, most, what) = match payload {
        Payload::TypeSection(section) => (section.count(), limits.types, "types"),
        Payload::ImportSection(section) => (section.count(), limits.imports, "imports"),
        Payload::FunctionSection(section) => (section.count(), limits.functions, "functions"),
        Payload::GlobalSection(section) => (section.count(), limits.globals, "globals"),
        Payload::ExportSection(section) => (section.count(), limits.exports, "exports"),
        Payload::ElementSection(section) => (section.count(), limits.element_segments, "element segments"),
        Payload::DataSection(section) => (section.count(), limits.data_segments, "data segments"),
        Payload::CodeSectionStart { count, .. } => (*count, limits.functions, "functions"),
        Payload::DataCountSection { count, .. } => (*count, limits.data_segments, "data segments"),
        _ => return Ok(()),
    };
    if count > most {
        return Err(Rejection::new(format!("the module declares {count} {what}; at most {most} are allowed")));
    }
    Ok(())
}
