//! Rust: the machine's own rustc, plain, over crates that were built once for WebAssembly. There is no cargo in the box:
//! no build scripts, and no macros that run but those we built (serde's).

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use nil_core::{Diagnostic, Language, Severity};
use serde::Deserialize;
use tokio::process::Command;

use super::{
    StartError,
    one_shot::{Compiler, Job, OneShot, Output, Step, crashed, refused},
};
use crate::{
    install::{Build, BuiltRecipe, Installation, Needs, RecipeFile, run},
    sandbox::{BoxSpec, Sandbox},
    toolchain::{BoxFuture, CompileFailure, Toolchain},
    workers::PoolOptions,
};

const TARGET: &str = "wasm32-wasip1";

macro_rules! file {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../../toolchains/rust/", $name)))
    };
}

const FILES: &[RecipeFile] = &[file!("sdk/Cargo.lock"), file!("sdk/Cargo.toml"), file!("sdk/src/lib.rs")];

/// The crates a function can name; what they need comes with them.
const CRATES: &[&str] = &["base64", "chrono", "hex", "nil", "regex", "serde", "serde_json", "sha2"];

/// Loops are unrolled for the reason that `ziglang.rs` gives.
const CODE: &[&str] = &[
    "--crate-name=function",
    "--crate-type=cdylib",
    "--edition=2024",
    "--target=wasm32-wasip1",
    "-Copt-level=3",
    "-Ccodegen-units=1",
    "-Cpanic=abort",
    "-Ctarget-feature=+simd128",
    "-Cllvm-args=-unroll-partial-threshold=200 -unroll-threshold=400 -force-vector-interleave=4",
    "-Clink-arg=--strip-debug",
    "-Clink-arg=--keep-section=name",
];

/// Behind the user's source, in its own file: so that `crate` is theirs, and their lines keep their numbers.
const ENTRY: &str = "\n::nil::entry!(crate::handle);\n";

pub(super) const RECIPE: BuiltRecipe = BuiltRecipe {
    language: Language::Rust,
    files: FILES,
    packages: &[],
    settings: &[CODE, &[ENTRY], CRATES],
    machine: |root| Box::pin(machine(root)),
    build: |build| Box::pin(self::build(build)),
};

/// Asking rustc something.
const ASK_TIMEOUT: Duration = Duration::from_secs(30);

/// Fetching and building some twenty crates.
const BUILD_TIMEOUT: Duration = Duration::from_secs(1800);

const MODULE: &str = ".nil-module.wasm";

/// Where the installation notes the compiler it was built with.
const SYSROOT: &str = "sysroot";

/// Where it notes the linker, if that is not the compiler's own.
const LINKER: &str = "linker";

async fn ask(program: &Path, args: &[&str]) -> Result<String, String> {
    let mut command = Command::new(program);
    command.args(args);
    let output = run(command, ASK_TIMEOUT).await.map_err(|error| error.to_string())?;
    if output.success { Ok(output.stdout.trim().to_owned()) } else { Err(output.stderr.trim().to_owned()) }
}

/// The compiler in full, its standard library for WebAssembly, and a linker. The one on `PATH`; where there is none, as in the
/// environment of a service, one that an installation was built with.
async fn machine(root: &Path) -> Result<String, Needs> {
    let needs = |why: String, hint: &str| Needs { why, hint: hint.to_owned() };
    let mut program = PathBuf::from("rustc");
    let mut version = ask(&program, &["-vV"]).await;
    for noted in if version.is_err() { noted(root) } else { Vec::new() } {
        if let Ok(found) = ask(&noted, &["-vV"]).await {
            (program, version) = (noted, Ok(found));
            break;
        }
    }
    let version = version
        .map_err(|why| needs(format!("`rustc` cannot be run ({why})"), "install Rust 1.85 or newer, see rustup.rs"))?;
    let library = ask(&program, &["--print", "target-libdir", "--target", TARGET]).await.unwrap_or_default();
    if !Path::new(&library).is_dir() {
        let release = version.lines().next().unwrap_or("rustc");
        return Err(needs(
            format!("{release} has no standard library for {TARGET}"),
            "run `rustup target add wasm32-wasip1`, or install the package of your distribution that brings it for the \
             same version (Debian 13 and later: `libstd-rust-dev-wasm32` and `lld`)",
        ));
    }
    let sysroot = ask(&program, &["--print", "sysroot"]).await.unwrap_or_default();
    if has_linker(Path::new(&sysroot)) {
        return Ok(version);
    }
    // A distribution's compiler comes without rustup's `rust-lld`.
    let found = wasm_ld().ok_or_else(|| {
        needs(
            "there is no linker for WebAssembly, `wasm-ld`".to_owned(),
            "install the package `lld` of your distribution",
        )
    })?;
    let linker = ask(&found, &["--version"]).await;
    let linker = linker.map_err(|why| {
        needs(format!("`{}` cannot be run ({why})", found.display()), "install the package `lld` of your distribution")
    })?;
    Ok(format!("{version}\n{linker}"))
}

