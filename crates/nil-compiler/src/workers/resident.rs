//! A toolchain made of resident workers: sources in, replies turned into modules or failures.

use std::time::Instant;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use nil_core::{
    CompileLimits, Diagnostic, Language, Severity, ToolchainInfo, escape_control, truncate_to_char_boundary,
};

use super::{
    exchange::Job,
    pool::{Pool, RunFailure},
    protocol::Reply,
    spec::{PoolOptions, WorkerSpec},
};
use crate::{
    install::InUse,
    sandbox::Sandbox,
    source_check::check_source,
    toolchain::{BoxFuture, CompileFailure, CompileRequest, Compiled, Limit, SharedRuntime, Toolchain},
};

/// Every WebAssembly binary starts so, components and modules alike.
const WASM_MAGIC: &[u8] = b"\0asm";

/// A toolchain whose compiler stays in memory.
#[derive(Debug)]
pub(crate) struct ResidentToolchain {
    info: ToolchainInfo,
    pub(super) pool: Pool,
    runtime: Option<SharedRuntime>,
    _in_use: Option<InUse>,
}

impl ResidentToolchain {
    /// Starts warming workers up; must be called on a runtime.
    pub(crate) fn start(info: ToolchainInfo, sandbox: Sandbox, spec: WorkerSpec, options: PoolOptions) -> Self {
        Self { info, pool: Pool::start(sandbox, spec, options), runtime: None, _in_use: None }
    }

    /// Keeps the files the workers run from being removed as long as the toolchain is there.
    pub(crate) fn holding(self, in_use: InUse) -> Self {
        Self { _in_use: Some(in_use), ..self }
    }

    /// The runtime the modules ask for.
    pub(crate) fn with_runtime(self, runtime: SharedRuntime) -> Self {
        Self { runtime: Some(runtime), ..self }
    }

    async fn compile_source(&self, request: CompileRequest) -> Result<Compiled, CompileFailure> {
        let CompileRequest { source, files, limits } = request;
        check_source(self.info.language, &source, &files, &limits)?;
        let began = Instant::now();
        let reply =
            self.pool.run(Job { source: &source, files: &files, limits: &limits }).await.map_err(|failure| {
                match failure {
                    RunFailure::Limit(limit) => CompileFailure::LimitExceeded(limit),
                    RunFailure::Crashed { detail } => CompileFailure::Crashed { detail },
                    RunFailure::NoWorker { reason } => CompileFailure::Machine { reason },
                }
            })?;
        judge(reply, &limits, began.elapsed().as_millis() as u64)
    }
}

impl Toolchain for ResidentToolchain {
    fn language(&self) -> Language {
        self.info.language
    }

    fn info(&self) -> ToolchainInfo {
        self.info.clone()
    }

    fn workers(&self) -> usize {
        self.pool.workers()
    }

    fn ready(&self) -> BoxFuture<'_, usize> {
        Box::pin(self.pool.ready())
    }

    fn compile(&self, request: CompileRequest) -> BoxFuture<'_, Result<Compiled, CompileFailure>> {
        Box::pin(self.compile_source(request))
    }

    fn runtime(&self) -> Option<&SharedRuntime> {
        self.runtime.as_ref()
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.pool.stop())
    }
}

/// Turns a reply into a module or a failure. What a worker says is bounded and made printable here.
fn judge(reply: Reply, limits: &CompileLimits, compile_ms: u64) -> Result<Compiled, CompileFailure> {
    let diagnostics = bounded(reply.diagnostics, limits.diagnostics_bytes);
    if !reply.ok {
        let text = reply.compile_error.unwrap_or_else(|| nil_core::render_plain(&diagnostics));
        let text = if text.is_empty() { "the compiler refused the source without saying why".to_owned() } else { text };
        let compile_error = printable(truncate_to_char_boundary(&text, limits.diagnostics_bytes as usize));
        return Err(CompileFailure::Rejected { compile_error, diagnostics });
    }
    let wasm = reply
        .wasm_base64
        .and_then(|text| STANDARD.decode(text).ok())
        .filter(|wasm| wasm.starts_with(WASM_MAGIC))
        .ok_or_else(|| CompileFailure::Crashed { detail: "it reported success without a module".to_owned() })?;
    if wasm.len() as u64 > limits.module_bytes {
        return Err(CompileFailure::LimitExceeded(Limit::Module { module_bytes: limits.module_bytes }));
    }
    Ok(Compiled { wasm, diagnostics, compile_ms })
}

