//! Bodies of the probes.

use serde::{Deserialize, Serialize};

/// `GET /health`: the process answers.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Health {
    /// Always `UP`.
    #[schema(example = "UP")]
    pub status: String,
}

/// `GET /ready`: the process can do its work.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Readiness {
    /// `UP`, or `DOWN` with status 503.
    pub status: String,
    /// One entry per thing the server depends on.
    pub checks: Vec<ReadinessCheck>,
}

/// One dependency of the server.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ReadinessCheck {
    /// What was looked at: `database`, `history`.
    pub name: String,
    /// Whether it works.
    pub ok: bool,
    /// Whether the server is `DOWN` without it; others only warn.
    #[serde(default = "required")]
    pub required: bool,
    /// What is wrong, if something is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Every check was, before there were others.
fn required() -> bool {
    true
}
