//! Sources that are checked without being deployed. A server has no compiler in it: a check goes through the database
//! to a compiler service, and the answer comes back to the server that waits for it.
//!
//! Nothing stays behind: the row is removed when the request is over, however that comes about, and the compiler that
//! works on it then stops.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use nil_api::ProblemKind;
use nil_core::{CheckId, CheckRequest, CompilationVerdict, Diagnostic};
use nil_runtime::{PublishError, PublishLimits, Published};
use nil_store::CheckProgress;
use tokio::{
    sync::{Semaphore, broadcast, broadcast::error::RecvError},
    time::Instant,
};

use crate::{app::App, http::ApiError};

/// Checks that may wait on this server at the same time; what is beyond is refused at once.
const AT_ONCE: usize = 32;

/// Modules that are validated and compiled for checks at the same time. Deployments have their own turns.
pub(crate) const PUBLISHING_AT_ONCE: usize = 2;

/// How long a source may wait for a compiler to be free, or to be back: one that starts on a busy machine takes a while.
const TURN: Duration = Duration::from_secs(30);

/// How often the database is asked while waiting, in case a notification was lost.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Answers a waiting check may fall behind before it looks at the database instead.
const ANSWERS_KEPT: usize = 256;

/// The turns of checks, and what this server hears of answers.
#[derive(Debug)]
pub(crate) struct Checks {
    turns: Semaphore,
    publishing: Arc<Semaphore>,
    answered: broadcast::Sender<Option<CheckId>>,
}

/// What became of a source, and why.
pub(crate) struct Outcome {
    /// Absent when it would not become a function.
    pub(crate) published: Option<Published>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Outcome {
    fn refused(diagnostics: Vec<Diagnostic>) -> Self {
        Self { published: None, diagnostics }
    }
}

/// What is to be checked.
pub(crate) enum Subject {
    /// What a compiler has to compile; `unserved` says why none would, as far as is known.
    Source {
        request: CheckRequest,
        unserved: Option<String>,
    },
    Module(Vec<u8>),
}

impl Checks {
    pub(crate) fn new() -> Self {
        Self {
            turns: Semaphore::new(AT_ONCE),
            publishing: Arc::new(Semaphore::new(PUBLISHING_AT_ONCE)),
            answered: broadcast::channel(ANSWERS_KEPT).0,
        }
    }

