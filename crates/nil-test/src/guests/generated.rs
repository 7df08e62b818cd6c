//! Modules too large or too broken to be written down, each with what is said about it.

use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, ExportKind, ExportSection, Function,
    FunctionSection, GlobalSection, GlobalType, ImportSection, Instruction, MemorySection, MemoryType, Module, RefType,
    TableSection, TableType, TypeSection, ValType,
};

/// A module with one exported function `f: () -> i32` and whatever `extra` adds behind the types.
struct Builder {
    locals: Vec<(u32, ValType)>,
    body: Vec<u8>,
    functions: u32,
}

impl Builder {
    fn new() -> Self {
        Self { locals: Vec::new(), body: vec![0x41, 0x2a], functions: 1 }
    }

    /// The sections up to the exports.
    fn head(&self) -> Module {
        let mut module = Module::new();
        let mut types = TypeSection::new();
        types.ty().function([], [ValType::I32]);
        module.section(&types);
        let mut functions = FunctionSection::new();
        (0..self.functions).for_each(|_| {
            functions.function(0);
        });
        module.section(&functions);
        module
    }

    fn tail(&self, module: &mut Module) {
        let mut code = CodeSection::new();
        for _ in 0..self.functions {
            let mut function = Function::new(self.locals.iter().copied());
            function.raw(self.body.iter().copied());
            function.instructions().end();
            code.function(&function);
        }
        module.section(&code);
    }

    fn export(module: &mut Module) {
        let mut exports = ExportSection::new();
        exports.export("f", ExportKind::Func, 0);
        module.section(&exports);
    }

    fn finish(&self) -> Vec<u8> {
        let mut module = self.head();
        Self::export(&mut module);
        self.tail(&mut module);
        module.finish()
    }
}

fn instructions(count: usize, one: &[Instruction<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..count {
        for instruction in one {
            wasm_encoder::Encode::encode(instruction, &mut bytes);
        }
    }
    bytes
}

fn one_function_of_7_mb() -> Vec<u8> {
    let mut body = instructions(2_300_000, &[Instruction::I32Const(1), Instruction::Drop]);
    body.extend([0x41, 0x2a]);
    Builder { body, ..Builder::new() }.finish()
}

fn br_table_of_a_million() -> Vec<u8> {
    let mut body = vec![0x02, 0x40, 0x41, 0x00];
    let targets = vec![0; 1_000_000];
    wasm_encoder::Encode::encode(&Instruction::BrTable(targets.into(), 0), &mut body);
    body.extend([0x0b, 0x41, 0x2a]);
    Builder { body, ..Builder::new() }.finish()
}

fn br_table_of_100_000() -> Vec<u8> {
    let mut body = vec![0x02, 0x40, 0x41, 0x00];
    wasm_encoder::Encode::encode(&Instruction::BrTable(vec![0; 100_000].into(), 0), &mut body);
    body.extend([0x0b, 0x41, 0x2a]);
    Builder { body, ..Builder::new() }.finish()
}

fn many_data_segments() -> Vec<u8> {
    let builder = Builder::new();
    let mut module = builder.head();
    let mut memories = MemorySection::new();
    memories.memory(MemoryType { minimum: 2, maximum: None, memory64: false, shared: false, page_size_log2: None });
    module.section(&memories);
    Builder::export(&mut module);
    builder.tail(&mut module);
    let mut data = DataSection::new();
    for offset in 0..100_000 {
        data.active(0, &ConstExpr::i32_const(offset), [1]);
    }
    module.section(&data);
    module.finish()
}

fn many_globals() -> Vec<u8> {
    let builder = Builder::new();
    let mut module = builder.head();
    let mut globals = GlobalSection::new();
    for _ in 0..100_000 {
        globals.global(GlobalType { val_type: ValType::I32, mutable: true, shared: false }, &ConstExpr::i32_const(0));
    }
    module.section(&globals);
    Builder::export(&mut module);
    builder.tail(&mut module);
    module.finish()
}

fn many_imports() -> Vec<u8> {
    let mut module = Module::new();
    let mut types = TypeSection::new();
    types.ty().function([], [ValType::F64]);
    module.section(&types);
    let mut imports = ImportSection::new();
    for _ in 0..10_000 {
        imports.import("env", "seed", wasm_encoder::EntityType::Function(0));
    }
    module.section(&imports);
    module.finish()
}

fn many_element_segments() -> Vec<u8> {
    let builder = Builder::new();
    let mut module = builder.head();
    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        minimum: 10,
        maximum: None,
        table64: false,
        shared: false,
    });
    module.section(&tables);
    Builder::export(&mut module);
    let mut elements = ElementSection::new();
    for _ in 0..50_000 {
        elements.active(None, &ConstExpr::i32_const(0), Elements::Functions(vec![0].into()));
    }
    module.section(&elements);
    builder.tail(&mut module);
    module.finish()
}

