//! What follows from a compilation: a final verdict, or another try. Pure decisions.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use nil_core::{Artifact, CompilationVerdict, DeadLetterReason, Diagnostic, ToolchainInfo, render_plain};

use super::options::ServiceOptions;
use crate::toolchain::{CompileFailure, Compiled};

/// What to tell the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// Final.
    Finish(CompilationVerdict),
    /// Try again after the delay.
    Retry { delay: Duration, error: String },
    /// Enough tries.
    Park(DeadLetterReason),
}

/// Before anything is compiled: a job that was delivered too often already killed whoever took it.
pub(super) fn before(attempt: u32, last_error: Option<&str>, options: &ServiceOptions) -> Option<DeadLetterReason> {
    (attempt > options.max_tries).then(|| DeadLetterReason {
        attempts: attempt - 1,
        last_error: last_error.unwrap_or("the compiler service vanished while it worked on the job").to_owned(),
    })
}

/// After a compilation.
pub(super) fn after(
    result: Result<Compiled, CompileFailure>,
    toolchain: ToolchainInfo,
    attempt: u32,
    options: &ServiceOptions,
) -> Decision {
    let failure = match result {
        Ok(compiled) => {
            return Decision::Finish(CompilationVerdict::Compiled(Artifact {
                wasm_base64: STANDARD.encode(&compiled.wasm),
                diagnostics: compiled.diagnostics,
                toolchain,
                compile_ms: compiled.compile_ms,
            }));
        }
        Err(failure) => failure,
    };
    match failure {
        CompileFailure::Rejected { compile_error, diagnostics } => {
            Decision::Finish(CompilationVerdict::Failed { compile_error, diagnostics })
        }
        CompileFailure::LimitExceeded(_) | CompileFailure::Crashed { .. } => {
            let diagnostics = vec![Diagnostic::error(failure.to_string())];
            Decision::Finish(CompilationVerdict::Failed { compile_error: render_plain(&diagnostics), diagnostics })
        }
        CompileFailure::Machine { reason } if attempt >= options.max_tries => {
            Decision::Park(DeadLetterReason { attempts: attempt, last_error: reason })
        }
        CompileFailure::Machine { reason } => Decision::Retry { delay: options.retry_delay(attempt), error: reason },
    }
}

/// The verdict on a parked job. What went wrong is the operator's to read, in the dead letter.
pub(super) fn parked(reason: &DeadLetterReason) -> CompilationVerdict {
    CompilationVerdict::DeadLettered {
        compile_error: format!(
            "the compiler service gave up after {} tries; this is not the source's fault as far as is known; ask the operator \
             to look at the dead letter and requeue it",
            reason.attempts
        ),
    }
}

#[cfg(test)]
mod tests {
    use nil_core::Language;

    use super::*;
    use crate::toolchain::Limit;

    fn decide(failure: CompileFailure, attempt: u32) -> Decision {
        let toolchain =
            ToolchainInfo { language: Language::AssemblyScript, version: "1".to_owned(), digest: "d".to_owned() };
        after(Err(failure), toolchain, attempt, &ServiceOptions::default())
    }

    #[test]
    fn faults_of_the_source_are_final_at_the_first_try() {
        for failure in [
            CompileFailure::Rejected { compile_error: "x".to_owned(), diagnostics: Vec::new() },
            CompileFailure::LimitExceeded(Limit::Time { timeout_ms: 1000 }),
            CompileFailure::Crashed { detail: "it ended by signal 11".to_owned() },
        ] {
            let decision = decide(failure, 1);
            assert!(matches!(decision, Decision::Finish(CompilationVerdict::Failed { .. })), "{decision:?}");
        }
    }

    #[test]
    fn faults_of_the_machine_are_tried_again_and_then_parked() {
        let broken = CompileFailure::Machine { reason: "no worker".to_owned() };
        assert!(matches!(decide(broken.clone(), 3), Decision::Retry { .. }));
        let parked = Decision::Park(DeadLetterReason { attempts: 4, last_error: "no worker".to_owned() });
        assert_eq!(decide(broken, 4), parked);
    }

    #[test]
    fn a_job_delivered_too_often_is_parked_unseen() {
        let options = ServiceOptions::default();
        assert_eq!(before(4, None, &options), None);
        let reason = before(5, None, &options).expect("the fifth delivery is one too many");
        assert_eq!(reason.attempts, 4);
        assert!(reason.last_error.contains("vanished"), "{}", reason.last_error);
    }
}
