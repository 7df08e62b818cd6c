//! What a load needs to know beside the native code, so that it needs no module.

use serde::{Deserialize, Serialize};

use crate::{
    detect::AbiDescription,
    shared::{Boot, ScriptMetadata},
    validate::ModuleSummary,
};

/// Kept with native code, under the same MAC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CodeMetadata {
    /// How the function is called.
    pub abi: AbiDescription,
    /// What its memory starts with, in bytes; decides which engine serves it.
    pub memory_bytes: u64,
    /// Of a shared runtime: where things are in its image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<Boot>,
    /// Of a script: what its delta belongs to. The entry holds that delta, and no native code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<ScriptMetadata>,
}

impl CodeMetadata {
    /// The metadata of a validated module.
    pub(crate) fn new(module: &ModuleSummary<'_>, abi: &AbiDescription) -> Self {
        Self { abi: abi.clone(), memory_bytes: module.memory_bytes, boot: None, script: None }
    }
}
