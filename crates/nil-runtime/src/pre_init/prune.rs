//! A module with only the functions its initialisers can reach, to run those.
//!
//! Native code for it is used once. Most modules' initialisers reach a few functions of hundreds, so what they cannot
//! reach is replaced by `unreachable`: less to compile, and no need for a compiler that hurries.

use std::ops::Range;

use wasm_encoder::{CodeSection, Module, RawSection, SectionId};
use wasmparser::{
    BinaryReaderError, ConstExpr, ElementItems, ElementSectionReader, ExternalKind, FunctionBody, GlobalSectionReader,
    Operator, OperatorsReader, Parser, Payload, TableInit, TableSectionReader, TypeRef,
};

/// No locals; `unreachable`; `end`.
const NOTHING: [u8; 3] = [0x00, 0x00, 0x0b];

/// `wasm`, which is valid, with the bodies of functions that neither the start function nor the export `initialize`
/// can reach replaced.
///
/// # Errors
/// When `wasm` cannot be parsed.
pub(super) fn prune(wasm: &[u8], initialize: &str) -> Result<Vec<u8>, BinaryReaderError> {
    let mut module = Read::default();
    for payload in Parser::new(0).parse_all(wasm) {
        module.take(payload?, initialize)?;
    }
    let is_reached = module.reach()?;
    let mut pruned = Module::new();
    for (id, range) in &module.sections {
        if *id != SectionId::Code as u8 {
            pruned.section(&RawSection { id: *id, data: &wasm[range.clone()] });
            continue;
        }
        let mut code = CodeSection::new();
        for (body, is_reached) in module.bodies.iter().zip(&is_reached) {
            code.raw(if *is_reached { &wasm[body.range()] } else { &NOTHING });
        }
        pruned.section(&code);
    }
    Ok(pruned.finish())
}

/// What decides what can be reached.
#[derive(Default)]
struct Read<'a> {
    /// Sections in their order, by id and content.
    sections: Vec<(u8, Range<usize>)>,
    imported_functions: u32,
    bodies: Vec<FunctionBody<'a>>,
    /// Where initialisation begins.
    roots: Vec<u32>,
    /// Functions that an indirect call may find.
    referred_to: Vec<u32>,
}

