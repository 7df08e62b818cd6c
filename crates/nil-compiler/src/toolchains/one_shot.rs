//! What compilers that end by themselves have in common: turns, a box for each run, and what its end means. How a
//! language is compiled is a [`Compiler`].

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use nil_core::{
    Diagnostic, Language, Severity, ToolchainInfo, escape_control, render_plain, truncate_to_char_boundary,
};
use tokio::sync::Semaphore;

use super::StartError;
use crate::{
    install::{InUse, Installation},
    process::Exit,
    sandbox::{BoxLimits, BoxSpec, Completed, Ending, Run, Sandbox},
    source_check::check_source,
    toolchain::{BoxFuture, CompileFailure, CompileRequest, Compiled, Limit, Toolchain},
    workers::{PoolOptions, bounded, printable},
};

/// Kept of what a compiler prints, beyond what of it is shown: diagnostics are made of it.
const OUTPUT_BYTES: usize = 256 << 10;

/// Processes of one run: a driver, its compilers one after the other, a linker; and room to see a bomb for what it is.
const PROCESSES: usize = 16;

const THREADS: u64 = 128;

/// Temporary files: objects, and whatever the compiler keeps.
const SCRATCH_BYTES: u64 = 256 << 20;

/// Every module begins so.
const WASM_MAGIC: &[u8] = b"\0asm\x01\0\0\0";

/// Compiles one language, run by run.
pub(super) trait Compiler: fmt::Debug + Send + Sync + 'static {
    /// From sources to a module.
    fn compile<'a>(&'a self, job: &'a Job<'a>) -> BoxFuture<'a, Result<Output, CompileFailure>>;
}

/// What a compiler yields.
pub(super) struct Output {
    pub(super) wasm: Vec<u8>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// One compilation.
pub(super) struct Job<'a> {
    pub(super) language: Language,
    pub(super) request: &'a CompileRequest,
    sandbox: &'a Sandbox,
    deadline: Instant,
}

/// One run of a program in a box of its own.
pub(super) struct Step<'a> {
    /// What it is called in messages.
    pub(super) name: &'a str,
    pub(super) spec: BoxSpec,
    /// Files beside the function's own.
    pub(super) files: &'a [(&'a str, &'a [u8])],
}

/// A run that came to its end.
pub(super) struct Ran {
    pub(super) succeeded: bool,
    /// What was printed to standard error.
    pub(super) stderr: String,
    pub(super) completed: Completed,
}

impl Job<'_> {
    /// What a box of this compilation may use.
    pub(super) fn box_limits(&self) -> BoxLimits {
        let limits = &self.request.limits;
        BoxLimits {
            memory_bytes: limits.memory_bytes,
            processes: PROCESSES,
            threads: THREADS,
            scratch_bytes: SCRATCH_BYTES,
            open_files: 1024,
            cpu_seconds: limits.timeout_ms.div_ceil(1000) * 4,
        }
    }

    /// The function's files with their contents, the entry file first.
    pub(super) fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        let entry = (self.language.entry_file(), &*self.request.source);
        std::iter::once(entry).chain(self.request.files.iter())
    }

    /// Runs a program over the function's files, in what is left of the time. A crash and a passed limit are failures
    /// of the compilation; what the program says about the source is the caller's to read.
    pub(super) async fn run(&self, step: Step<'_>) -> Result<Ran, CompileFailure> {
        let files: Vec<(&str, &[u8])> =
            self.sources().map(|(path, text)| (path, text.as_bytes())).chain(step.files.iter().copied()).collect();
        let timeout = self.deadline.saturating_duration_since(Instant::now());
        let run = Run { stdin: b"", files: &files, timeout, output_bytes: OUTPUT_BYTES };
        let completed = self
            .sandbox
            .run(&step.spec, run)
            .await
            .map_err(|error| CompileFailure::Machine { reason: error.to_string() })?;
        let stderr = String::from_utf8_lossy(&completed.stderr.bytes).into_owned();
        match completed.ending {
            Ending::Limit(Limit::Time { .. }) => {
                Err(CompileFailure::LimitExceeded(Limit::Time { timeout_ms: self.request.limits.timeout_ms }))
            }
            Ending::Limit(limit) => Err(CompileFailure::LimitExceeded(limit)),
            Ending::Exited(Exit::Code(code)) => Ok(Ran { succeeded: code == 0, stderr, completed }),
            Ending::Exited(exit) => Err(crashed(step.name, &exit.to_string(), &stderr)),
        }
    }

    /// The module that a program left.
    pub(super) fn module(&self, completed: &Completed, path: &str) -> Result<Vec<u8>, CompileFailure> {
        let module_bytes = self.request.limits.module_bytes;
        match completed.fetch(path, module_bytes) {
            Ok(wasm) => Ok(wasm),
            Err(crate::sandbox::FetchError::TooLarge { .. }) => {
                Err(CompileFailure::LimitExceeded(Limit::Module { module_bytes }))
            }
            Err(error) => Err(CompileFailure::Crashed { detail: error.to_string() }),
        }
    }

    /// The column in characters of a byte in a line, both from 1, as compilers count them.
    pub(super) fn column(&self, file: &str, line: u32, byte: u32) -> u32 {
        let text = self.sources().find(|(path, _)| *path == file).map(|(_, text)| text);
        let line = text.and_then(|text| text.split('\n').nth((line as usize).checked_sub(1)?));
        let Some(line) = line else { return byte };
        let before = (byte as usize).saturating_sub(1);
        line.char_indices().take_while(|(at, _)| *at < before).count() as u32 + 1
    }
}

