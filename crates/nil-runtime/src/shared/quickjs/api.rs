//! The functions of the engine that the host calls, looked up once, and what can be done with them.

use wasmtime::{Instance, ModuleExport, Result, Store, ValRaw, ValType};

use super::{Boot, Value};
use crate::{
    abi::{Exports, NumericExport, memory},
    host::HostState,
};

macro_rules! api {
    ($($field:ident = $name:literal ($($param:ident),*) $(-> $result:ident)?;)*) => {
        /// The engine's exports.
        pub(crate) struct QuickJs {
            pub(super) memory: ModuleExport,
            $($field: NumericExport,)*
        }

        impl QuickJs {
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
    init = "qjs_init"() -> I32;
    context = "qjs_get_context_ptr"() -> I32;
    runtime = "qjs_get_runtime_ptr"() -> I32;
    set_max_stack_size = "qjs_set_max_stack_size"(I32);
    set_module_loader = "qjs_set_module_loader"(I32);
    set_gc_threshold = "JS_SetGCThreshold"(I32, I32);
    run_gc = "JS_RunGC"(I32);
    malloc = "wasm_malloc"(I32) -> I32;
    free = "wasm_free"(I32);
    new_host_function = "qjs_new_host_function"(I32, I32, I32) -> I32;
    eval = "JS_Eval"(I32, I32, I32, I32, I32) -> I64;
    eval_function = "JS_EvalFunction"(I32, I64) -> I64;
    module_namespace = "JS_GetModuleNamespace"(I32, I32) -> I64;
    property = "JS_GetPropertyStr"(I32, I64, I32) -> I64;
    element = "JS_GetPropertyUint32"(I32, I64, I32) -> I64;
    is_function = "JS_IsFunction"(I32, I64) -> I32;
    call = "JS_Call"(I32, I64, I64, I32, I32) -> I64;
    exception = "JS_GetException"(I32) -> I64;
    parse_json = "JS_ParseJSON"(I32, I32, I32, I32) -> I64;
    stringify = "JS_JSONStringify"(I32, I64, I64, I64) -> I64;
    to_text = "JS_ToCStringLen2"(I32, I32, I64, I32) -> I32;
    free_text = "JS_FreeCString"(I32, I32);
    is_promise = "JS_IsPromise"(I64) -> I32;
    settled_promise = "JS_NewSettledPromise"(I32, I32, I64) -> I64;
    promise_state = "JS_PromiseState"(I32, I64) -> I32;
    promise_result = "JS_PromiseResult"(I32, I64) -> I64;
    execute_job = "JS_ExecutePendingJob"(I32, I32) -> I32;
}

/// State of a promise (`JSPromiseStateEnum`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PromiseState {
    Pending,
    Fulfilled,
    Rejected,
}

/// `JS_EVAL_TYPE_MODULE`.
pub(super) const EVAL_MODULE: i32 = 1;
/// `JS_EVAL_FLAG_COMPILE_ONLY`.
pub(super) const EVAL_COMPILE_ONLY: i32 = 1 << 5;

/// One instance of the engine while the host works with it.
pub(crate) struct Vm<'a> {
    pub(super) api: &'a QuickJs,
    pub(super) boot: &'a Boot,
    pub(super) store: &'a mut Store<HostState>,
    pub(super) instance: &'a Instance,
}

impl<'a> Vm<'a> {
    /// The engine in `instance`.
    pub(crate) fn new(
        api: &'a QuickJs,
        boot: &'a Boot,
        store: &'a mut Store<HostState>,
        instance: &'a Instance,
    ) -> Self {
        Self { api, boot, store, instance }
    }

    pub(super) fn raw<const N: usize>(
        &mut self,
        function: fn(&QuickJs) -> &NumericExport,
        arguments: [ValRaw; N],
    ) -> Result<ValRaw> {
        let mut values = [ValRaw::i64(0); 5];
        values[..N].copy_from_slice(&arguments);
        function(self.api).call(self.store, self.instance, &mut values)?;
        Ok(values[0])
    }

    fn context(&self) -> ValRaw {
        ValRaw::u32(self.boot.context)
    }

    pub(crate) fn memory(&mut self) -> Result<&mut [u8]> {
        let memory = memory(self.store, self.instance, &self.api.memory)?;
        Ok(memory.data_mut(&mut *self.store))
    }

    /// Room for `len` bytes; `None` when there is none.
    pub(super) fn malloc(&mut self, len: usize) -> Result<Option<u32>> {
        let Ok(len) = u32::try_from(len) else { return Ok(None) };
        let at = self.raw(|api| &api.malloc, [ValRaw::u32(len)])?.get_u32();
        Ok((at != 0).then_some(at))
    }

