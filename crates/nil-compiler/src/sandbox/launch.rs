//! The sandbox itself: where processes run, and how one is started.

use std::{
    ffi::OsString,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use tokio_util::task::task_tracker::TaskTrackerToken;

use super::{
    confine::{ResourceLimits, confine},
    error::SandboxError,
    identity::Identity,
    launcher::Launcher,
    scratch::ServiceScratch,
};
use crate::process::{Pipes, Process};

/// Settings of the sandbox.
#[derive(Debug, Clone, Default)]
pub struct SandboxOptions {
    /// Where scratch folders go. Default: `nil-scratch-<uid>` in the system's folder for temporary files. A service
    /// that is root can give root up for its toolchains only if other users may pass through this path.
    pub scratch_dir: Option<PathBuf>,
}

/// Starts toolchain processes, each in its own box. Clones share one launcher and one scratch folder; when the
/// last one is dropped, whatever still runs is killed.
#[derive(Debug, Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    scratch: ServiceScratch,
    root: PathBuf,
    launcher: Launcher,
}

/// One process to start.
#[derive(Debug, Clone)]
pub(crate) struct ProcessSpec {
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<OsString>,
    pub(crate) identity: Identity,
    pub(crate) limits: ResourceLimits,
}

impl Sandbox {
    /// Prepares the scratch folder and clears what services that are gone left in it.
    ///
    /// # Errors
    /// When the scratch folder cannot be made or is not this user's own, or the launcher cannot start.
    pub fn new(options: SandboxOptions) -> Result<Self, SandboxError> {
        let root = options.scratch_dir.unwrap_or_else(default_scratch_root);
        let scratch = ServiceScratch::create(&root)?;
        let launcher = Launcher::start().map_err(SandboxError::Launcher)?;
        Ok(Self { inner: Arc::new(Inner { scratch, root, launcher }) })
    }

    /// As whom a toolchain that must read `paths` would run here.
    #[must_use]
    pub fn identity_for(&self, paths: &[&Path]) -> Identity {
        let mut all = paths.to_vec();
        // Scratch folders are pass-only: their own parents decide whether another user gets there.
        if let Some(parent) = self.inner.root.parent() {
            all.push(parent);
        }
        Identity::choose(&all)
    }

    /// Starts a process in a fresh box. `alive` is let go once the process is gone and its scratch folder too.
    pub(crate) async fn spawn(
        &self,
        spec: &ProcessSpec,
        alive: TaskTrackerToken,
    ) -> Result<(Process, Pipes), SandboxError> {
        let owner = spec.identity.change_to();
        let scratch =
            self.inner.scratch.process_dir(owner).map_err(|error| SandboxError::scratch(&self.inner.root, error))?;
        let mut command = Command::new(&spec.program);
        command
            .args(&spec.args)
            .env_clear()
            // `TMPDIR` doubles as the mark by which a process that slipped away is recognised as ours.
            .env("TMPDIR", scratch.path())
            .env("HOME", scratch.path())
            .current_dir(scratch.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(id) = owner {
            command.uid(id).gid(id);
        }
        confine(&mut command, spec.limits);
        let failed = |source| SandboxError::Spawn { program: spec.program.clone(), source };
        let child = self.inner.launcher.spawn(command).await.map_err(failed)?;
        Process::adopt(child, scratch, alive).map_err(failed)
    }
}

fn default_scratch_root() -> PathBuf {
    std::env::temp_dir().join(format!("nil-scratch-{}", rustix::process::geteuid().as_raw()))
}
