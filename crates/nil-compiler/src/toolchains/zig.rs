//! Zig: the package `ziglang` compiles and links, one behind the other in one box. What it has understood of its standard
//! library is kept from the installation on, and put into each box: reading 500 files takes half a second.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use nil_core::{Diagnostic, Language, Severity};

use super::{
    StartError,
    one_shot::{Compiler, Job, OneShot, Output, Step, crashed, refused},
    ziglang::{ZIGLANG, Zig, at_install, build_launcher, build_libraries, of_linker},
};
use crate::{
    install::{Build, BuiltRecipe, Installation, RecipeFile, nothing},
    sandbox::{BoxSpec, Sandbox},
    toolchain::{BoxFuture, CompileFailure, Toolchain},
    workers::PoolOptions,
};

macro_rules! file {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../../toolchains/zig/", $name)))
    };
}

/// What runs in the box.
const COMPILE: &str = include_str!("../../../../toolchains/zig/compile.zig");

const FILES: &[RecipeFile] =
    &[file!("entry.zig"), file!("nil.zig"), file!("template/index.zig"), ("compile.zig", COMPILE)];

/// Checks stay on: an index out of bounds is a panic, not a wrong answer.
const CODE: &[&str] = &[
    "-target",
    "wasm32-wasi",
    "-mcpu=generic+simd128",
    "-OReleaseSafe",
    "-fstrip",
    "-fsingle-threaded",
    "-fno-compiler-rt",
    "--color",
    "off",
    "-freference-trace=3",
];

/// As zig links, but that names stay. Its default of 16 MiB for the stack would be an eighth of a function's memory.
const LINK: &[&str] = &[
    "--no-entry",
    "--export-memory",
    "--export=alloc",
    "--export=handle",
    "--stack-first",
    "-z",
    "stack-size=1048576",
    "--build-id=none",
    "--strip-debug",
    "--keep-section=name",
    "--no-color-diagnostics",
];

pub(super) const RECIPE: BuiltRecipe = BuiltRecipe {
    language: Language::Zig,
    files: FILES,
    packages: &[ZIGLANG],
    settings: &[CODE, LINK],
    machine: nothing,
    build: |build| Box::pin(self::build(build)),
};

/// What zig knows of a source file, by its path and times: in each box at this place.
const CACHE: &str = ".nil-cache";

const OBJECT: &str = ".nil-object.o";
const MODULE: &str = ".nil-module.wasm";

async fn build(build: &Build<'_>) -> Result<(), String> {
    let io = |error: std::io::Error| error.to_string();
    let compiler = ZigCompiler { zig: Zig { package: build.package(&ZIGLANG) }, dir: build.dir.to_owned() };
    build_launcher(build, &compiler.zig, "compile", COMPILE).await?;
    build_libraries(build, &compiler.zig, false).await?;
    build.say("what zig knows of its standard library");
    fs::copy(build.dir.join("template/index.zig"), build.scratch.join("index.zig")).map_err(io)?;
    at_install(&compiler.program(), compiler.args(build.scratch), build.scratch).await?;
    let (from, to) = (build.scratch.join(CACHE).join("z"), build.dir.join("cache"));
    fs::create_dir(&to).map_err(io)?;
    for file in fs::read_dir(from).map_err(io)?.flatten() {
        fs::copy(file.path(), to.join(file.file_name())).map_err(io)?;
    }
    Ok(())
}

#[derive(Debug)]
struct ZigCompiler {
    zig: Zig,
    dir: PathBuf,
}

impl ZigCompiler {
    fn program(&self) -> PathBuf {
        self.dir.join("bin/compile")
    }

    /// With the function's files in `folder`, which is where zig is run.
    fn args(&self, folder: &Path) -> Vec<OsString> {
        let mut args: Vec<OsString> = CODE.iter().map(OsString::from).collect();
        let module = |name: &str, path: &Path| {
            let mut arg = OsString::from(format!("-M{name}="));
            arg.push(path);
            arg
        };
        args.push("--cache-dir".into());
        args.push(folder.join(".nil-local").into());
        args.push("--global-cache-dir".into());
        args.push(folder.join(CACHE).into());
        args.extend(["--dep", "function", "--dep", "nil"].map(OsString::from));
        args.push(module("root", &self.dir.join("entry.zig")));
        args.extend(["--dep", "nil"].map(OsString::from));
        args.push("-Mfunction=index.zig".into());
        args.push(module("nil", &self.dir.join("nil.zig")));
        args.push(format!("-femit-bin={OBJECT}").into());
        args.push("--".into());
        args.extend(LINK.iter().map(OsString::from));
        args.push(OBJECT.into());
        args.push(self.dir.join("lib/libcompiler_rt.a").into());
        args.extend(["-o", MODULE].map(OsString::from));
        args
    }

