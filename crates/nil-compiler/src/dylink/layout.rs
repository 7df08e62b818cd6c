//! Where everything goes: memory, table, and the numbers of functions and globals.

use std::collections::HashMap;

use wasmparser::{ConstExpr, ExternalKind, FuncType, GlobalType, Operator, TypeRef, ValType};

use super::{Link, LinkError, library::Library};

/// Slot 0 of the table is the null pointer.
const FIRST_SLOT: u32 = 1;

const PAGE_BYTES: u32 = 65_536;

/// What a function number of a library stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Defined {
    pub library: usize,
    /// Among the library's functions, imports included.
    pub index: u32,
}

/// A function nobody defines.
pub(super) struct Stub {
    pub ty: u32,
    pub params: u32,
    pub denied: bool,
    /// Answers a number that stands for nothing.
    pub zero: bool,
}

/// A global of the linked module that is a number known now.
pub(super) struct Constant {
    pub ty: GlobalType,
    pub value: u32,
}

/// The layout.
pub(super) struct Layout<'a> {
    pub types: Vec<FuncType>,
    type_numbers: HashMap<FuncType, u32>,
    /// Host functions with their types.
    pub host: Vec<(&'a str, u32)>,
    pub stubs: Vec<Stub>,
    pub libraries: Vec<Place>,
    /// Globals of the linked module that replace imported ones, after the stack pointer.
    pub constants: Vec<Constant>,
    /// Functions whose address is taken through the global offset table, from this slot on.
    pub pointers_at: u32,
    pub pointers: Vec<u32>,
    pub table_size: u32,
    pub pages: u32,
    /// The number of the first function made here.
    pub generated: u32,
}

/// Where a library's parts went.
#[derive(Default)]
pub(super) struct Place {
    pub memory_base: u32,
    pub table_base: u32,
    /// By the library's numbers.
    pub types: Vec<u32>,
    pub functions: Vec<u32>,
    pub globals: Vec<u32>,
}

impl<'a> Layout<'a> {
    pub(super) fn new(link: &Link<'a>, libraries: &[Library<'a>]) -> Result<Self, LinkError> {
        let mut layout = Self {
            types: Vec::new(),
            type_numbers: HashMap::new(),
            host: Vec::new(),
            stubs: Vec::new(),
            libraries: Vec::new(),
            constants: Vec::new(),
            pointers_at: 0,
            pointers: Vec::new(),
            table_size: 0,
            pages: 0,
            generated: 0,
        };
        let (mut memory, mut table) = (link.stack_bytes, FIRST_SLOT);
        for library in libraries {
            memory = align(memory, library.needs.memory_alignment);
            table = align(table, library.needs.table_alignment);
            let types = library.types.iter().map(|ty| layout.type_number(ty)).collect();
            layout.libraries.push(Place { memory_base: memory, table_base: table, types, ..Place::default() });
            memory += library.needs.memory_size;
            table += library.needs.table_size;
        }
        layout.pointers_at = table;
        let heap_base = align(memory, 4);
        layout.pages = (heap_base + link.heap_bytes).div_ceil(PAGE_BYTES);
        layout.number_functions(link, libraries);
        layout.number_globals(libraries, heap_base)?;
        layout.table_size = layout.pointers_at + layout.pointers.len() as u32;
        Ok(layout)
    }

    fn type_number(&mut self, ty: &FuncType) -> u32 {
        let next = self.types.len() as u32;
        *self.type_numbers.entry(ty.clone()).or_insert_with(|| {
            self.types.push(ty.clone());
            next
        })
    }

    /// The number of a type of functions that are made here.
    pub(super) fn own_type(&mut self, params: &[ValType]) -> u32 {
        self.type_number(&FuncType::new(params.iter().copied(), []))
    }

    fn number_functions(&mut self, link: &Link<'a>, libraries: &[Library<'a>]) {
        let mut hosts: HashMap<&str, u32> = HashMap::new();
        let mut stubs: HashMap<(&str, &str), u32> = HashMap::new();
        // What each imported function is: a definition, or one of the two kinds above.
        enum Target {
            Defined(Defined),
            Host(u32),
            Stub(u32),
        }
        let mut imported: Vec<Vec<Target>> = Vec::new();
        for (at, library) in libraries.iter().enumerate() {
            let mut targets = Vec::new();
            for import in &library.imports {
                let TypeRef::Func(ty) = import.ty else { continue };
                let ty = self.libraries[at].types[ty as usize];
                targets.push(
                    if import.module == "env"
                        && let Some(defined) = definition(libraries, import.name)
                    {
                        Target::Defined(defined)
                    } else if import.module == link.host && !link.zero.contains(&import.name) {
                        Target::Host(*hosts.entry(import.name).or_insert_with(|| {
                            self.host.push((import.name, ty));
                            self.host.len() as u32 - 1
                        }))
                    } else {
                        Target::Stub(*stubs.entry((import.module, import.name)).or_insert_with(|| {
                            let params = self.types[ty as usize].params().len() as u32;
                            let denied = link.denied.contains(&import.name);
                            let zero = link.zero.contains(&import.name);
                            self.stubs.push(Stub { ty, params, denied, zero });
                            self.stubs.len() as u32 - 1
                        }))
                    },
                );
            }
            imported.push(targets);
        }
        let mut next = self.host.len() as u32;
        let starts: Vec<u32> = libraries
            .iter()
            .map(|library| {
                let start = next;
                next += library.functions.len() as u32;
                start
            })
            .collect();
        self.generated = next;
        let counts: Vec<u32> = libraries.iter().map(Library::imported_functions).collect();
        for (at, library) in libraries.iter().enumerate() {
            let targets = imported[at].iter().map(|target| match *target {
                // What a library exports is its own: none of ours passes an import on.
                Target::Defined(Defined { library, index }) => starts[library] + index - counts[library],
                Target::Host(number) => number,
                Target::Stub(number) => next + number,
            });
            let own = (0..library.functions.len() as u32).map(|index| starts[at] + index);
            self.libraries[at].functions = targets.chain(own).collect();
        }
    }

    fn number_globals(&mut self, libraries: &[Library<'a>], heap_base: u32) -> Result<(), LinkError> {
        let heap_end = self.pages * PAGE_BYTES;
        let mut slots: HashMap<u32, u32> = HashMap::new();
        let mut addresses: HashMap<&str, u32> = HashMap::from([("__heap_base", heap_base), ("__heap_end", heap_end)]);
        for (library, place) in libraries.iter().zip(&self.libraries) {
            let imported = library.imported_globals();
            for (name, (kind, index)) in &library.exports {
                if *kind == ExternalKind::Global
                    && let Some(index) = index.checked_sub(imported)
                {
                    let offset = constant(library, place, &library.globals[index as usize].init_expr)?;
                    addresses.entry(name).or_insert(place.memory_base.wrapping_add(offset));
                }
            }
        }
        let mut next = 1;
        for (at, library) in libraries.iter().enumerate() {
            let mut numbers = Vec::new();
            for import in &library.imports {
                let TypeRef::Global(ty) = import.ty else { continue };
                let place = &self.libraries[at];
                let value = match (import.module, import.name) {
                    ("env", "__stack_pointer") => {
                        numbers.push(0);
                        continue;
                    }
                    ("env", "__memory_base") => place.memory_base,
                    ("env", "__table_base") => place.table_base,
                    // A weak symbol nobody defines is null.
                    ("GOT.mem", name) => addresses.get(name).copied().unwrap_or(0),
                    ("GOT.func", name) => match definition(libraries, name) {
                        Some(Defined { library, index }) => {
                            let function = self.libraries[library].functions[index as usize];
                            *slots.entry(function).or_insert_with(|| {
                                self.pointers.push(function);
                                self.pointers_at + self.pointers.len() as u32 - 1
                            })
                        }
                        None => 0,
                    },
                    (module, name) => return Err(unsupported(library, format!("the global `{module}.{name}`"))),
                };
                self.constants.push(Constant { ty, value });
                numbers.push(next);
                next += 1;
            }
            self.libraries[at].globals = numbers;
        }
        for (place, library) in self.libraries.iter_mut().zip(libraries) {
            for _ in &library.globals {
                place.globals.push(next);
                next += 1;
            }
        }
        Ok(())
    }
}

