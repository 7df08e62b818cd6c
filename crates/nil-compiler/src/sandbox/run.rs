//! Runs a program in a box from start to end: files in, limits kept, output captured, a verdict, files out.

use std::{pin::pin, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    time::{sleep, timeout},
};
use tokio_util::task::TaskTracker;

use super::{
    error::SandboxError,
    files::{self, FetchError},
    launch::{Prepared, Sandbox},
    plan::Standing,
    spec::{BoxSpec, Run},
};
use crate::{
    process::{Breach, Exit, Pipes, Process, WatchLimits, watch},
    toolchain::Limit,
};

/// A program may print this many times what is kept of it.
const PATIENCE_WITH_OUTPUT: usize = 16;

/// What a dead program printed last is in the pipe already.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A program that has been run. Nothing of its box is alive any more; its scratch folder is, until this is dropped.
#[derive(Debug)]
pub struct Completed {
    /// How it ended.
    pub ending: Ending,
    /// What it printed to standard output.
    pub stdout: Captured,
    /// What it printed to standard error.
    pub stderr: Captured,
    /// How its box stood.
    pub(super) standing: Standing,
    process: Process,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The program ended by itself, or crashed.
    Exited(Exit),
    /// It passed a limit, and everything in the box was ended.
    Limit(Limit),
}

/// Output, as far as it was kept.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Captured {
    /// The beginning.
    pub bytes: Vec<u8>,
    /// How much more there was, in bytes.
    pub missing_bytes: u64,
}

impl Completed {
    /// Reads a file that the program left in its scratch folder, by its relative path.
    ///
    /// # Errors
    /// When there is none, it is not a plain file, a link is on the way, or it has more than `most_bytes`.
    pub fn fetch(&self, path: &str, most_bytes: u64) -> Result<Vec<u8>, FetchError> {
        files::fetch(self.process.scratch(), path, most_bytes)
    }
}

impl Sandbox {
    /// Runs a program in a fresh box until it ends or passes a limit. Dropping the future ends the box.
    ///
    /// # Errors
    /// When this machine cannot put up the box, or cannot execute the program. Whatever the program does is an
    /// [`Ending`].
    pub async fn run(&self, spec: &BoxSpec, run: Run<'_>) -> Result<Completed, SandboxError> {
        let tracker = TaskTracker::new();
        let mut prepared = self.prepare(spec, tracker.token()).await?;
        if !run.files.is_empty() {
            let files: Vec<_> =
                run.files.iter().map(|(path, content)| ((*path).to_owned(), content.to_vec())).collect();
            prepared = tokio::task::spawn_blocking(move || -> std::io::Result<Prepared> {
                files::put(prepared.process.scratch(), &files)?;
                Ok(prepared)
            })
            .await
            .map_err(SandboxError::no_box)?
            .map_err(|error| SandboxError::scratch(self.root(), error))?;
        }
        let standing = prepared.standing.clone();
        let (mut process, pipes) = prepared.go().await?;
        let (ending, stdout, stderr) = attend(&mut process, pipes, spec, &run).await;
        // On its own thread, and before anything is read: nobody writes to what is fetched.
        let process = tokio::task::spawn_blocking(move || {
            process.end();
            process
        })
        .await
        .map_err(SandboxError::no_box)?;
        Ok(Completed { ending, stdout, stderr, standing, process })
    }
}

/// Feeds the program and listens to it until it ends, one way or another.
async fn attend(process: &mut Process, pipes: Pipes, spec: &BoxSpec, run: &Run<'_>) -> (Ending, Captured, Captured) {
    let Pipes { mut stdin, stdout, stderr } = pipes;
    let limits = WatchLimits {
        memory_bytes: spec.limits.memory_bytes,
        processes: spec.limits.processes,
        scratch_bytes: spec.limits.scratch_bytes,
    };
    let (mut out, mut err) = (Captured::default(), Captured::default());
    let ended = process.ended();
    let write = async {
        // A program that does not listen shows itself by how it ends.
        let _ = stdin.write_all(run.stdin).await;
        drop(stdin);
        std::future::pending::<()>().await;
    };
    let (mut heard, mut passed) = (false, None);
    {
        let mut listening = pin!(async {
            tokio::try_join!(capture(stdout, &mut out, run.output_bytes), capture(stderr, &mut err, run.output_bytes))
        });
        let (mut ended, mut write, mut watching) = (pin!(ended), pin!(write), pin!(watch(process, &limits)));
        let mut timer = pin!(sleep(run.timeout));
        loop {
            tokio::select! {
                result = &mut listening, if !heard => match result {
                    Ok(_) => { heard = true; continue; }
                    Err(TooMuch) => passed = Some(printed_too_much(run)),
                },
                () = &mut ended => {}
                () = &mut write => {}
                breach = &mut watching => passed = Some(match breach {
                    Breach::Memory => Limit::Memory { memory_bytes: limits.memory_bytes },
                    Breach::Processes => Limit::Processes { processes: limits.processes },
                    Breach::Scratch => Limit::Scratch { scratch_bytes: limits.scratch_bytes },
                }),
                () = &mut timer => passed = Some(Limit::Time { timeout_ms: run.timeout.as_millis() as u64 }),
            }
            break;
        }
        if passed.is_none()
            && !heard
            && let Ok(Err(TooMuch)) = timeout(LAST_WORDS, listening).await
        {
            passed = Some(printed_too_much(run));
        }
    }
    let ending = passed.map_or_else(|| judge(process, spec), Ending::Limit);
    (ending, out, err)
}

fn printed_too_much(run: &Run<'_>) -> Limit {
    Limit::Output { output_bytes: (run.output_bytes * PATIENCE_WITH_OUTPUT) as u64 }
}

/// One output is too long.
struct TooMuch;

/// Reads one output to its end, and keeps its beginning.
async fn capture(mut pipe: impl AsyncRead + Unpin, into: &mut Captured, most_bytes: usize) -> Result<(), TooMuch> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let Ok(length @ 1..) = pipe.read(&mut buffer).await else { return Ok(()) };
        let kept = length.min(most_bytes - into.bytes.len());
        into.bytes.extend_from_slice(&buffer[..kept]);
        into.missing_bytes += (length - kept) as u64;
        if into.missing_bytes > (most_bytes * (PATIENCE_WITH_OUTPUT - 1)) as u64 {
            return Err(TooMuch);
        }
    }
}

/// What it means that the program ended.
fn judge(process: &Process, spec: &BoxSpec) -> Ending {
    let exit = process.exit().unwrap_or(Exit::Signal(9));
    match process.limit_behind(exit, &spec.limits) {
        Some(limit) => Ending::Limit(limit),
        None => Ending::Exited(exit),
    }
}