/// Whether the compiler brings its linker, as rustup's does.
fn has_linker(sysroot: &Path) -> bool {
    let targets = fs::read_dir(sysroot.join("lib/rustlib")).into_iter().flatten().flatten();
    targets.map(|target| target.path().join("bin/rust-lld")).any(|linker| linker.is_file())
}

/// LLVM's linker where it really is: a box sees that folder, and not the one with links to it.
fn wasm_ld() -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH")?).collect();
    let found = folders.iter().map(|folder| folder.join("wasm-ld")).find(|file| file.is_file())?;
    // Its name says what it is asked to link, so the link beside the program is the one to call.
    let real = fs::canonicalize(&found).ok()?.with_file_name("wasm-ld");
    Some(if real.is_file() { real } else { found })
}

/// The compilers that installations below `root` were built with, as far as they are still there.
fn noted(root: &Path) -> Vec<PathBuf> {
    let installations = fs::read_dir(root).into_iter().flatten().flatten();
    let rust = installations.filter(|folder| folder.file_name().to_string_lossy().starts_with("rust-"));
    let sysroots = rust.filter_map(|folder| fs::read_to_string(folder.path().join(SYSROOT)).ok());
    sysroots.map(|sysroot| rustc(Path::new(&sysroot))).filter(|rustc| rustc.is_file()).collect()
}

async fn build(build: &Build<'_>) -> Result<(), String> {
    let io = |error: std::io::Error| error.to_string();
    build.say("the crates that functions can use, about a minute");
    let sysroot = PathBuf::from(ask(Path::new("rustc"), &["--print", "sysroot"]).await?);
    let own = sysroot.join("bin/cargo");
    let mut cargo = Command::new(if own.is_file() { own } else { "cargo".into() });
    let target = build.scratch.join("target");
    cargo.args(["build", "--release", "--locked", "--quiet", "--target", TARGET]);
    cargo.current_dir(build.dir.join("sdk")).env("CARGO_TARGET_DIR", &target).env("RUSTC", rustc(&sysroot));
    for flags in ["CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"] {
        cargo.env_remove(flags);
    }
    // Panics in these crates name their files; where this machine keeps them is nobody's business.
    let mut flags = vec!["-Ctarget-feature=+simd128".to_owned()];
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
    for folder in home.iter().map(PathBuf::as_path).chain([build.dir]) {
        flags.push(format!("--remap-path-prefix={}=crates", folder.display()));
    }
    cargo.env("RUSTFLAGS", flags.join(" "));
    let output = run(cargo, BUILD_TIMEOUT).await.map_err(io)?;
    if !output.success {
        return Err(nil_core::escape_control(nil_core::truncate_to_char_boundary(output.stderr.trim(), 1000)));
    }
    let crates = build.dir.join("crates");
    fs::create_dir(&crates).map_err(io)?;
    let built = [target.join(TARGET).join("release/deps"), target.join("release/deps")];
    for (folder, extension) in built.iter().zip(["rlib", "so"]) {
        for file in fs::read_dir(folder).map_err(io)?.flatten() {
            if file.path().extension().is_some_and(|it| it == extension) {
                fs::copy(file.path(), crates.join(file.file_name())).map_err(io)?;
            }
        }
    }
    fs::write(build.dir.join(SYSROOT), sysroot.as_os_str().as_encoded_bytes()).map_err(io)?;
    if !has_linker(&sysroot) {
        let linker = wasm_ld().ok_or("there is no `wasm-ld`")?;
        fs::write(build.dir.join(LINKER), linker.as_os_str().as_encoded_bytes()).map_err(io)?;
    }
    RustCompiler::read(build.dir).map(drop).map_err(io)
}

