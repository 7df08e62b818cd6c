//! WebAssembly's text format, by the `wast` crate in this process: safe Rust over a text of bounded size, so it needs
//! no box. Its work and memory grow with the text alone, nesting is bounded by the crate, and each compilation has a
//! thread of its own with a stack of its own.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use nil_core::{CompileLimits, Diagnostic, Language, ToolchainInfo, escape_control, render_plain};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::timeout,
};
use wast::{
    Wat,
    parser::{self, ParseBuffer},
};

use crate::{
    install::Installation,
    source_check::check_source,
    toolchain::{BoxFuture, CompileFailure, CompileRequest, Compiled, Limit, Toolchain},
    workers::PoolOptions,
};

/// What compiles it, as artifacts name it: the version that `Cargo.lock` pins.
pub(super) const VERSION: &str = "wast 254";

/// Enough for the deepest nesting the parser takes, several times over.
const STACK_BYTES: usize = 16 << 20;

pub(super) fn start(installation: &Installation, options: &PoolOptions) -> Arc<dyn Toolchain> {
    let workers = options.workers.max(1);
    Arc::new(WatToolchain { info: installation.info(), workers, turns: Arc::new(Semaphore::new(workers)) })
}

/// Compiles on threads of this process.
#[derive(Debug)]
struct WatToolchain {
    info: ToolchainInfo,
    workers: usize,
    /// Held by a thread until it ends, also when nobody waits for it any more.
    turns: Arc<Semaphore>,
}

impl WatToolchain {
    async fn compile_text(&self, request: CompileRequest) -> Result<Compiled, CompileFailure> {
        let CompileRequest { source, files, limits } = request;
        check_source(Language::Wat, &source, &files, &limits)?;
        if let Some((path, _)) = files.iter().next() {
            return Err(refuse(Diagnostic::error(format!(
                "a function in the text format is one file; remove `{path}`"
            ))));
        }
        let machine = |reason: String| CompileFailure::Machine { reason };
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|error| machine(error.to_string()))?;
        let began = Instant::now();
        let result = run(source, turn).map_err(|error| machine(format!("no thread to compile on: {error}")))?;
        match timeout(Duration::from_millis(limits.timeout_ms), result).await {
            Ok(Ok(Ok(wasm))) => finish(wasm, &limits, began),
            Ok(Ok(Err(diagnostic))) => Err(refuse(*diagnostic)),
            Ok(Err(_)) => Err(CompileFailure::Crashed { detail: "the text parser panicked".to_owned() }),
            Err(_) => Err(CompileFailure::LimitExceeded(Limit::Time { timeout_ms: limits.timeout_ms })),
        }
    }
}

type Assembled = Result<Vec<u8>, Box<Diagnostic>>;

/// Assembles on a thread of its own.
fn run(source: Arc<str>, turn: OwnedSemaphorePermit) -> std::io::Result<oneshot::Receiver<Assembled>> {
    let (sender, receiver) = oneshot::channel();
    thread::Builder::new().name("wat".to_owned()).stack_size(STACK_BYTES).spawn(move || {
        let _turn = turn;
        // Nobody may be waiting any more, which is no error.
        let _ = sender.send(assemble(&source));
    })?;
    Ok(receiver)
}

/// The module of a text, with names, or the first thing that is wrong with it.
fn assemble(source: &str) -> Assembled {
    let explained = |error: &wast::Error| Box::new(explain(error, source));
    let buffer = ParseBuffer::new(source).map_err(|error| explained(&error))?;
    let mut wat = parser::parse::<Wat<'_>>(&buffer).map_err(|error| explained(&error))?;
    wat.encode().map_err(|error| explained(&error))
}

fn explain(error: &wast::Error, source: &str) -> Diagnostic {
    let (line, byte) = error.span().linecol_in(source);
    let text = source.lines().nth(line).unwrap_or_default();
    let column = text.char_indices().take_while(|(at, _)| *at < byte).count() + 1;
    let mut diagnostic = Diagnostic::error(escape_control(&error.message()));
    diagnostic.file = Some(Language::Wat.entry_file().to_owned());
    diagnostic.line = u32::try_from(line + 1).ok();
    diagnostic.column = u32::try_from(column).ok();
    diagnostic
}