impl<'a> Read<'a> {
    fn take(&mut self, payload: Payload<'a>, initialize: &str) -> Result<(), BinaryReaderError> {
        if let Some(section) = payload.as_section() {
            self.sections.push(section);
        }
        match payload {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    self.imported_functions += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    if export.kind == ExternalKind::Func && export.name == initialize {
                        self.roots.push(export.index);
                    }
                }
            }
            Payload::StartSection { func, .. } => self.roots.push(func),
            Payload::TableSection(tables) => self.take_tables(tables)?,
            Payload::GlobalSection(globals) => self.take_globals(globals)?,
            Payload::ElementSection(elements) => self.take_elements(elements)?,
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            _ => {}
        }
        Ok(())
    }

    fn take_tables(&mut self, tables: TableSectionReader<'_>) -> Result<(), BinaryReaderError> {
        for table in tables {
            if let TableInit::Expr(expression) = table?.init {
                self.take_expression(&expression)?;
            }
        }
        Ok(())
    }

    fn take_globals(&mut self, globals: GlobalSectionReader<'_>) -> Result<(), BinaryReaderError> {
        for global in globals {
            self.take_expression(&global?.init_expr)?;
        }
        Ok(())
    }

    fn take_elements(&mut self, elements: ElementSectionReader<'_>) -> Result<(), BinaryReaderError> {
        for element in elements {
            match element?.items {
                ElementItems::Functions(functions) => {
                    for function in functions {
                        self.referred_to.push(function?);
                    }
                }
                ElementItems::Expressions(_, expressions) => {
                    for expression in expressions {
                        self.take_expression(&expression?)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn take_expression(&mut self, expression: &ConstExpr<'_>) -> Result<(), BinaryReaderError> {
        self.referred_to.extend(calls(expression.get_operators_reader())?.direct);
        Ok(())
    }

    /// For each function of the module's own whether initialisation can reach it.
    fn reach(&self) -> Result<Vec<bool>, BinaryReaderError> {
        let mut is_reached = vec![false; self.bodies.len()];
        let mut has_indirect = false;
        let mut left = self.roots.clone();
        while let Some(function) = left.pop() {
            // Imported functions are the host's.
            let Some(own) = function.checked_sub(self.imported_functions).map(|own| own as usize) else { continue };
            if is_reached.get(own).is_none_or(|is_reached| *is_reached) {
                continue;
            }
            is_reached[own] = true;
            let calls = calls(self.bodies[own].get_operators_reader()?)?;
            left.extend(calls.direct);
            if calls.has_indirect && !std::mem::replace(&mut has_indirect, true) {
                left.extend(&self.referred_to);
            }
        }
        Ok(is_reached)
    }
}

/// What some code calls.
#[derive(Default)]
struct Calls {
    /// By index, or by a reference that it makes.
    direct: Vec<u32>,
    /// Whether it calls by reference.
    has_indirect: bool,
}

fn calls(mut operators: OperatorsReader<'_>) -> Result<Calls, BinaryReaderError> {
    let mut calls = Calls::default();
    while !operators.eof() {
        match operators.read()? {
            Operator::Call { function_index }
            | Operator::ReturnCall { function_index }
            | Operator::RefFunc { function_index } => calls.direct.push(function_index),
            Operator::CallIndirect { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::CallRef { .. }
            | Operator::ReturnCallRef { .. } => calls.has_indirect = true,
            _ => {}
        }
    }
    Ok(calls)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of a module's functions are left, by their order.
    fn left(text: &str) -> Vec<bool> {
        let wasm = wat::parse_str(text).expect("a module");
        let pruned = prune(&wasm, "_initialize").expect("a pruned module");
        wasmparser::Validator::new().validate_all(&pruned).expect("still valid");
        let payloads = Parser::new(0).parse_all(&pruned).map(|payload| payload.expect("a payload"));
        payloads
            .filter_map(|payload| match payload {
                Payload::CodeSectionEntry(body) => Some(pruned[body.range()] != NOTHING),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn what_initialisers_call_is_left() {
        let text = r#"(module
            (import "env" "host" (func $host))
            (func $never (nop))
            (func $deep (call $host))
            (func (export "_initialize") (call $deep))
            (func $start (call $start))
            (func (export "handle") (call $never))
            (start $start))"#;
        assert_eq!(left(text), [false, true, true, true, false]);
    }

    #[test]
    fn an_indirect_call_may_find_whatever_is_referred_to() {
        let text = |call: &str| {
            format!(
                r#"(module
                    (type $t (func))
                    (table 4 funcref)
                    (global (mut funcref) (ref.func $global))
                    (elem (i32.const 0) $active)
                    (elem $passive func $passive)
                    (elem declare func $declared)
                    (func $active (nop)) (func $passive (nop)) (func $declared (nop)) (func $global (nop))
                    (func $other (nop))
                    (func (export "_initialize") {call}))"#
            )
        };
        assert_eq!(left(&text("(nop)")), [false, false, false, false, false, true]);
        let all = [true, true, true, true, false, true];
        assert_eq!(left(&text("(call_indirect (type $t) (i32.const 0))")), all);
        // A reference that is made may be called by the host or by others later on.
        let made = [false, false, true, false, false, true];
        assert_eq!(left(&text("(table.set (i32.const 0) (ref.func $declared))")), made);
    }

    #[test]
    fn everything_but_code_stays_as_it_is() {
        let text = r#"(module
            (memory (export "memory") 1) (data (i32.const 8) "kept") (global (export "g") i32 (i32.const 7))
            (func $dropped (result i32) (i32.const 1)) (func (export "_initialize") (memory.fill (i32.const 0) (i32.const 1) (i32.const 2)))
            (@custom "a" "b"))"#;
        let wasm = wat::parse_str(text).expect("a module");
        let pruned = prune(&wasm, "_initialize").expect("a pruned module");
        let other = |wasm: &[u8]| -> Vec<(u8, Vec<u8>)> {
            let payloads = Parser::new(0).parse_all(wasm).map(|payload| payload.expect("a payload"));
            let sections = payloads.filter_map(|payload| payload.as_section());
            sections.filter(|(id, _)| *id != 10).map(|(id, range)| (id, wasm[range].to_vec())).collect()
        };
        assert_eq!(other(&pruned), other(&wasm));
        assert_eq!(left(text), [false, true]);
    }
}