    pub(super) fn free(&mut self, at: u32) -> Result<()> {
        self.raw(|api| &api.free, [ValRaw::u32(at)]).map(drop)
    }

    /// Copies `text` and a terminating zero into the guest; `None` when it has no room.
    pub(super) fn write(&mut self, text: &str) -> Result<Option<u32>> {
        let Some(at) = self.malloc(text.len() + 1)? else { return Ok(None) };
        self.put(at, text.as_bytes())?;
        self.put(at + text.len() as u32, &[0])?;
        Ok(Some(at))
    }

    pub(super) fn put(&mut self, at: u32, bytes: &[u8]) -> Result<()> {
        let at = at as usize;
        match self.memory()?.get_mut(at..at + bytes.len()) {
            Some(room) => room.copy_from_slice(bytes),
            None => return Err(wasmtime::Error::msg("the interpreter's allocator answered a place outside of memory")),
        }
        Ok(())
    }

    fn get_u32(&mut self, at: u32) -> Result<u32> {
        let at = at as usize;
        let bytes = self.memory()?.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        Ok(bytes.map_or(0, u32::from_le_bytes))
    }

    /// Evaluates `source`, or compiles it, as `flags` say. [`Value::EXCEPTION`] when it throws or has no room.
    pub(super) fn eval(&mut self, name: &str, source: &str, flags: i32) -> Result<Value> {
        let (Some(text), Some(file)) = (self.write(source)?, self.write(name)?) else { return Ok(Value::EXCEPTION) };
        let (context, len) = (self.context(), ValRaw::u32(source.len() as u32));
        let value =
            self.raw(|api| &api.eval, [context, ValRaw::u32(text), len, ValRaw::u32(file), ValRaw::i32(flags)])?;
        self.free(text)?;
        self.free(file)?;
        Ok(Value(value.get_u64()))
    }

    /// Runs what was compiled; takes `code`.
    pub(super) fn eval_function(&mut self, code: Value) -> Result<Value> {
        let context = self.context();
        self.raw(|api| &api.eval_function, [context, ValRaw::u64(code.0)]).map(|value| Value(value.get_u64()))
    }

    pub(super) fn module_namespace(&mut self, module: Value) -> Result<Value> {
        let context = self.context();
        self.raw(|api| &api.module_namespace, [context, ValRaw::u32(module.pointer())])
            .map(|value| Value(value.get_u64()))
    }

    /// The property whose name is the C string at `name`.
    pub(super) fn property_at(&mut self, object: Value, name: u32) -> Result<Value> {
        let context = self.context();
        self.raw(|api| &api.property, [context, ValRaw::u64(object.0), ValRaw::u32(name)])
            .map(|value| Value(value.get_u64()))
    }

    pub(super) fn property(&mut self, object: Value, name: &str) -> Result<Value> {
        let Some(at) = self.write(name)? else { return Ok(Value::EXCEPTION) };
        let value = self.property_at(object, at)?;
        self.free(at)?;
        Ok(value)
    }

    pub(super) fn element(&mut self, object: Value, index: u32) -> Result<Value> {
        let context = self.context();
        self.raw(|api| &api.element, [context, ValRaw::u64(object.0), ValRaw::u32(index)])
            .map(|value| Value(value.get_u64()))
    }

    pub(super) fn is_function(&mut self, value: Value) -> Result<bool> {
        let context = self.context();
        Ok(self.raw(|api| &api.is_function, [context, ValRaw::u64(value.0)])?.get_i32() != 0)
    }

    /// Calls `function` with one argument and `this` undefined.
    pub(super) fn call(&mut self, function: Value, argument: Value) -> Result<Value> {
        let arguments = self.boot.scratch;
        self.put(arguments, &argument.0.to_le_bytes())?;
        let context = self.context();
        self.raw(
            |api| &api.call,
            [context, ValRaw::u64(function.0), ValRaw::u64(Value::UNDEFINED.0), ValRaw::i32(1), ValRaw::u32(arguments)],
        )
        .map(|value| Value(value.get_u64()))
    }

    /// Takes the exception that is pending.
    pub(super) fn exception(&mut self) -> Result<Value> {
        let context = self.context();
        self.raw(|api| &api.exception, [context]).map(|value| Value(value.get_u64()))
    }

    pub(super) fn parse_json(&mut self, text: u32, len: usize) -> Result<Value> {
        let (context, name) = (self.context(), ValRaw::u32(self.boot.input_name));
        self.raw(|api| &api.parse_json, [context, ValRaw::u32(text), ValRaw::u32(len as u32), name])
            .map(|value| Value(value.get_u64()))
    }