fn finish(wasm: Vec<u8>, limits: &CompileLimits, began: Instant) -> Result<Compiled, CompileFailure> {
    if wasm.len() as u64 > limits.module_bytes {
        return Err(CompileFailure::LimitExceeded(Limit::Module { module_bytes: limits.module_bytes }));
    }
    Ok(Compiled { wasm, diagnostics: Vec::new(), compile_ms: began.elapsed().as_millis() as u64 })
}

fn refuse(diagnostic: Diagnostic) -> CompileFailure {
    CompileFailure::Rejected {
        compile_error: render_plain(std::slice::from_ref(&diagnostic)),
        diagnostics: vec![diagnostic],
    }
}

impl Toolchain for WatToolchain {
    fn language(&self) -> Language {
        Language::Wat
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
        Box::pin(self.compile_text(request))
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        // Threads end by themselves, in the time a text takes.
        Box::pin(async {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn compile(source: &str) -> Result<Compiled, CompileFailure> {
        let installation = Installation {
            language: Language::Wat,
            dir: "/".into(),
            version: VERSION.to_owned(),
            digest: "test".to_owned(),
        };
        let toolchain = start(&installation, &PoolOptions::default());
        let limits = CompileLimits::default();
        toolchain.compile(CompileRequest { source: source.into(), files: Arc::default(), limits }).await
    }

    #[tokio::test]
    async fn a_text_becomes_a_module() {
        let compiled = compile("(module (func (export \"one\") (result i32) i32.const 1))").await.expect("a module");
        assert!(compiled.wasm.starts_with(b"\0asm\x01\0\0\0"));
    }

    #[tokio::test]
    async fn a_mistake_has_its_place() {
        let error = compile("(module\n  (func (; ü ;) (result i33)))").await.expect_err("no such type");
        let CompileFailure::Rejected { diagnostics, .. } = error else { panic!("{error:?}") };
        let place = &diagnostics[0];
        assert_eq!(
            (place.file.as_deref(), place.line, place.column),
            (Some("index.wat"), Some(2), Some(25)),
            "{place:?}"
        );
        let unknown = compile("(module (func call $nowhere))").await.expect_err("no such function");
        assert!(unknown.to_string().contains("nowhere"), "{unknown}");
    }

    /// One mebibyte each: what a source may have.
    #[tokio::test]
    async fn texts_made_to_hurt_end_soon() {
        let bomb = |unit: &str| unit.repeat((1 << 20) / unit.len() - 64);
        let hostile = [
            bomb("("),
            bomb("(; "),
            format!("(module (func {}))", bomb("(block ")),
            format!("(module (func {}))", bomb("block ")),
            format!("(module (func {}))", bomb("(drop (i32.const 1))")),
            format!("(module {})", bomb("(type (func))")),
            format!("(module {})", bomb("(func)")),
            format!("(module (memory (data \"{}\")))", bomb("a")),
            format!("(module quote {})", bomb("\"(\" ")),
            format!("(module (func (local {})))", bomb("i32 ")),
            bomb("(module "),
            bomb("a"),
            bomb("\""),
        ];
        for source in hostile {
            let began = Instant::now();
            let result = compile(&source).await;
            let crashed = matches!(result, Err(CompileFailure::Crashed { .. } | CompileFailure::LimitExceeded(_)));
            assert!(!crashed, "{:?}: {result:?}", &source[..40]);
            assert!(began.elapsed() < Duration::from_secs(30), "{:?} took {:?}", &source[..40], began.elapsed());
        }
    }

    #[tokio::test]
    async fn further_files_are_refused() {
        let files = nil_core::SourceFiles::new([("lib.wat".to_owned(), String::new())]).expect("a path");
        let toolchain = WatToolchain {
            info: ToolchainInfo { language: Language::Wat, version: String::new(), digest: String::new() },
            workers: 1,
            turns: Arc::new(Semaphore::new(1)),
        };
        let request =
            CompileRequest { source: "(module)".into(), files: Arc::new(files), limits: CompileLimits::default() };
        let error = toolchain.compile(request).await.expect_err("one file");
        assert!(error.to_string().contains("is one file; remove `lib.wat`"), "{error}");
    }
}