/// What it means that a compiler did not succeed: the source's fault if it named an error, else its own.
pub(super) fn refused(name: &str, diagnostics: Vec<Diagnostic>, stderr: &str) -> CompileFailure {
    if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        CompileFailure::Rejected { compile_error: render_plain(&diagnostics), diagnostics }
    } else {
        crashed(name, "it failed without naming an error", stderr)
    }
}

/// The compiler's own fault; what it said is kept for the operator.
pub(super) fn crashed(name: &str, how: &str, stderr: &str) -> CompileFailure {
    tracing::error!(
        compiler = name,
        how,
        said = escape_control(truncate_to_char_boundary(stderr, 4000)),
        "a compiler crashed"
    );
    let said = stderr.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let said = escape_control(truncate_to_char_boundary(said, 200));
    let detail = if said.is_empty() { format!("{name}: {how}") } else { format!("{name}: {how}: {said}") };
    CompileFailure::Crashed { detail }
}

/// A [`Toolchain`] over a [`Compiler`].
#[derive(Debug)]
pub(super) struct OneShot<C> {
    info: ToolchainInfo,
    compiler: C,
    sandbox: Sandbox,
    workers: usize,
    turns: Semaphore,
    _in_use: InUse,
}

impl<C: Compiler> OneShot<C> {
    pub(super) fn start(
        installation: &Installation,
        sandbox: &Sandbox,
        options: &PoolOptions,
        compiler: C,
    ) -> Result<Arc<dyn Toolchain>, StartError> {
        let workers = options.workers.max(1);
        Ok(Arc::new(Self {
            info: installation.info(),
            compiler,
            sandbox: sandbox.clone(),
            workers,
            turns: Semaphore::new(workers),
            _in_use: installation.hold().map_err(StartError::unusable(installation))?,
        }))
    }

    async fn compile_source(&self, request: CompileRequest) -> Result<Compiled, CompileFailure> {
        let language = self.info.language;
        check_source(language, &request.source, &request.files, &request.limits)?;
        let turn = self.turns.acquire().await;
        let _turn = turn.map_err(|_| CompileFailure::Machine { reason: "the toolchain was stopped".to_owned() })?;
        let began = Instant::now();
        let deadline = began + Duration::from_millis(request.limits.timeout_ms);
        let job = Job { language, request: &request, sandbox: &self.sandbox, deadline };
        let most_bytes = request.limits.diagnostics_bytes;
        match self.compiler.compile(&job).await {
            Ok(Output { wasm, .. }) if !wasm.starts_with(WASM_MAGIC) => {
                Err(CompileFailure::Crashed { detail: "it reported success without a module".to_owned() })
            }
            Ok(Output { wasm, diagnostics }) => {
                let diagnostics = bounded(diagnostics, most_bytes);
                Ok(Compiled { wasm, diagnostics, compile_ms: began.elapsed().as_millis() as u64 })
            }
            Err(CompileFailure::Rejected { compile_error, diagnostics }) => Err(CompileFailure::Rejected {
                compile_error: printable(truncate_to_char_boundary(&compile_error, most_bytes as usize)),
                diagnostics: bounded(diagnostics, most_bytes),
            }),
            Err(failure) => Err(failure),
        }
    }
}

impl<C: Compiler> Toolchain for OneShot<C> {
    fn language(&self) -> Language {
        self.info.language
    }

    fn info(&self) -> ToolchainInfo {
        self.info.clone()
    }

    fn workers(&self) -> usize {
        self.workers
    }

    fn ready(&self) -> BoxFuture<'_, usize> {
        Box::pin(async move {
            drop(self.turns.acquire().await);
            self.turns.available_permits()
        })
    }

    fn compile(&self, request: CompileRequest) -> BoxFuture<'_, Result<Compiled, CompileFailure>> {
        Box::pin(self.compile_source(request))
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        // Boxes are ended with the compilations that are in them.
        Box::pin(async { self.turns.close() })
    }
}