fn rustc(sysroot: &Path) -> PathBuf {
    sysroot.join("bin/rustc")
}

#[derive(Debug)]
struct RustCompiler {
    dir: PathBuf,
    sysroot: PathBuf,
    /// A linker that is not the compiler's own.
    linker: Option<PathBuf>,
    /// `--extern name=path` for each crate.
    externs: Vec<OsString>,
}

impl RustCompiler {
    fn read(dir: &Path) -> std::io::Result<Self> {
        let sysroot = PathBuf::from(fs::read_to_string(dir.join(SYSROOT))?);
        if !rustc(&sysroot).is_file() {
            return Err(std::io::Error::other(format!("`{}` is gone", rustc(&sysroot).display())));
        }
        let linker = fs::read_to_string(dir.join(LINKER)).ok().map(PathBuf::from);
        if let Some(linker) = linker.as_ref().filter(|linker| !linker.is_file()) {
            return Err(std::io::Error::other(format!("`{}` is gone", linker.display())));
        }
        let built: Vec<PathBuf> = fs::read_dir(dir.join("crates"))?.flatten().map(|file| file.path()).collect();
        let mut externs = Vec::new();
        for name in CRATES {
            let start = format!("lib{name}-");
            let is_it = |path: &&PathBuf| {
                let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                file.starts_with(&start) && file.ends_with(".rlib")
            };
            let found = built.iter().find(is_it);
            let found = found.ok_or_else(|| std::io::Error::other(format!("the crate `{name}` was not built")))?;
            let mut arg = OsString::from(format!("{name}="));
            arg.push(found);
            externs.extend(["--extern".into(), arg]);
        }
        Ok(Self { dir: dir.to_owned(), sysroot, linker, externs })
    }

    async fn compile_files(&self, job: &Job<'_>) -> Result<Output, CompileFailure> {
        let entry = Language::Rust.entry_file();
        let source = format!("{}{ENTRY}", job.request.source);
        let mut crates = OsString::from("-Ldependency=");
        crates.push(self.dir.join("crates"));
        let mut args: Vec<OsString> = CODE.iter().map(OsString::from).collect();
        args.extend(["--error-format=json".into(), crates]);
        args.extend(self.externs.iter().cloned());
        args.extend([entry.into(), "-o".into(), MODULE.into()]);
        let mut read_only = vec![self.dir.clone(), self.sysroot.join("lib")];
        if let Some(linker) = &self.linker {
            let mut arg = OsString::from("-Clinker=");
            arg.push(linker);
            args.push(arg);
            read_only.extend(linker.parent().map(Path::to_owned));
        }
        let spec =
            BoxSpec { program: rustc(&self.sysroot), args, read_only, env: Vec::new(), limits: job.box_limits() };
        let files: [(&str, &[u8]); 1] = [(entry, source.as_bytes())];
        let ran = job.run(Step { name: "rustc", spec, files: &files }).await?;
        if ran.stderr.contains("the compiler unexpectedly panicked") {
            return Err(crashed("rustc", "it stopped with an error of its own", &ran.stderr));
        }
        let lines = job.request.source.lines().count() as u32;
        let mut diagnostics: Vec<Diagnostic> = Vec::new();
        for diagnostic in ran.stderr.lines().filter_map(|line| of_rustc(line, lines)) {
            if !diagnostics.contains(&diagnostic) {
                diagnostics.push(diagnostic);
            }
        }
        if !ran.succeeded {
            return Err(refused("rustc", diagnostics, &ran.stderr));
        }
        Ok(Output { wasm: job.module(&ran.completed, MODULE)?, diagnostics })
    }
}

impl Compiler for RustCompiler {
    fn compile<'a>(&'a self, job: &'a Job<'a>) -> BoxFuture<'a, Result<Output, CompileFailure>> {
        Box::pin(self.compile_files(job))
    }
}

