//! What the build log of a version says. Kept before the version changes, so that a version which is over has all of
//! it; a report that is delivered again adds nothing.

use nil_core::{BuildStream, CompilationVerdict, Diagnostic, VersionId, render_plain};
use nil_store::{BuildPhase, BuildStep, Store, StoreError, VersionArtifact};

/// Lines of a compiler that are kept.
const MOST_LINES: usize = 500;

type Line = (BuildStream, String);

fn nil(text: impl Into<String>) -> Line {
    (BuildStream::Nil, text.into())
}

fn said(diagnostics: &[Diagnostic]) -> Vec<Line> {
    if diagnostics.is_empty() {
        return Vec::new();
    }
    lines_of(&render_plain(diagnostics))
}

fn lines_of(text: &str) -> Vec<Line> {
    let mut lines: Vec<Line> =
        text.lines().take(MOST_LINES).map(|line| (BuildStream::Compiler, line.to_owned())).collect();
    let left_out = text.lines().count() - lines.len();
    if left_out > 0 {
        lines.push(nil(format!("{left_out} more lines were left out")));
    }
    lines
}

pub(super) async fn started(store: &Store, version: VersionId, attempt: u32) -> Result<(), StoreError> {
    let step = BuildStep { attempt, phase: BuildPhase::Started };
    let text = match attempt {
        0 | 1 => "a compiler has it".to_owned(),
        attempt => format!("a compiler has it, attempt {attempt}"),
    };
    store.append_build_log(version, step, &[nil(text)]).await
}

pub(super) async fn compiled(
    store: &Store,
    version: VersionId,
    attempt: u32,
    verdict: &CompilationVerdict,
) -> Result<(), StoreError> {
    let lines = match verdict {
        CompilationVerdict::Compiled(artifact) => {
            let mut lines = said(&artifact.diagnostics);
            lines.push(nil(format!("compiled in {} ms by {}", artifact.compile_ms, artifact.toolchain.version)));
            lines
        }
        CompilationVerdict::Failed { compile_error, diagnostics } if diagnostics.is_empty() => lines_of(compile_error),
        CompilationVerdict::Failed { diagnostics, .. } => said(diagnostics),
        CompilationVerdict::DeadLettered { compile_error } => lines_of(compile_error),
    };
    store.append_build_log(version, BuildStep { attempt, phase: BuildPhase::Compiled }, &lines).await
}

/// The module itself, or what is wrong with it, comes behind every attempt.
const PUBLISHING: BuildStep = BuildStep { attempt: 1_000, phase: BuildPhase::Published };

pub(super) async fn published(store: &Store, version: VersionId, artifact: &VersionArtifact) -> Result<(), StoreError> {
    let text = format!("checked and made native code of {} bytes of WebAssembly", artifact.wasm.len());
    store.append_build_log(version, PUBLISHING, &[nil(text)]).await
}

pub(super) async fn rejected(store: &Store, version: VersionId, diagnostics: &[Diagnostic]) -> Result<(), StoreError> {
    store.append_build_log(version, PUBLISHING, &said(diagnostics)).await
}

pub(super) async fn reused(store: &Store, version: VersionId) -> Result<(), StoreError> {
    let text = "the same source was built before: its module is taken";
    store.append_build_log(version, BuildStep { attempt: 0, phase: BuildPhase::Published }, &[nil(text)]).await
}