    async fn compile_files(&self, job: &Job<'_>) -> Result<Output, CompileFailure> {
        let machine = |error: std::io::Error| CompileFailure::Machine { reason: format!("zig's cache: {error}") };
        let cache = self.dir.join("cache");
        let known = tokio::task::spawn_blocking(move || read_cache(&cache)).await;
        let known = known.map_err(|error| CompileFailure::Machine { reason: error.to_string() })?.map_err(machine)?;
        let files: Vec<(&str, &[u8])> = known.iter().map(|(path, content)| (path.as_str(), &content[..])).collect();
        let spec = BoxSpec {
            program: self.program(),
            args: self.args(Path::new("")),
            read_only: vec![self.dir.clone(), self.zig.package.clone()],
            env: Vec::new(),
            limits: job.box_limits(),
        };
        let ran = job.run(Step { name: "zig", spec, files: &files }).await?;
        let stderr = self.without_our_paths(&ran.stderr);
        if stderr.starts_with("thread ") && stderr.contains(" panic: ") {
            return Err(crashed("zig", "it stopped with an error of its own", &stderr));
        }
        let diagnostics = diagnostics(job, &stderr);
        if !ran.succeeded {
            return Err(refused("zig", diagnostics, &stderr));
        }
        Ok(Output { wasm: job.module(&ran.completed, MODULE)?, diagnostics })
    }

    /// Files of the toolchain by their names alone: where it is installed is nobody's business.
    fn without_our_paths(&self, text: &str) -> String {
        let library = format!("{}/", self.zig.lib("").display());
        text.replace(library.trim_end_matches('/'), "").replace(&format!("{}/", self.dir.display()), "")
    }
}

fn read_cache(folder: &Path) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        files.push((format!("{CACHE}/z/{}", entry.file_name().to_string_lossy()), fs::read(entry.path())?));
    }
    Ok(files)
}

impl Compiler for ZigCompiler {
    fn compile<'a>(&'a self, job: &'a Job<'a>) -> BoxFuture<'a, Result<Output, CompileFailure>> {
        Box::pin(self.compile_files(job))
    }
}

fn diagnostics(job: &Job<'_>, stderr: &str) -> Vec<Diagnostic> {
    let found = stderr.lines().filter_map(of_zig);
    found
        .map(|mut diagnostic| {
            if let (Some(file), Some(line), Some(byte)) = (&diagnostic.file, diagnostic.line, diagnostic.column) {
                diagnostic.column = Some(job.column(file, line, byte));
            }
            diagnostic
        })
        .collect()
}

/// `index.zig:3:9: error: unused local constant`, `error: the following command …`. The lines between show the source.
fn of_zig(line: &str) -> Option<Diagnostic> {
    if let Some(message) = of_linker(line) {
        return Some(Diagnostic::error(message));
    }
    let kinds = [("error: ", Severity::Error), ("note: ", Severity::Info)];
    for (mark, severity) in kinds {
        if let Some(message) = line.strip_prefix(mark) {
            return Some(Diagnostic { severity, ..Diagnostic::error(message) });
        }
        let Some((place, message)) = line.split_once(&format!(": {mark}")) else { continue };
        let mut parts = place.rsplitn(3, ':');
        let (column, row, file) = (parts.next(), parts.next(), parts.next());
        if let (Some(file), Some(Ok(row)), Some(Ok(column))) = (file, row.map(str::parse), column.map(str::parse)) {
            let (file, line, column) = (Some(file.to_owned()), Some(row), Some(column));
            return Some(Diagnostic { severity, file, line, column, ..Diagnostic::error(message) });
        }
    }
    None
}

pub(super) fn start(
    installation: &Installation,
    sandbox: &Sandbox,
    options: &PoolOptions,
) -> Result<Arc<dyn Toolchain>, StartError> {
    let compiler = ZigCompiler { zig: Zig { package: installation.beside(&ZIGLANG) }, dir: installation.dir.clone() };
    OneShot::start(installation, sandbox, options, compiler)
}

#[cfg(test)]
mod tests {
    use nil_core::render_plain;

    use super::*;

    #[test]
    fn what_zig_says_is_understood() {
        let text = [
            "index.zig:5:24: error: root source file struct 'os' has no member named 'argv'",
            "    const argv = std.os.argv;",
            "                 ~~~~~~^~~~~",
            "std/os.zig:1:1: note: struct declared here",
            "referenced by:",
            "    callMain [inlined]: std/start.zig:788:64",
            "error: unable to load 'x.zig': FileNotFound",
            "wasm-ld: error: .nil-object.o: undefined symbol: twice",
        ];
        let found: Vec<_> = text.iter().filter_map(|line| of_zig(line)).collect();
        assert_eq!(
            render_plain(&found),
            "index.zig:5:24: error: root source file struct 'os' has no member named 'argv'\n\
             std/os.zig:1:1: info: struct declared here\n\
             error: unable to load 'x.zig': FileNotFound\n\
             error: undefined symbol: twice"
        );
    }
}
