//! The compiler service of `nil up`: a process of its own, started again when it dies.

use std::{
    ffi::OsString,
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

use crate::paths;

/// How long the service may take to finish or give back its jobs.
const DRAIN: Duration = Duration::from_secs(12);

/// A service that ran this long was healthy: start it again at once.
const HEALTHY: Duration = Duration::from_secs(30);

/// What the child is started with.
pub(super) struct CompilerChild<'a> {
    pub(super) database_url: &'a str,
    pub(super) cache: &'a Path,
    pub(super) workers: Option<usize>,
    pub(super) log_format: &'static str,
    pub(super) insecure_no_sandbox: bool,
}

impl CompilerChild<'_> {
    /// Keeps the service running until `stop`, then lets it drain.
    ///
    /// Must be polled on a thread that lives as long as the process: the kernel ends the child when the thread
    /// that started it is gone.
    pub(super) async fn supervise(&self, stop: &CancellationToken) -> anyhow::Result<()> {
        let mut pause = Duration::from_millis(100);
        while !stop.is_cancelled() {
            let started = Instant::now();
            let mut child = self.spawn()?;
            tokio::select! {
                status = child.wait() => {
                    let status = status?;
                    if started.elapsed() > HEALTHY {
                        pause = Duration::from_millis(100);
                    }
                    tracing::warn!(
                        code = status.code(), signal = status.signal(), ?pause,
                        "the compiler service ended; starting it again"
                    );
                }
                () = stop.cancelled() => return drain(child).await,
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => {}
            }
            pause = (pause * 2).min(Duration::from_secs(10));
        }
        Ok(())
    }

    fn spawn(&self) -> anyhow::Result<Child> {
        let mut args: Vec<OsString> = vec!["compiler".into(), "--log-format".into(), self.log_format.into()];
        if let Some(workers) = self.workers {
            args.extend(["--workers".into(), workers.to_string().into()]);
        }
        if self.insecure_no_sandbox {
            args.push("--insecure-no-sandbox".into());
        }
        let mut command = Command::new(paths::PROGRAM);
        command
            .args(args)
            // Through the environment, because arguments can be read by everybody on the machine.
            .env("DATABASE_URL", self.database_url)
            .env("NIL_CACHE", self.cache)
            .env_remove("NIL_TOKEN")
            .stdin(Stdio::null())
            // A group of its own: Ctrl-C reaches us only, and we stop the service in order.
            .process_group(0)
            .kill_on_drop(true);
        #[expect(unsafe_code, reason = "`pre_exec` is the only place where a parent-death signal can be set")]
        // SAFETY: the closure makes one system call and allocates nothing.
        unsafe {
            command.pre_exec(|| {
                rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM))
                    .map_err(std::io::Error::from)
            });
        }
        command.spawn().context("cannot start the compiler service")
    }
}

async fn drain(mut child: Child) -> anyhow::Result<()> {
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        // Already gone is as good as stopped.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
    if tokio::time::timeout(DRAIN, child.wait()).await.is_err() {
        tracing::warn!("the compiler service did not stop in time; ending it");
        child.kill().await?;
    }
    Ok(())
}
