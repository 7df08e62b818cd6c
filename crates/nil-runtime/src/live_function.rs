//! A function ready to be called: linked, its exports found, nothing left to look up.

use std::fmt;

use nil_core::Abi;
use wasmtime::{Engine, Instance, InstancePre, Linker, Module, ModuleExport, Store};

use crate::{
    abi::{
        Exports, NumericExport, Stop, assemblyscript::AssemblyScript, buffer::Buffer, scalar::Scalar,
        wasi_command::WasiCommand,
    },
    detect::AbiDescription,
    host::HostState,
    shared::ScriptFunction,
};

/// A loaded function. Cheap to share; every execution makes its own sandbox from it.
pub struct LiveFunction {
    pre: InstancePre<HostState>,
    pub(crate) adapter: Adapter,
    pub(crate) memory: Option<ModuleExport>,
    initialize: Option<NumericExport>,
    abi: AbiDescription,
    resident_bytes: u64,
}

/// Where a function's native code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// In a mapped file, shared with the page cache.
    Mapped,
    /// In this process's own memory.
    Copied,
}

/// The calling convention with its exports.
pub(crate) enum Adapter {
    AssemblyScript(AssemblyScript),
    Scalar(Scalar),
    Script(ScriptFunction),
    Buffer(Buffer),
    WasiCommand(WasiCommand),
}

impl LiveFunction {
    /// Links `module`.
    ///
    /// # Errors
    /// When the module does not fit `linker` or `abi`; published modules always do.
    pub(crate) fn new(
        linker: &Linker<HostState>,
        module: &Module,
        code: Code,
        abi: AbiDescription,
    ) -> wasmtime::Result<Self> {
        let pre = linker.instantiate_pre(module)?;
        let exports = Exports(module);
        let adapter = match abi.abi {
            Abi::AssemblyScript => AssemblyScript::new(&exports, &abi.export).map(Adapter::AssemblyScript),
            Abi::Scalar => Scalar::new(&exports, &abi).map(Adapter::Scalar),
            // Has no code of its own: see `script`.
            Abi::JavaScript | Abi::Python => None,
            Abi::Buffer => Buffer::new(&exports, &abi.export).map(Adapter::Buffer),
            Abi::WasiCommand => WasiCommand::new(&exports, &abi.export).map(Adapter::WasiCommand),
        };
        let adapter = adapter.ok_or_else(|| wasmtime::Error::msg("the module's exports are not those of its ABI"))?;
        Ok(Self {
            adapter,
            memory: exports.memory(),
            initialize: exports.numeric("_initialize", &[], &[]),
            resident_bytes: resident_bytes(module, code),
            abi,
            pre,
        })
    }

    /// A function over a shared runtime.
    pub(crate) fn script(script: ScriptFunction, abi: AbiDescription) -> Self {
        Self {
            pre: script.pre().clone(),
            memory: None,
            initialize: None,
            resident_bytes: script.resident_bytes(),
            abi,
            adapter: Adapter::Script(script),
        }
    }

    /// How it is called.
    #[must_use]
    pub fn abi(&self) -> &AbiDescription {
        &self.abi
    }

    /// About how much memory it keeps while it is idle, in bytes; most of it is mapped code, which the kernel can
    /// take back.
    #[must_use]
    pub fn resident_bytes(&self) -> u64 {
        self.resident_bytes
    }

    /// The engine that serves it.
    pub(crate) fn engine(&self) -> &Engine {
        self.pre.module().engine()
    }

    /// A fresh sandbox in `store`, with its initialisers run where publication could not run them.
    pub(crate) fn instantiate(&self, store: &mut Store<HostState>) -> Result<Instance, Stop> {
        let instance = self.pre.instantiate(&mut *store)?;
        if let Some(initialize) = &self.initialize {
            initialize.call(store, &instance, &mut [])?;
        }
        Ok(instance)
    }
}

impl fmt::Debug for LiveFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveFunction").field("abi", &self.abi).field("resident_bytes", &self.resident_bytes).finish()
    }
}

/// Measured over 1,000 functions of each kind: 6 KiB of heap each, and of mapped code the text and 20 KiB (29 KiB
/// in all for an echo function, 83 KiB for a json-as one, whose loading also maps what the kernel reads around).
fn resident_bytes(module: &Module, code: Code) -> u64 {
    const HEAP_BYTES: usize = 6 << 10;
    const MAPPED_BYTES: usize = 20 << 10;
    let image = module.image_range();
    let code_bytes = match code {
        Code::Mapped => module.text().len() + MAPPED_BYTES,
        Code::Copied => image.end as usize - image.start as usize,
    };
    (HEAP_BYTES + code_bytes) as u64
}
