//! One file: parsed, checked, and without types.

use std::path::Path;

use nil_core::Diagnostic;
use oxc::{
    allocator::Allocator,
    codegen::{Codegen, CodegenOptions},
    diagnostics::OxcDiagnostic,
    parser::Parser,
    semantic::SemanticBuilder,
    span::{SourceType, Span},
    syntax::module_record::{ExportExportName, ModuleRecord},
    transformer::{TransformOptions, Transformer},
};

use super::{
    diagnostics::{At, errors},
    exports::Exports,
};

/// A file the interpreter understands.
pub(super) struct Stripped {
    pub code: String,
    /// From `code` to the file; absent where they are the same.
    pub map: Option<String>,
    pub imports: Vec<Import>,
    pub exports: Exports,
}

/// A module another one names.
pub(super) struct Import {
    pub specifier: String,
    pub at: At,
}

/// Parses `source` as what the extension of `path` says.
pub(super) fn strip(path: &str, source: &str) -> Result<Stripped, Vec<Diagnostic>> {
    let typed = matches!(Path::new(path).extension().and_then(|extension| extension.to_str()), Some("ts" | "mts"));
    let source_type = if typed { SourceType::ts() } else { SourceType::mjs() }.with_module(true);
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, source, source_type).parse();
    refuse(path, source, &parsed.diagnostics)?;
    let mut program = parsed.program;
    let imports = imports(source, &parsed.module_record);
    let exports = exports(&parsed.module_record);
    let checked = SemanticBuilder::new().with_check_syntax_error(true).with_enum_eval(true).build(&program);
    refuse(path, source, &checked.diagnostics)?;
    if !typed {
        return Ok(Stripped { code: source.to_owned(), map: None, imports, exports });
    }
    let scoping = checked.semantic.into_scoping();
    let transformed = Transformer::new(&allocator, Path::new(path), &TransformOptions::default())
        .build_with_scoping(scoping, &mut program);
    refuse(path, source, &transformed.diagnostics)?;
    let options = CodegenOptions { source_map_path: Some(path.into()), ..CodegenOptions::default() };
    let printed = Codegen::new().with_options(options).build(&program);
    let map = printed.map.map(|map| without_contents(&map.to_json_string()));
    Ok(Stripped { code: printed.code, map, imports, exports })
}

fn refuse<'a>(
    path: &str,
    source: &str,
    found: impl IntoIterator<Item = &'a OxcDiagnostic>,
) -> Result<(), Vec<Diagnostic>> {
    let errors = errors(path, source, found);
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// The source is stored with the version; a map need not repeat it.
fn without_contents(map: &str) -> String {
    match serde_json::from_str::<serde_json::Value>(map) {
        Ok(serde_json::Value::Object(mut map)) => {
            map.remove("sourcesContent");
            serde_json::Value::Object(map).to_string()
        }
        _ => map.to_owned(),
    }
}

fn imports(source: &str, record: &ModuleRecord<'_>) -> Vec<Import> {
    let named = record.requested_modules.iter().filter_map(|(specifier, requests)| {
        let request = requests.iter().find(|request| !request.is_type)?;
        Some(Import { specifier: specifier.to_string(), at: request.span.into() })
    });
    // Only what is written as a literal can be followed; anything else fails when it is called.
    let dynamic = record.dynamic_imports.iter().filter_map(|import| {
        let text = text(source, import.module_request)?;
        let quote = text.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let specifier = text.strip_prefix(quote)?.strip_suffix(quote)?;
        (!specifier.contains(['\\', quote]))
            .then(|| Import { specifier: specifier.to_owned(), at: import.module_request.into() })
    });
    let mut imports: Vec<Import> = named.chain(dynamic).collect();
    imports.sort_by_key(|import| import.at);
    imports
}

fn text(source: &str, span: Span) -> Option<&str> {
    source.get(span.start as usize..span.end as usize)
}

fn exports(record: &ModuleRecord<'_>) -> Exports {
    let entries = record.local_export_entries.iter().chain(&record.indirect_export_entries);
    let names = entries.filter(|entry| !entry.is_type).filter_map(|entry| match &entry.export_name {
        ExportExportName::Name(name) => Some((name.name.to_string(), name.span.into())),
        ExportExportName::Default(span) => Some(("default".to_owned(), (*span).into())),
        ExportExportName::Null => None,
    });
    let star = record.star_export_entries.iter().any(|entry| !entry.is_type);
    Exports { names: names.collect(), star }
}
