//! Two small libraries, linked: what each of them needs of the other is found.

use wast::{Wat, parser};

use super::{Link, link};

/// A library with the section that says what it needs: bytes of memory and slots of the table.
fn library(memory: u8, table: u8, body: &str) -> Vec<u8> {
    let text =
        format!(r#"(module (@custom "dylink.0" (before first) "\01\04\{memory:02x}\02\{table:02x}\00") {body})"#);
    let buffer = parser::ParseBuffer::new(&text).expect("tokens");
    parser::parse::<Wat<'_>>(&buffer).expect("a module").encode().expect("bytes")
}

fn linked(libraries: &[(&str, &[u8])]) -> Result<Vec<u8>, super::LinkError> {
    link(&Link {
        libraries,
        host: "host",
        exports: &["run", "not_there"],
        denied: &["denied"],
        zero: &["zero"],
        stack_bytes: 65_536,
        heap_bytes: 1,
    })
}

const FIRST: &str = r#"
    (type $f (func (result i32)))
    (import "env" "memory" (memory 1))
    (import "env" "__indirect_function_table" (table 0 funcref))
    (import "env" "__memory_base" (global $base i32))
    (import "env" "__table_base" (global $table i32))
    (import "GOT.mem" "datum" (global $datum (mut i32)))
    (import "GOT.func" "two" (global $two (mut i32)))
    (import "GOT.func" "nowhere" (global $weak (mut i32)))
    (import "env" "two" (func $direct (result i32)))
    (import "host" "tell" (func $tell (param i32)))
    (import "other" "denied" (func $denied (param i32)))
    (import "other" "zero" (func $zero (result i32)))
    (import "other" "trap" (func $trap))
    (elem (global.get $table) $own)
    (func $own (result i32) (i32.const 40))
    (func $run (export "run") (result i32)
      (call $tell (i32.load (global.get $datum)))
      (i32.add (call_indirect (type $f) (global.get $table)) (call_indirect (type $f) (global.get $two))))
    (data (global.get $base) "\07")
"#;

const SECOND: &str = r#"
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (global (export "datum") i32 (i32.const 4))
    (func (export "two") (result i32) (i32.const 2))
    (func (export "_initialize"))
    (data (global.get $base) "\00\00\00\00\2a")
"#;

#[test]
fn symbols_are_found_where_they_are_defined() {
    let (first, second) = (library(8, 1, FIRST), library(8, 0, SECOND));
    let wasm = linked(&[("first", &first), ("second", &second)]).expect("linked");
    wasmparser::Validator::new().validate_all(&wasm).expect("a valid module");
    let mut imports = Vec::new();
    let mut exports = Vec::new();
    let mut data = Vec::new();
    for payload in wasmparser::Parser::new(0).parse_all(&wasm) {
        match payload.expect("a payload") {
            wasmparser::Payload::ImportSection(section) => {
                imports.extend(section.into_imports().map(|import| import.expect("an import").name.to_owned()));
            }
            wasmparser::Payload::ExportSection(section) => {
                exports.extend(section.into_iter().map(|export| export.expect("an export").name.to_owned()));
            }
            wasmparser::Payload::DataSection(section) => {
                for segment in section {
                    let segment = segment.expect("a segment");
                    let wasmparser::DataKind::Active { offset_expr, .. } = segment.kind else { panic!("active") };
                    let operator = offset_expr.get_operators_reader().read().expect("an operator");
                    data.push(format!("{operator:?}"));
                }
            }
            _ => {}
        }
    }
    assert_eq!(imports, ["tell"], "everything else is defined, or a stub");
    assert_eq!(exports, ["memory", "__stack_pointer", "_initialize", "run"]);
    // The stack comes first, then each library's data.
    assert_eq!(data, ["I32Const { value: 65536 }", "I32Const { value: 65544 }"]);
}

#[test]
fn what_is_not_known_is_named() {
    let strange = library(0, 0, r#"(import "somewhere" "else" (global i32))"#);
    let error = linked(&[("strange", &strange)]).expect_err("an unknown global").to_string();
    assert_eq!(error, "`strange` cannot be linked: the global `somewhere.else`");
    let error = linked(&[("text", b"hello")]).expect_err("no WebAssembly").to_string();
    assert!(error.starts_with("a library cannot be read"), "{error}");
}
