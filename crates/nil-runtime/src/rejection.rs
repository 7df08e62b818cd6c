//! A module that cannot become a function: the user's to mend, never the machine's fault.

use std::fmt;

use nil_core::{Diagnostic, render_plain};

/// Why a module was refused. At least one diagnostic; each names the offending construct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// What is wrong, most important first.
    pub diagnostics: Vec<Diagnostic>,
}

impl Rejection {
    /// One diagnostic about the whole module.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { diagnostics: vec![Diagnostic::error(message)] }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&render_plain(&self.diagnostics))
    }
}

impl std::error::Error for Rejection {}