/// As many diagnostics as fit, errors of the compiler's order first come first kept; then how many are missing.
pub(crate) fn bounded(diagnostics: Vec<Diagnostic>, most_bytes: u64) -> Vec<Diagnostic> {
    let total = diagnostics.len();
    let mut bytes = 0;
    let mut kept: Vec<Diagnostic> = diagnostics
        .into_iter()
        .map(|diagnostic| Diagnostic {
            message: printable(&diagnostic.message),
            file: diagnostic.file.as_deref().map(escape_control),
            code: diagnostic.code.as_deref().map(escape_control),
            ..diagnostic
        })
        .take_while(|diagnostic| {
            bytes += diagnostic.message.len() as u64 + diagnostic.file.as_ref().map_or(0, String::len) as u64;
            bytes <= most_bytes
        })
        .collect();
    if kept.len() < total {
        let mut note = Diagnostic::error(format!("{} more not shown", total - kept.len()));
        note.severity = Severity::Info;
        kept.push(note);
    }
    kept
}

/// Line feeds stay, other control characters become visible: PostgreSQL takes no NUL, a terminal no escapes.
pub(crate) fn printable(text: &str) -> String {
    text.split('\n').map(escape_control).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(ok: bool) -> Reply {
        Reply { id: "1".to_owned(), ok, wasm_base64: None, diagnostics: Vec::new(), compile_error: None, crash: None }
    }

    fn judged(reply: Reply, limits: &CompileLimits) -> Result<Compiled, CompileFailure> {
        judge(reply, limits, 1)
    }

    #[test]
    fn a_module_passes_only_with_its_header_and_within_its_limit() {
        let limits = CompileLimits { module_bytes: 8, ..CompileLimits::default() };
        let module = |bytes: &[u8]| Reply { wasm_base64: Some(STANDARD.encode(bytes)), ..reply(true) };
        assert!(judged(module(b"\0asm\x01\0\0\0"), &limits).is_ok());
        let too_large = judged(module(b"\0asm\x01\0\0\0\0"), &limits);
        assert_eq!(too_large, Err(CompileFailure::LimitExceeded(Limit::Module { module_bytes: 8 })));
        assert!(matches!(judged(module(b"\x7fELF"), &limits), Err(CompileFailure::Crashed { .. })));
        assert!(matches!(judged(reply(true), &limits), Err(CompileFailure::Crashed { .. })));
    }

    #[test]
    fn what_a_compiler_says_is_cut_and_printable() {
        let limits = CompileLimits { diagnostics_bytes: 100, ..CompileLimits::default() };
        let diagnostics = (0..10).map(|_| Diagnostic::error("x\0\u{1b}[31m".repeat(4))).collect();
        let text = format!("first\nsecond\0\u{1b}[2J{}", "y".repeat(500));
        let failure = judged(Reply { diagnostics, compile_error: Some(text), ..reply(false) }, &limits);
        let Err(CompileFailure::Rejected { compile_error, diagnostics }) = failure else { panic!("{failure:?}") };
        assert!(compile_error.starts_with("first\nsecond\\u{0}\\u{1b}[2J"), "{compile_error}");
        assert!(compile_error.len() < 200);
        assert!(diagnostics[0].message.starts_with("x\\u{0}\\u{1b}[31m"), "{}", diagnostics[0].message);
        let note = diagnostics.last().expect("a note at the end");
        assert_eq!((note.severity, note.message.as_str()), (Severity::Info, "9 more not shown"));
    }
}
