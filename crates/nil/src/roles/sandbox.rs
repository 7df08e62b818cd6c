//! Whether this machine may compile strangers' sources.

use std::time::Duration;

use nil_compiler::{Sandbox, Verdict};
use nil_store::{CompilationQueue, Exposure, Store};
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;

/// How often a compiler without a sandbox looks whether it may go on.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Where what to do about it is written.
const HINT: &str = "`nil doctor` tries each layer; docs/operating.md says what the box needs";

/// What the self-test allows.
pub(super) enum Permission {
    /// The box holds.
    Granted,
    /// It does not, and the operator wants to compile all the same.
    Insecure,
    /// It does not; why.
    Refused(String),
}

impl Permission {
    /// What keeps this compiler from taking jobs, for the servers.
    pub(super) fn problems(&self) -> Vec<String> {
        match self {
            Self::Refused(why) => vec![format!("its sandbox does not hold: {why}")],
            Self::Granted | Self::Insecure => Vec::new(),
        }
    }
}

/// The failure of an `--insecure-no-sandbox` that cannot be granted.
pub(super) fn refuse_insecure(why: &str) -> Failure {
    let message = format!("refusing to compile without a sandbox: {why}");
    Failure::local_with_hint(message, "leave --insecure-no-sandbox out; `nil doctor` says what the sandbox lacks")
}

/// Tries the sandbox and decides.
pub(super) async fn permission(sandbox: &Sandbox, insecure: bool, store: &Store) -> anyhow::Result<Permission> {
    let test = sandbox.self_test().await;
    for made in &test.made_of {
        tracing::debug!("the sandbox has {made}");
    }
    let why = match test.verdict() {
        Verdict::Whole => {
            tracing::info!("the sandbox holds: {} layers were tried", test.layers.len());
            return Ok(Permission::Granted);
        }
        Verdict::Weak(why) => {
            tracing::warn!(why, "the sandbox holds where it must, but not everywhere");
            return Ok(Permission::Granted);
        }
        Verdict::Refused(why) => why,
    };
    if !insecure {
        tracing::error!(why, hint = HINT, "the sandbox does not isolate sources: no job is taken");
        return Ok(Permission::Refused(why));
    }
    // Whoever can reach a server can send sources. A database elsewhere may have servers anywhere.
    if !store.is_local() {
        return Err(refuse_insecure("the database is on another machine").into());
    }
    // Before the first job; a database that does not answer has none.
    if let Ok(Exposure::Network) = CompilationQueue::new(store.clone()).exposure().await {
        return Err(exposed().into());
    }
    tracing::warn!(why, "compiling WITHOUT a sandbox, as was asked for: sources can do whatever this user can");
    Ok(Permission::Insecure)
}

/// Ends a compiler without a sandbox as soon as a server of its database can be reached from other machines; waits for
/// `stop` otherwise.
///
/// # Errors
/// When that is so; `stop` is cancelled then.
pub(super) async fn guard(
    permission: Permission,
    queue: CompilationQueue,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    if let Permission::Granted | Permission::Refused(_) = permission {
        stop.cancelled().await;
        return Ok(());
    }
    loop {
        // A database that does not answer gives no jobs either.
        if let Ok(Exposure::Network) = queue.exposure().await {
            stop.cancel();
            return Err(exposed().into());
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = stop.cancelled() => return Ok(()),
        }
    }
}

fn exposed() -> Failure {
    refuse_insecure("a server of this database listens beyond loopback")
}