/// Constructors and relocations have the same name in every library.
pub(super) const RELOCATE: &str = "__wasm_apply_data_relocs";
pub(super) const CONSTRUCT: &str = "_initialize";

/// The first library's function of this name.
pub(super) fn definition(libraries: &[Library<'_>], name: &str) -> Option<Defined> {
    if name == RELOCATE || name == CONSTRUCT {
        return None;
    }
    libraries.iter().enumerate().find_map(|(library, it)| match it.exports.get(name) {
        Some((ExternalKind::Func, index)) => Some(Defined { library, index: *index }),
        _ => None,
    })
}

/// The value of a constant expression of `library`.
pub(super) fn constant(library: &Library<'_>, place: &Place, expression: &ConstExpr<'_>) -> Result<u32, LinkError> {
    let mut stack: Vec<u32> = Vec::new();
    let mut operators = expression.get_operators_reader();
    loop {
        match operators.read()? {
            Operator::I32Const { value } => stack.push(value.cast_unsigned()),
            Operator::GlobalGet { global_index } => stack.push(imported_base(library, place, global_index)?),
            Operator::I32Add if stack.len() > 1 => {
                let (right, left) = (stack.pop().unwrap_or(0), stack.pop().unwrap_or(0));
                stack.push(left.wrapping_add(right));
            }
            Operator::End => break,
            other => return Err(unsupported(library, format!("{other:?} in a constant"))),
        }
    }
    stack.pop().ok_or_else(|| unsupported(library, "an empty constant".to_owned()))
}

fn imported_base(library: &Library<'_>, place: &Place, index: u32) -> Result<u32, LinkError> {
    let mut globals = library.imports.iter().filter(|import| matches!(import.ty, TypeRef::Global(_)));
    match globals.nth(index as usize).map(|import| import.name) {
        Some("__memory_base") => Ok(place.memory_base),
        Some("__table_base") => Ok(place.table_base),
        _ => Err(unsupported(library, format!("global {index} in a constant"))),
    }
}

pub(super) fn unsupported(library: &Library<'_>, what: String) -> LinkError {
    LinkError::Unsupported { library: library.name.to_owned(), what }
}

fn align(value: u32, power: u32) -> u32 {
    value.next_multiple_of(1 << power)
}
