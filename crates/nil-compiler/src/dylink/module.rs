//! Writes the linked module.

use std::borrow::Cow;

use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind, ExportSection, Function,
    FunctionSection, GlobalSection, GlobalType, ImportSection, MemArg, MemorySection, MemoryType, Module, RefType,
    TableSection, TableType, TypeSection, ValType,
    reencode::{Error, Reencode as _},
};
use wasmparser::{DataKind, ElementItems, ElementKind, ExternalKind};

use super::{
    Link, LinkError,
    layout::{CONSTRUCT, Layout, RELOCATE, Stub, constant, definition, unsupported},
    library::Library,
    reencode::Renumber,
};

/// WASI's error code `access-denied`.
const ACCESS_DENIED: i32 = 1;

pub(super) fn write(link: &Link<'_>, libraries: &[Library<'_>], layout: &mut Layout<'_>) -> Result<Vec<u8>, LinkError> {
    let initialize_type = layout.own_type(&[]);
    let initialize = layout.generated + layout.stubs.len() as u32;

    let mut types = TypeSection::new();
    let mut renumber = Renumber(&layout.libraries[0]);
    for ty in &layout.types {
        types.ty().func_type(&renumber.func_type(ty.clone()).map_err(|error| strange(&libraries[0], error))?);
    }
    let mut imports = ImportSection::new();
    for (name, ty) in &layout.host {
        imports.import(link.host, name, EntityType::Function(*ty));
    }
    let mut functions = FunctionSection::new();
    for (library, place) in libraries.iter().zip(&layout.libraries) {
        for ty in &library.functions {
            functions.function(place.types[*ty as usize]);
        }
    }
    for stub in &layout.stubs {
        functions.function(stub.ty);
    }
    functions.function(initialize_type);

    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        minimum: layout.table_size.into(),
        maximum: Some(layout.table_size.into()),
        table64: false,
        shared: false,
    });
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: layout.pages.into(),
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });

    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions).section(&tables).section(&memories);
    module.section(&globals(link, libraries, layout)?);
    module.section(&exports(link, libraries, layout, initialize));
    module.section(&elements(libraries, layout)?);
    module.section(&code(libraries, layout)?);
    module.section(&data(libraries, layout)?);
    Ok(module.finish())
}

fn strange(library: &Library<'_>, error: impl std::fmt::Display) -> LinkError {
    unsupported(library, error.to_string())
}

fn number(value: u32) -> ConstExpr {
    ConstExpr::i32_const(value.cast_signed())
}

fn globals(link: &Link<'_>, libraries: &[Library<'_>], layout: &Layout<'_>) -> Result<GlobalSection, LinkError> {
    let mut globals = GlobalSection::new();
    let i32 = |mutable| GlobalType { val_type: ValType::I32, mutable, shared: false };
    globals.global(i32(true), &number(link.stack_bytes));
    for constant in &layout.constants {
        globals.global(i32(constant.ty.mutable), &number(constant.value));
    }
    for (library, place) in libraries.iter().zip(&layout.libraries) {
        for global in &library.globals {
            let mut renumber = Renumber(place);
            let ty = renumber.global_type(global.ty).map_err(|error| strange(library, error))?;
            let init = if ty.val_type == ValType::I32 {
                number(constant(library, place, &global.init_expr)?)
            } else {
                renumber.const_expr(global.init_expr.clone()).map_err(|error| strange(library, error))?
            };
            globals.global(ty, &init);
        }
    }
    Ok(globals)
}

fn exports(link: &Link<'_>, libraries: &[Library<'_>], layout: &Layout<'_>, initialize: u32) -> ExportSection {
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    exports.export("__stack_pointer", ExportKind::Global, 0);
    exports.export(CONSTRUCT, ExportKind::Func, initialize);
    for name in link.exports {
        if let Some(defined) = definition(libraries, name) {
            let function = layout.libraries[defined.library].functions[defined.index as usize];
            exports.export(name, ExportKind::Func, function);
        }
    }
    exports
}

fn elements(libraries: &[Library<'_>], layout: &Layout<'_>) -> Result<ElementSection, LinkError> {
    let mut elements = ElementSection::new();
    for (library, place) in libraries.iter().zip(&layout.libraries) {
        for element in &library.elements {
            let (ElementKind::Active { offset_expr, .. }, ElementItems::Functions(functions)) =
                (&element.kind, element.items.clone())
            else {
                return Err(unsupported(library, "a segment of the table that is not active".to_owned()));
            };
            let offset = constant(library, place, offset_expr)?;
            let functions = functions
                .into_iter()
                .map(|function| Ok(place.functions[function? as usize]))
                .collect::<Result<Vec<u32>, LinkError>>()?;
            elements.active(None, &number(offset), Elements::Functions(Cow::Owned(functions)));
        }
    }
    if !layout.pointers.is_empty() {
        let functions = Elements::Functions(Cow::Borrowed(&layout.pointers[..]));
        elements.active(None, &number(layout.pointers_at), functions);
    }
    Ok(elements)
}

fn code(libraries: &[Library<'_>], layout: &Layout<'_>) -> Result<CodeSection, LinkError> {
    let mut code = CodeSection::new();
    for (library, place) in libraries.iter().zip(&layout.libraries) {
        let mut renumber = Renumber(place);
        for body in &library.bodies {
            renumber.parse_function_body(&mut code, body.clone()).map_err(|error: Error<_>| strange(library, error))?;
        }
    }
    for stub in &layout.stubs {
        code.function(&stub_body(stub));
    }
    let mut initialize = Function::new([]);
    let called = |library: &Library<'_>, at: usize, name: &str| match library.exports.get(name) {
        Some((ExternalKind::Func, index)) => Some(layout.libraries[at].functions[*index as usize]),
        _ => None,
    };
    let order = || libraries.iter().enumerate().rev();
    let starts = order().filter_map(|(at, it)| Some(layout.libraries[at].functions[it.start? as usize]));
    let relocations = order().filter_map(|(at, it)| called(it, at, RELOCATE));
    let constructors = order().filter_map(|(at, it)| called(it, at, CONSTRUCT));
    for function in starts.chain(relocations).chain(constructors) {
        initialize.instructions().call(function);
    }
    initialize.instructions().end();
    code.function(&initialize);
    Ok(code)
}

fn stub_body(stub: &Stub) -> Function {
    let mut body = Function::new([]);
    let mut code = body.instructions();
    if stub.denied {
        let pointer = stub.params.saturating_sub(1);
        let at = |offset| MemArg { offset, align: 0, memory_index: 0 };
        code.local_get(pointer).i32_const(1).i32_store8(at(0));
        code.local_get(pointer).i32_const(ACCESS_DENIED).i32_store8(at(4));
    } else if stub.zero {
        code.i32_const(0);
    } else {
        code.unreachable();
    }
    code.end();
    body
}

fn data(libraries: &[Library<'_>], layout: &Layout<'_>) -> Result<DataSection, LinkError> {
    let mut data = DataSection::new();
    for (library, place) in libraries.iter().zip(&layout.libraries) {
        for segment in &library.data {
            let DataKind::Active { offset_expr, .. } = &segment.kind else {
                return Err(unsupported(library, "a data segment that is not active".to_owned()));
            };
            let offset = constant(library, place, offset_expr)?;
            data.active(0, &number(offset), segment.data.iter().copied());
        }
    }
    Ok(data)
}
