//! What one execution cost.

use serde::{Deserialize, Serialize};

/// Measured by the runtime around and inside the call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Wall-clock time from instantiation to return, in microseconds.
    pub duration_us: u64,
    /// CPU time of the thread that ran it, in microseconds.
    pub cpu_us: u64,
    /// The largest size linear memory reached, in bytes.
    pub peak_memory_bytes: u64,
    /// Input, in bytes of UTF-8.
    pub input_bytes: u64,
    /// Output, in bytes of UTF-8.
    pub output_bytes: u64,
    /// Log text that the limit cut off, in bytes.
    pub log_bytes_dropped: u64,
    /// Whether the function had to be loaded for this call.
    pub cold: bool,
}
