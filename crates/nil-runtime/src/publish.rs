//! From an untrusted module to one that can be stored and loaded: every step that may refuse it, in order.

use std::sync::Arc;

use nil_core::Abi;
use sha2::{Digest, Sha256};

use crate::{
    PreInit, PublishError, PublishLimits, Runtime,
    code_cache::CodeMetadata,
    constants,
    detect::{self, AbiDescription},
    engine::Purpose,
    imports,
    validate::{self, ExportKind},
};

/// A module that has become a function.
#[derive(Debug, Clone)]
pub struct Published {
    /// The module to store: pre-initialised where that was possible. Loading takes this one.
    pub wasm: Vec<u8>,
    /// SHA-256 of [`wasm`](Self::wasm).
    pub wasm_digest: [u8; 32],
    /// How it is called.
    pub abi: AbiDescription,
    /// Native code for this engine and machine; already in the code cache where there is one.
    pub native: Arc<[u8]>,
    /// What became of its initialisers.
    pub pre_init: PreInit,
    /// The names of its exported functions.
    pub exports: Vec<String>,
}

impl Runtime {
    /// Validates, detects, checks, initialises and compiles `wasm`. Takes as long as compiling takes; call it
    /// where blocking is allowed.
    ///
    /// # Errors
    /// [`PublishError::Rejected`] says what is wrong with the module, [`PublishError::Machine`] that trying
    /// again may help.
    pub fn publish(&self, wasm: &[u8], limits: &PublishLimits) -> Result<Published, PublishError> {
        let (published, metadata) = self.prepare(wasm, limits)?;
        self.remember(&published.wasm_digest, &published.native, &metadata);
        Ok(published)
    }

    /// The same without keeping anything: what would become of `wasm`.
    ///
    /// # Errors
    /// As [`Self::publish`].
    pub fn check(&self, wasm: &[u8], limits: &PublishLimits) -> Result<Published, PublishError> {
        self.prepare(wasm, limits).map(|(published, _)| published)
    }

    fn prepare(&self, wasm: &[u8], limits: &PublishLimits) -> Result<(Published, CodeMetadata), PublishError> {
        let limits = &self.clamp(limits);
        let module = validate::check(wasm, limits, self.max_table_elements())?;
        let abi = detect::detect(&module)?;
        imports::check(&module)?;
        let exports = module
            .exports
            .iter()
            .filter(|export| matches!(export.kind, ExportKind::Function { .. }))
            .map(|export| export.name.to_owned())
            .collect();

        if abi.abi == Abi::JavaScript {
            return self.prepare_script(wasm, abi, limits);
        }
        let inlined = constants::inline(wasm, &module)?;
        let wasm = inlined.as_deref().unwrap_or(wasm);
        let (snapshot, pre_init) = self.pre_initialize(wasm, &module, limits)?;
        let wasm = snapshot.unwrap_or_else(|| wasm.to_vec());
        // Checked once more: this is what will be loaded, and a snapshot is held to the limits of any module.
        let module = validate::check(&wasm, limits, self.max_table_elements())?;
        let wasm_digest = digest(&wasm);
        let native = self.compile_native(Purpose::Serve, &wasm, limits)?;
        // Loading now is the last check: the engine has limits of its own, on instance metadata for one.
        let metadata = CodeMetadata::new(&module, &abi);
        self.check_loads(&native, &metadata)?;
        Ok((Published { wasm, wasm_digest, abi, native: native.into(), pre_init, exports }, metadata))
    }

    /// A script is stored as it came: what evaluating it made is derived, and kept where native code is.
    fn prepare_script(
        &self,
        wasm: &[u8],
        abi: AbiDescription,
        limits: &PublishLimits,
    ) -> Result<(Published, CodeMetadata), PublishError> {
        let (delta, metadata, pre_init) = self.make_script(wasm, abi.clone(), limits)?;
        let wasm_digest = digest(wasm);
        let exports = vec![abi.export.clone()];
        let published = Published { wasm: wasm.to_vec(), wasm_digest, abi, native: delta.into(), pre_init, exports };
        Ok((published, metadata))
    }

    /// No function gets more memory than the pool has for any.
    fn clamp(&self, limits: &PublishLimits) -> PublishLimits {
        PublishLimits { memory_bytes: limits.memory_bytes.min(self.max_memory_bytes()), ..*limits }
    }
}

/// SHA-256.
pub(crate) fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