    /// Hears of answers for ever.
    pub(crate) async fn listen(app: App) {
        let mut answers = app.store().check_answers();
        loop {
            // No receiver means nobody waits, which is no error.
            let _ = app.checks().answered.send(answers.next().await);
        }
    }
}

/// Compiles and validates as a deployment would.
///
/// # Errors
/// 503 when this server, or every compiler, has too much to do or none is there.
pub(crate) async fn check(app: &App, subject: Subject) -> Result<Outcome, ApiError> {
    let _turn = app
        .checks()
        .turns
        .try_acquire()
        .map_err(|_| unavailable(format!("this server checks {AT_ONCE} sources already; try again in a moment")))?;
    let (wasm, diagnostics) = match subject {
        Subject::Module(wasm) => (wasm, Vec::new()),
        Subject::Source { request, unserved } => match compile(app, &request, unserved).await? {
            CompilationVerdict::Compiled(artifact) => {
                let wasm = BASE64_STANDARD.decode(&artifact.wasm_base64).map_err(|error| {
                    tracing::error!(%error, "a compiler service sent what is not base64");
                    ApiError::new(ProblemKind::Internal, "the compiler's answer cannot be read")
                })?;
                (wasm, artifact.diagnostics)
            }
            CompilationVerdict::Failed { compile_error, diagnostics } if diagnostics.is_empty() => {
                return Ok(Outcome::refused(vec![Diagnostic::error(compile_error)]));
            }
            CompilationVerdict::Failed { diagnostics, .. } => return Ok(Outcome::refused(diagnostics)),
            CompilationVerdict::DeadLettered { compile_error } => {
                tracing::warn!(reason = compile_error, "a source could not be checked");
                return Err(unavailable("no compiler could check the source; the servers' log has the cause"));
            }
        },
    };
    match publish(app, wasm).await? {
        Ok(published) => Ok(Outcome { published: Some(published), diagnostics }),
        Err(refusal) => Ok(Outcome::refused(diagnostics.into_iter().chain(refusal).collect())),
    }
}

/// Has a compiler service compile it, and waits for that.
async fn compile(app: &App, request: &CheckRequest, unserved: Option<String>) -> Result<CompilationVerdict, ApiError> {
    let patience = TURN + Duration::from_millis(request.limits.timeout_ms);
    let (turn, deadline) = (Instant::now() + TURN, Instant::now() + patience);
    let id = CheckId::generate();
    // Before the first look, so that an answer after it is heard.
    let mut answers = app.checks().answered.subscribe();
    // Before the request: it may arrive although nobody hears that it did.
    let _forget = Forget { app: app.clone(), id };
    app.store().request_check(id, request, patience).await?;
    loop {
        match app.store().check_progress(id).await {
            Ok(CheckProgress::Answered(verdict)) => return Ok(*verdict),
            Ok(CheckProgress::Gone) => {
                return Err(unavailable("the check was lost with the database's memory; try again"));
            }
            Ok(CheckProgress::Waiting) if Instant::now() >= turn => {
                let reason = unserved.unwrap_or_else(|| "every compiler of its language is busy".to_owned());
                return Err(unavailable(format!("no compiler took the source: {reason}; try again in a moment")));
            }
            Ok(_) if Instant::now() >= deadline => {
                return Err(unavailable("the compilation did not come to an end in time; try again"));
            }
            // A database that is back soon still has the answer.
            Err(error) if Instant::now() >= deadline || !error.is_transient() => return Err(error.into()),
            Ok(_) | Err(_) => {}
        }
        let look_again = deadline.min(Instant::now() + LOOK_AGAIN);
        while let Ok(heard) = tokio::time::timeout_at(look_again, answers.recv()).await {
            match heard {
                Ok(Some(answered)) if answered != id => {}
                Ok(_) | Err(RecvError::Lagged(_) | RecvError::Closed) => break,
            }
        }
    }
}

/// Validates and compiles a module to native code, and keeps nothing. `Err`: why it would be refused.
async fn publish(app: &App, wasm: Vec<u8>) -> Result<Result<Published, Vec<Diagnostic>>, ApiError> {
    let turn = app.checks().publishing.clone().acquire_owned().await;
    let limits = PublishLimits::new(&app.config().compile_limits, app.config().maxima.memory_bytes);
    let runtime = app.runtime().clone();
    let checked = tokio::task::spawn_blocking(move || {
        // Held until it is over, also when nobody waits for it any more.
        let _turn = turn;
        runtime.check(&wasm, &limits)
    })
    .await;
    let error = match checked {
        Ok(Ok(published)) => return Ok(Ok(published)),
        Ok(Err(PublishError::Rejected(rejection))) => return Ok(Err(rejection.diagnostics)),
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    tracing::warn!(error, "a module could not be checked");
    Err(unavailable("this server could not check the module right now; try again in a moment"))
}

fn unavailable(detail: impl Into<String>) -> ApiError {
    ApiError::new(ProblemKind::Unavailable, detail)
}

/// Removes a check when its request is over, also when the client went away in the middle of it.
struct Forget {
    app: App,
    id: CheckId,
}

impl Drop for Forget {
    fn drop(&mut self) {
        let (app, id) = (self.app.clone(), self.id);
        tokio::spawn(async move {
            if let Err(error) = app.store().forget_check(id).await {
                tracing::debug!(check = %id, %error, "could not remove a check; it goes when it expires");
            }
        });
    }
}
