//! What a load needs to know beside the native code, so that it needs no module.

use serde::{Deserialize, Serialize};

use crate::{detect::AbiDescription, validate::ModuleSummary};

/// Kept with native code, under the same MAC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CodeMetadata {
    /// How the function is called.
    pub abi: AbiDescription,
    /// What its memory starts with, in bytes; decides which engine serves it.
    pub memory_bytes: u64,
}

impl CodeMetadata {
    /// The metadata of a validated module.
    pub(crate) fn new(module: &ModuleSummary<'_>, abi: &AbiDescription) -> Self {
        Self { abi: abi.clone(), memory_bytes: module.memory_bytes }
    }
}
