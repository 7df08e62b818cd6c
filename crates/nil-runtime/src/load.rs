//! From a published module's digest to a [`LiveFunction`]: by cached native code, else by compiling anew.

use std::{error::Error, fs::File, os::unix::fs::FileExt as _, sync::Arc};

use wasmtime::{Engine, Module};

use crate::{
    LiveFunction, LoadError, MachineError, PreInit, PublishError, PublishLimits, Rejection, Runtime,
    code_cache::{CodeMetadata, EntryKey},
    detect::{self, AbiDescription},
    engine::Purpose,
    imports,
    live_function::Code,
    native_compile,
    publish::digest,
    shared, validate,
};

/// What to load.
pub struct LoadRequest<'a> {
    /// SHA-256 of the stored module.
    pub wasm_digest: [u8; 32],
    /// Fetches the stored module; only called when there is no native code for it.
    pub wasm: &'a mut dyn FnMut() -> Result<Vec<u8>, Box<dyn Error + Send + Sync>>,
    /// Limits for compiling anew.
    pub limits: &'a PublishLimits,
}

impl Runtime {
    /// Loads a published function. From the code cache that takes a fraction of a millisecond and no module;
    /// otherwise as long as compiling takes.
    ///
    /// # Errors
    /// When the module cannot be had, is not the published one, or cannot be compiled.
    pub fn load(&self, request: &mut LoadRequest<'_>) -> Result<Arc<LiveFunction>, LoadError> {
        let key = EntryKey::new(self.engine(), &request.wasm_digest);
        if let Some(live) = self.load_cached(&key, request.limits) {
            return Ok(live);
        }
        let wasm = (request.wasm)().map_err(LoadError::Fetch)?;
        if digest(&wasm) != request.wasm_digest {
            return Err(LoadError::Digest);
        }
        // The function's own memory limit was checked when it was published, and is again at each call.
        let limits = PublishLimits { memory_bytes: self.max_memory_bytes(), ..*request.limits };
        let (native, metadata) = self.recompile(&wasm, &limits)?;
        if self.remember(&request.wasm_digest, &native, &metadata)
            && let Some(live) = self.load_cached(&key, &limits)
        {
            return Ok(live);
        }
        Ok(Arc::new(self.link_made(&native, metadata, &limits)?))
    }