/// What rustc says, as far as it is shown.
#[derive(Deserialize)]
struct Message {
    message: String,
    level: String,
    code: Option<Code>,
    #[serde(default)]
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    line_start: u32,
    line_end: u32,
    column_start: u32,
    column_end: u32,
    is_primary: bool,
    label: Option<String>,
    expansion: Option<Box<Expansion>>,
}

#[derive(Deserialize)]
struct Expansion {
    span: Span,
}

impl Span {
    /// Where the user wrote what a macro made.
    fn written(&self) -> &Self {
        self.expansion.as_ref().map_or(self, |expansion| expansion.span.written())
    }
}

/// What a `handle` must be, when ours cannot call it.
const HANDLE: &str = "write `fn handle(input: In) -> Result<Out, E>` or `-> Out` in index.rs, where `In: Deserialize`, \
                      `Out: Serialize` and `E: Display`";

/// One line of `--error-format=json`. The user's entry file has `lines` lines; what is behind them is ours.
fn of_rustc(line: &str, lines: u32) -> Option<Diagnostic> {
    let Message { message, level, code, spans } = serde_json::from_str(line).ok()?;
    if level == "failure-note" || message.starts_with("aborting due to ") || message.ends_with(" warnings emitted") {
        return None;
    }
    let severity = match level.as_str() {
        "error" => Severity::Error,
        "warning" => Severity::Warning,
        _ => Severity::Info,
    };
    let mut diagnostic = Diagnostic { severity, code: code.map(|it| it.code), ..Diagnostic::error(message) };
    let Some(primary) = spans.iter().find(|span| span.is_primary) else { return Some(diagnostic) };
    if let Some(label) = &primary.label {
        diagnostic.message = format!("{}: {label}", diagnostic.message);
    }
    let at = primary.written();
    if at.file_name == Language::Rust.entry_file() && at.line_start > lines {
        diagnostic.message = format!("the function cannot be called: {}; {HANDLE}", diagnostic.message);
        return Some(diagnostic);
    }
    diagnostic.file = Some(at.file_name.clone());
    (diagnostic.line, diagnostic.column) = (Some(at.line_start), Some(at.column_start));
    (diagnostic.end_line, diagnostic.end_column) = (Some(at.line_end), Some(at.column_end));
    Some(diagnostic)
}

pub(super) fn start(
    installation: &Installation,
    sandbox: &Sandbox,
    options: &PoolOptions,
) -> Result<Arc<dyn Toolchain>, StartError> {
    let compiler = RustCompiler::read(&installation.dir).map_err(StartError::unusable(installation))?;
    OneShot::start(installation, sandbox, options, compiler)
}

#[cfg(test)]
mod tests {
    use nil_core::render_plain;

    use super::*;

    #[test]
    fn what_rustc_says_is_understood() {
        let span = |line: u32, more: &str| {
            format!(
                r#"{{"file_name":"index.rs","line_start":{line},"line_end":{line},"column_start":5,"column_end":9,"is_primary":true{more}}}"#
            )
        };
        let said = |level: &str, message: &str, spans: &str| {
            format!(
                r#"{{"message":"{message}","level":"{level}","code":{{"code":"E0308"}},"spans":[{spans}],"children":[]}}"#
            )
        };
        let lines = [
            said("error", "mismatched types", &span(3, r#","label":"expected `i32`""#)),
            said("warning", "made by a macro", &span(99, &format!(r#","expansion":{{"span":{}}}"#, span(4, "")))),
            said("error", "cannot find function `handle`", &span(12, "")),
            said("error", "aborting due to 2 previous errors", ""),
            said("failure-note", "For more information", ""),
            "not JSON".to_owned(),
        ];
        let found: Vec<_> = lines.iter().filter_map(|line| of_rustc(line, 10)).collect();
        assert_eq!(
            render_plain(&found),
            format!(
                "index.rs:3:5: error E0308: mismatched types: expected `i32`\n\
                 index.rs:4:5: warning E0308: made by a macro\n\
                 error E0308: the function cannot be called: cannot find function `handle`; {HANDLE}"
            )
        );
    }
}