    pub(super) fn stringify(&mut self, value: Value) -> Result<Value> {
        let (context, none) = (self.context(), ValRaw::u64(Value::UNDEFINED.0));
        self.raw(|api| &api.stringify, [context, ValRaw::u64(value.0), none, none]).map(|value| Value(value.get_u64()))
    }

    /// The text of `value`, converted where it is no string, handed to `read` where it lies; `None` when converting
    /// throws.
    pub(super) fn text<T>(&mut self, value: Value, read: impl FnOnce(&[u8]) -> T) -> Result<Option<T>> {
        let (context, len_at) = (self.context(), self.boot.scratch);
        let at = self
            .raw(|api| &api.to_text, [context, ValRaw::u32(len_at), ValRaw::u64(value.0), ValRaw::i32(0)])?
            .get_u32();
        if at == 0 {
            return Ok(None);
        }
        let len = self.get_u32(len_at)? as usize;
        let start = at as usize;
        let Some(bytes) = self.memory()?.get(start..start + len) else { return Ok(None) };
        let result = read(bytes);
        let context = self.context();
        self.raw(|api| &api.free_text, [context, ValRaw::u32(at)])?;
        Ok(Some(result))
    }

    pub(super) fn is_promise(&mut self, value: Value) -> Result<bool> {
        Ok(self.raw(|api| &api.is_promise, [ValRaw::u64(value.0)])?.get_i32() != 0)
    }

    /// A promise that follows `value`, as `await` would.
    pub(super) fn promise_of(&mut self, value: Value) -> Result<Value> {
        let context = self.context();
        self.raw(|api| &api.settled_promise, [context, ValRaw::i32(0), ValRaw::u64(value.0)])
            .map(|value| Value(value.get_u64()))
    }

    pub(super) fn promise_state(&mut self, promise: Value) -> Result<PromiseState> {
        let context = self.context();
        Ok(match self.raw(|api| &api.promise_state, [context, ValRaw::u64(promise.0)])?.get_i32() {
            0 => PromiseState::Pending,
            1 => PromiseState::Fulfilled,
            _ => PromiseState::Rejected,
        })
    }

    pub(super) fn promise_result(&mut self, promise: Value) -> Result<Value> {
        let context = self.context();
        self.raw(|api| &api.promise_result, [context, ValRaw::u64(promise.0)]).map(|value| Value(value.get_u64()))
    }

    /// Runs one job of the queue: whether there was one, or that it threw.
    pub(super) fn execute_job(&mut self) -> Result<Job> {
        let (runtime, out) = (ValRaw::u32(self.boot.runtime), ValRaw::u32(self.boot.scratch));
        Ok(match self.raw(|api| &api.execute_job, [runtime, out])?.get_i32() {
            0 => Job::None,
            1.. => Job::Ran,
            _ => Job::Threw,
        })
    }

    pub(crate) fn run_gc(&mut self) -> Result<()> {
        let runtime = ValRaw::u32(self.boot.runtime);
        self.raw(|api| &api.run_gc, [runtime]).map(drop)
    }

    pub(super) fn init(&mut self) -> Result<bool> {
        Ok(self.raw(|api| &api.init, [])?.get_i32() == 0)
    }

    pub(super) fn pointers(&mut self) -> Result<(u32, u32)> {
        Ok((self.raw(|api| &api.context, [])?.get_u32(), self.raw(|api| &api.runtime, [])?.get_u32()))
    }

    pub(super) fn configure(&mut self, stack_bytes: u32, gc_threshold_bytes: u32) -> Result<()> {
        let runtime = ValRaw::u32(self.boot.runtime);
        self.raw(|api| &api.set_max_stack_size, [ValRaw::u32(stack_bytes)])?;
        self.raw(|api| &api.set_gc_threshold, [runtime, ValRaw::u32(gc_threshold_bytes)])?;
        self.raw(|api| &api.set_module_loader, [ValRaw::i32(1)])?;
        Ok(())
    }

    /// A function that calls the host under `name`.
    pub(super) fn host_function(&mut self, name: &str) -> Result<Value> {
        let none = || wasmtime::Error::msg("the interpreter has no memory for a host function");
        let at = self.write(name)?.ok_or_else(none)?;
        let len = ValRaw::u32(name.len() as u32);
        let boxed = self.raw(|api| &api.new_host_function, [ValRaw::u32(at), len, ValRaw::i32(0)])?.get_u32() as usize;
        self.free(at)?;
        let bits = self.memory()?.get(boxed..boxed + 8).and_then(|bits| bits.try_into().ok());
        bits.map(|bits| Value(u64::from_le_bytes(bits))).ok_or_else(none)
    }
}

/// What became of asking for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Job {
    None,
    Ran,
    Threw,
}