/// A section header that promises more than follows.
fn lying_section(id: u8, promised: &[u8], content: &[u8]) -> Vec<u8> {
    [b"\0asm\x01\0\0\0", &[id][..], promised, content].concat()
}

/// One exported function that returns 42.
pub fn smallest_module() -> Vec<u8> {
    Builder::new().finish()
}

/// Modules over a limit, each with what its rejection says; alternatives are separated by `|`.
pub fn oversized_modules() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("bytes of code; at most 1048576", one_function_of_7_mb()),
        (
            "has 50000 locals; at most 20000",
            Builder { locals: vec![(50_000, ValType::I64)], ..Builder::new() }.finish(),
        ),
        (
            "has 4294967295 locals; at most 20000",
            Builder { locals: vec![(u32::MAX, ValType::I64)], ..Builder::new() }.finish(),
        ),
        ("declares 1000000 functions; at most 100000", Builder { functions: 1_000_000, ..Builder::new() }.finish()),
        // Its body alone is beyond the limit.
        ("at most 1048576 are allowed|`br_table` targets", br_table_of_a_million()),
        ("has 100000 `br_table` targets; at most 20000", br_table_of_100_000()),
        ("declares 100000 data segments; at most 20000", many_data_segments()),
        ("declares 100000 globals; at most 10000", many_globals()),
        ("declares 10000 imports; at most 1000", many_imports()),
        ("declares 50000 element segments; at most 10000", many_element_segments()),
        (
            "the module has 34603008 bytes; at most 33554432",
            [smallest_module(), vec![0; (33 << 20) - smallest_module().len()]].concat(),
        ),
    ]
}

/// What is no module, each with what its rejection says.
pub fn no_modules() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("the file is empty (at offset 0x0)", Vec::new()),
        ("an ELF executable (at offset 0x0)", b"\x7fELF\x02\x01\x01\0\0\0".to_vec()),
        ("a PNG image (at offset 0x0)", b"\x89PNG\r\n\x1a\n".to_vec()),
        ("a zip archive (at offset 0x0)", b"PK\x03\x04\x14\0".to_vec()),
        ("WebAssembly text", b"(module)".to_vec()),
        ("a WebAssembly component", b"\0asm\x0d\0\x01\0".to_vec()),
        ("not a WebAssembly module of version 1 (at offset 0x4)", b"\0asm\x02\0\0\0".to_vec()),
        ("does not start with `\\0asm` (at offset 0x0)", b"hello, world".to_vec()),
        ("at offset 0x", b"\0asm\x01".to_vec()),
        // A type section that claims 4 GiB, one that claims a length beyond the file, one of a bad LEB128.
        ("at offset 0x", lying_section(1, &[0xff, 0xff, 0xff, 0xff, 0x0f], &[])),
        ("at offset 0x", lying_section(1, &[0x20], &[0x01, 0x60])),
        ("at offset 0x", lying_section(10, &[0x05], &[0xff, 0xff, 0xff, 0xff, 0xff])),
        ("at offset 0x", lying_section(77, &[0x01], &[0x00])),
    ]
}
