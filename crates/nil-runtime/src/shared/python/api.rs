//! The functions of the interpreter that the host calls, looked up once, and what can be done with them.

use wasmtime::{Error, Instance, ModuleExport, Result, Store, ValRaw, ValType};

use crate::{
    abi::{Exports, NumericExport, memory},
    host::HostState,
};

macro_rules! api {
    ($($field:ident = $name:literal ($($param:ident),*) $(-> $result:ident)?;)*) => {
        /// The interpreter's exports.
        pub(crate) struct Python {
            pub(super) memory: ModuleExport,
            $($field: NumericExport,)*
        }

        impl Python {
            /// Looks the exports up; `None` if one is missing or of another type.
            pub(crate) fn new(exports: &Exports<'_>) -> Option<Self> {
                Some(Self {
                    memory: exports.memory()?,
                    $($field: exports.numeric($name, &[$(ValType::$param),*], &[$(ValType::$result)?])?,)*
                })
            }
        }
    };
}

api! {
    malloc = "malloc"(I32) -> I32;
    initialize = "Py_InitializeEx"(I32);
    compile = "Py_CompileStringExFlags"(I32, I32, I32, I32, I32) -> I32;
    eval = "PyEval_EvalCode"(I32, I32, I32) -> I32;
    add_module = "PyImport_AddModule"(I32) -> I32;
    module_names = "PyModule_GetDict"(I32) -> I32;
    item = "PyDict_GetItemString"(I32, I32) -> I32;
    new_bytes = "PyBytes_FromStringAndSize"(I32, I32) -> I32;
    bytes_at = "PyBytes_AsString"(I32) -> I32;
    bytes_size = "PyBytes_Size"(I32) -> I32;
    call = "PyObject_CallOneArg"(I32, I32) -> I32;
    decref = "Py_DecRef"(I32);
    print_error = "PyErr_Print"();
    clear_error = "PyErr_Clear"();
}

/// `Py_file_input`: a whole file.
const FILE_INPUT: i32 = 257;

/// One instance of the interpreter while the host works with it.
pub(super) struct Vm<'a> {
    pub api: &'a Python,
    pub store: &'a mut Store<HostState>,
    pub instance: &'a Instance,
}

/// A Python object of the guest; never null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Object(pub u32);

impl Vm<'_> {
    fn raw<const N: usize>(&mut self, function: fn(&Python) -> &NumericExport, arguments: [u32; N]) -> Result<u32> {
        let mut values = [ValRaw::i64(0); 5];
        for (value, argument) in values.iter_mut().zip(arguments) {
            *value = ValRaw::u32(argument);
        }
        function(self.api).call(self.store, self.instance, &mut values)?;
        Ok(values[0].get_u32())
    }

    /// An object, or `None` where an exception is pending.
    fn object<const N: usize>(
        &mut self,
        function: fn(&Python) -> &NumericExport,
        arguments: [u32; N],
    ) -> Result<Option<Object>> {
        self.raw(function, arguments).map(|at| (at != 0).then_some(Object(at)))
    }

    pub(super) fn memory(&mut self) -> Result<&mut [u8]> {
        let memory = memory(self.store, self.instance, &self.api.memory)?;
        Ok(memory.data_mut(&mut *self.store))
    }

    fn put(&mut self, at: u32, bytes: &[u8]) -> Result<()> {
        let at = at as usize;
        match self.memory()?.get_mut(at..at + bytes.len()) {
            Some(room) => room.copy_from_slice(bytes),
            None => return Err(Error::msg("the interpreter answered a place outside of memory")),
        }
        Ok(())
    }

    /// Copies `bytes` into the guest, for good.
    pub(super) fn keep(&mut self, bytes: &[u8]) -> Result<u32> {
        let at = self.raw(|api| &api.malloc, [bytes.len() as u32])?;
        if at == 0 {
            return Err(Error::msg("there is no memory"));
        }
        self.put(at, bytes)?;
        Ok(at)
    }

    fn text(&mut self, text: &str) -> Result<u32> {
        self.keep(&[text.as_bytes(), &[0]].concat())
    }

    pub(super) fn initialize(&mut self) -> Result<()> {
        self.raw(|api| &api.initialize, [0]).map(drop)
    }

    /// Runs `source`, the file `name`, in a module of its own and answers that module's names; `None` when it raised,
    /// which is then on standard error.
    pub(super) fn run_file(&mut self, module: &str, name: &str, source: &str) -> Result<Option<Object>> {
        let (module, name, source) = (self.text(module)?, self.text(name)?, self.text(source)?);
        let flags = [source, name, FILE_INPUT.cast_unsigned(), 0, (-1_i32).cast_unsigned()];
        let code = self.object(|api| &api.compile, flags)?;
        let module = self.object(|api| &api.add_module, [module])?;
        if let (Some(code), Some(module)) = (code, module)
            && let Some(names) = self.object(|api| &api.module_names, [module.0])?
            && self.object(|api| &api.eval, [code.0, names.0, names.0])?.is_some()
        {
            return Ok(Some(names));
        }
        self.raw(|api| &api.print_error, [])?;
        Ok(None)
    }

    /// The value of a name.
    pub(super) fn item(&mut self, names: Object, name: &str) -> Result<Object> {
        let at = self.text(name)?;
        self.object(|api| &api.item, [names.0, at])?
            .ok_or_else(|| Error::msg(format!("its prelude defines no `{name}`")))
    }

    /// The content of a bytes object.
    pub(super) fn read<T>(&mut self, bytes: Object, read: impl FnOnce(&[u8]) -> T) -> Result<T> {
        let at = self.raw(|api| &api.bytes_at, [bytes.0])? as usize;
        let size = self.raw(|api| &api.bytes_size, [bytes.0])?;
        let none = || Error::msg("the prelude did not answer bytes");
        if at == 0 || size.cast_signed() < 0 {
            return Err(none());
        }
        self.memory()?.get(at..at + size as usize).map(read).ok_or_else(none)
    }

    /// Calls `function` with the bytes of `parts`, and hands what it answers to `read`; `None` when there is no memory
    /// for either.
    pub(super) fn call<T>(
        &mut self,
        function: u32,
        parts: &[&[u8]],
        read: impl FnOnce(&[u8]) -> T,
    ) -> Result<Option<T>> {
        let size: usize = parts.iter().map(|part| part.len()).sum();
        let Some(argument) = self.object(|api| &api.new_bytes, [0, size as u32])? else { return self.no_memory() };
        let mut at = self.raw(|api| &api.bytes_at, [argument.0])?;
        for part in parts {
            self.put(at, part)?;
            at += part.len() as u32;
        }
        let answered = self.object(|api| &api.call, [function, argument.0])?;
        let Some(answer) = answered else { return self.no_memory() };
        let result = self.read(answer, read)?;
        self.raw(|api| &api.decref, [argument.0])?;
        self.raw(|api| &api.decref, [answer.0])?;
        Ok(Some(result))
    }

    fn no_memory<T>(&mut self) -> Result<Option<T>> {
        self.raw(|api| &api.clear_error, [])?;
        Ok(None)
    }
}