    /// Puts native code into the code cache; whether it is there now.
    pub(crate) fn remember(&self, wasm_digest: &[u8; 32], native: &[u8], metadata: &CodeMetadata) -> bool {
        let Some(cache) = self.code_cache() else { return false };
        match cache.put(&EntryKey::new(self.engine(), wasm_digest), native, metadata) {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(error = &error as &dyn Error, "native code is not cached");
                false
            }
        }
    }

    /// Compiles `wasm` under `limits`, where the configuration says.
    pub(crate) fn compile_native(
        &self,
        purpose: Purpose,
        wasm: &[u8],
        limits: &PublishLimits,
    ) -> Result<Vec<u8>, PublishError> {
        native_compile::compile(self.native_compiler(), self.codegen(purpose), wasm, limits)
    }

    /// Refuses a module that compiles but does not load.
    pub(crate) fn check_loads(&self, native: &[u8], metadata: &CodeMetadata) -> Result<(), PublishError> {
        match self.link_native(native, metadata.clone()) {
            Ok(_) => Ok(()),
            Err(MachineError::Engine { source }) => {
                Err(Rejection::new(format!("the module does not fit the engine: {source:#}")).into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The initialiser's code on the engine that runs initialisers.
    pub(crate) fn deserialize_initializer(&self, native: &[u8]) -> Result<Module, MachineError> {
        deserialize(self.initialize_engine(), native)
    }

    fn recompile(&self, wasm: &[u8], limits: &PublishLimits) -> Result<(Vec<u8>, CodeMetadata), PublishError> {
        let module = validate::check(wasm, limits, self.max_table_elements())?;
        let abi = detect::detect(&module)?;
        imports::check(&module)?;
        if abi.abi.is_script() {
            return self.make_script(wasm, abi, limits).map(|(delta, metadata, _)| (delta, metadata));
        }
        let native = self.compile_native(Purpose::Serve, wasm, limits)?;
        Ok((native, CodeMetadata::new(&module, &abi)))
    }

    fn load_cached(&self, key: &EntryKey, limits: &PublishLimits) -> Option<Arc<LiveFunction>> {
        let cache = self.code_cache()?;
        let (file, metadata) = cache.get(key)?;
        if metadata.script.is_some() {
            return self.load_cached_script(key, &file, metadata, limits);
        }
        let linker = self.linker(metadata.memory_bytes);
        let live = map(linker.engine(), file)
            .and_then(|module| LiveFunction::new(linker, &module, Code::Mapped, metadata.abi));
        match live {
            Ok(live) => Some(Arc::new(live)),
            Err(error) => {
                // Authentic, and yet of no use: written by a build with the same key and other ideas.
                tracing::warn!(%error, "cached native code does not load; it is rebuilt");
                cache.discard(key);
                None
            }
        }
    }

    /// A script's delta with its metadata, and what became of evaluating it.
    pub(crate) fn make_script(
        &self,
        wasm: &[u8],
        abi: AbiDescription,
        limits: &PublishLimits,
    ) -> Result<(Vec<u8>, CodeMetadata, PreInit), PublishError> {
        let script = shared::detect(wasm)?;
        let snapshot = self.snapshot_script(&script, limits)?;
        let metadata =
            CodeMetadata { abi, memory_bytes: snapshot.memory_bytes, boot: None, script: Some(snapshot.metadata) };
        Ok((snapshot.kept, metadata, snapshot.pre_init))
    }

    fn load_cached_script(
        &self,
        key: &EntryKey,
        file: &File,
        metadata: CodeMetadata,
        limits: &PublishLimits,
    ) -> Option<Arc<LiveFunction>> {
        let live = read_script(file)
            .map_err(|error| error.to_string())
            .and_then(|kept| self.link_script(&kept, metadata, limits).map_err(|error| error.to_string()));
        match live {
            Ok(Some(live)) => return Some(Arc::new(live)),
            Ok(None) => {
                tracing::info!("a script was evaluated over another image of its runtime; it is evaluated again")
            }
            // The runtime may be there later: the entry is none the worse for it.
            Err(error) => {
                tracing::warn!(error, "a cached script does not load");
                return None;
            }
        }
        self.code_cache()?.discard(key);
        None
    }

    /// `None` when the delta is over another image.
    fn link_script(
        &self,
        kept: &[u8],
        metadata: CodeMetadata,
        limits: &PublishLimits,
    ) -> Result<Option<LiveFunction>, PublishError> {
        let Some(script) = &metadata.script else { return Ok(None) };
        Ok(self.script_function(kept, script, limits)?.map(|script| LiveFunction::script(script, metadata.abi)))
    }

    /// What was made a moment ago.
    fn link_made(
        &self,
        made: &[u8],
        metadata: CodeMetadata,
        limits: &PublishLimits,
    ) -> Result<LiveFunction, PublishError> {
        if metadata.script.is_none() {
            return Ok(self.link_native(made, metadata)?);
        }
        self.link_script(made, metadata, limits)?.ok_or_else(|| {
            PublishError::Runtime("the shared runtime changed while the script was evaluated".to_owned())
        })
    }

    fn link_native(&self, native: &[u8], metadata: CodeMetadata) -> Result<LiveFunction, MachineError> {
        let linker = self.linker(metadata.memory_bytes);
        let module = deserialize(linker.engine(), native)?;
        LiveFunction::new(linker, &module, Code::Copied, metadata.abi).map_err(|source| MachineError::Engine { source })
    }
}

/// What was kept of a script: the beginning of its entry, which is authentic.
fn read_script(file: &File) -> std::io::Result<Vec<u8>> {
    let mut lengths = [0; 16];
    file.read_exact_at(&mut lengths, 0)?;
    let bytes = shared::encoded_bytes(&lengths).filter(|bytes| file.metadata().is_ok_and(|file| *bytes <= file.len()));
    let bytes =
        bytes.and_then(|bytes| usize::try_from(bytes).ok()).ok_or_else(|| std::io::Error::other("it is cut off"))?;
    let mut kept = vec![0; bytes];
    file.read_exact_at(&mut kept, 0)?;
    Ok(kept)
}

/// Native code this process or its compiling child has just made.
#[expect(unsafe_code, reason = "machine code is loaded")]
pub(crate) fn deserialize(engine: &Engine, native: &[u8]) -> Result<Module, MachineError> {
    // SAFETY: `native` is the output of Cranelift over a validated module, from this process or from our own
    // child over a private pipe; it has been nowhere else.
    unsafe { Module::deserialize(engine, native) }.map_err(|source| MachineError::Engine { source })
}

/// Native code from the cache, mapped: pages are shared with the page cache and only what runs is resident.
#[expect(unsafe_code, reason = "machine code is loaded")]
pub(crate) fn map(engine: &Engine, file: File) -> wasmtime::Result<Module> {
    // SAFETY: the cache has verified the keyed MAC over this file's content, so it is what this runtime (or one
    // that shares its key) wrote. Entries are never changed in place: they are written under another name,
    // renamed, and later unlinked, and the directory is this user's alone (0700).
    unsafe { Module::deserialize_open_file(engine, file) }
}
