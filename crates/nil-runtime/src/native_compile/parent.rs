//! Starts a compiling child, feeds it, and ends it at its deadline.

use std::{
    ffi::OsString,
    io::{self, Read},
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{
    protocol::{self, Answer, Header},
    refused,
};
use crate::{MachineError, PublishError, PublishLimits, Rejection, engine::Codegen};

/// Bytes kept of what a child says on stderr.
const MAX_STDERR_BYTES: u64 = 4_096;

/// One compilation in a child of `program`.
pub(super) fn compile(
    program: &Path,
    args: &[OsString],
    codegen: Codegen,
    wasm: &[u8],
    limits: &PublishLimits,
) -> Result<Vec<u8>, PublishError> {
    let deadline = Instant::now() + Duration::from_millis(limits.compile_timeout_ms);
    let threads = thread::available_parallelism().map_or(1, usize::from) as u64;
    let header = Header {
        codegen,
        memory_bytes: limits.compile_memory_bytes,
        cpu_seconds: (limits.compile_timeout_ms.div_ceil(1_000) + 1) * threads,
        wasm_bytes: wasm.len() as u64,
    };
    let mut child = Command::new(program)
        .args(args)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| MachineError::Spawn { program: program.to_owned(), source })?;
    let talk = converse(&mut child, &header, wasm, deadline);
    if !matches!(talk, Ok(Talk { finished: true, .. })) {
        // It may have ended by itself meanwhile.
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| protocol_error(&error))?;
    let talk = talk.map_err(|error| protocol_error(&error))?;
    if !talk.finished {
        let limit = limits.compile_timeout_ms;
        return Err(refused(&format!("compiling takes longer than {limit} ms")));
    }
    match protocol::parse_answer(talk.stdout) {
        Some(Answer::Compiled(native)) => Ok(native),
        Some(Answer::Refused(reason)) => Err(refused(&reason)),
        None => Err(verdict(status, &talk.stderr, limits)),
    }
}

/// Everything a child said.
struct Talk {
    stdout: Vec<u8>,
    stderr: String,
    /// Whether it closed its output before the deadline.
    finished: bool,
}

fn converse(child: &mut Child, header: &Header, wasm: &[u8], deadline: Instant) -> io::Result<Talk> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
        return Err(io::Error::other("the child has no pipes"));
    };
    thread::scope(|scope| {
        // A child that dies early breaks this pipe; what it said is more telling than that.
        scope.spawn(move || drop(protocol::send(stdin, header, wasm)));
        let errors = scope.spawn(move || {
            let mut text = Vec::new();
            let _ = stderr.take(MAX_STDERR_BYTES).read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        });
        let (stdout, finished) = read_until(stdout, deadline)?;
        if !finished {
            // Ends the child, and with it both threads.
            child.kill()?;
        }
        let stderr = errors.join().unwrap_or_default();
        Ok(Talk { stdout, stderr, finished })
    })
}

/// Reads to the end of `pipe`, or until `deadline`: then the answer's second part is false.
fn read_until(mut pipe: impl Read + std::os::fd::AsFd, deadline: Instant) -> io::Result<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok((bytes, false));
        }
        let timeout = Timespec::try_from(left).map_err(io::Error::other)?;
        match poll(&mut [PollFd::new(&pipe, PollFlags::IN)], Some(&timeout)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => continue,
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        match pipe.read(&mut buffer)? {
            0 => return Ok((bytes, true)),
            read => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}

/// Why a child ended without an answer.
fn verdict(status: ExitStatus, stderr: &str, limits: &PublishLimits) -> PublishError {
    const SIGXCPU: i32 = 24;
    if stderr.contains("memory allocation of") || stderr.contains("out of memory") {
        return refused(&format!("compiling needs more than {} bytes of memory", limits.compile_memory_bytes));
    }
    match status.signal() {
        Some(SIGXCPU) => refused(&format!("compiling takes longer than {} ms", limits.compile_timeout_ms)),
        // Killed from outside, most likely for the machine's memory.
        Some(9) => MachineError::Protocol { reason: "it was killed".to_owned() }.into(),
        // 101 is a panic; every other code is the child's own decision to end.
        None if status.code() != Some(101) => {
            MachineError::Protocol { reason: format!("it ended early ({status}): {}", stderr.trim()) }.into()
        }
        _ => {
            tracing::error!(%status, stderr, "the native compiler crashed");
            Rejection::new(format!("the native compiler crashed on this module ({status})")).into()
        }
    }
}

fn protocol_error(error: &io::Error) -> PublishError {
    MachineError::Protocol { reason: error.to_string() }.into()
}
