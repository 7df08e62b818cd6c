//! The package `ziglang` of PyPI: zig, clang, the linker, and the sources of a C and a C++ library for WASI, in one
//! archive that needs no root. C, C++ and Zig are all made from it. This file has what they share: the package, the
//! libraries built from it, and running clang and understanding what it says.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use nil_core::{Diagnostic, Severity};
use tokio::process::Command;

use super::one_shot::{Compiler, Job, Output, Step, crashed, refused};
use crate::{
    install::{Archive, Build, Package, run},
    sandbox::BoxSpec,
    toolchain::{BoxFuture, CompileFailure},
};

pub(super) const ZIGLANG: Package = Package {
    name: "ziglang",
    version: "0.17.1",
    archives: &[Archive {
        machine: Some("x86_64"),
        url: "https://files.pythonhosted.org/packages/59/e3/2a34676370a11c36b7cd04ffb2439c1089c0530cf4b01408c77cf7f8d9c3/ziglang-0.17.1-py3-none-manylinux_2_12_x86_64.manylinux2010_x86_64.musllinux_1_1_x86_64.whl",
        sha256: "ea6cc5d87b033cf0aedfbc8f9549a908cae6c50ac31f1698188fa48a74524b54",
    }],
    programs: &["ziglang/zig"],
};

/// The program `wasm-ld` that clang starts to link, in Zig.
pub(super) const WASM_LD: &str = include_str!("../../../../toolchains/zig/wasm_ld.zig");

/// Building the C++ library takes some minutes on a slow core.
const BUILD_TIMEOUT: Duration = Duration::from_secs(1800);

/// How clang makes code. 1.0 of WebAssembly and what the engine takes beyond it. Loops are unrolled more than LLVM does for
/// WebAssembly by itself: at the head of each the engine looks whether the call's time is up (docs/performance.md).
pub(super) const CODE: &[&str] = &[
    "-target",
    "wasm32-wasip1",
    "-O2",
    "-mcpu=generic",
    "-msimd128",
    "-nostdinc",
    "-fno-ident",
    "-mllvm",
    "-unroll-partial-threshold=200",
    "-mllvm",
    "-unroll-threshold=400",
    "-mllvm",
    "-force-vector-interleave=4",
];

/// How clang talks.
const TALK: &[&str] = &["-fno-color-diagnostics", "-fno-caret-diagnostics", "-ferror-limit=50", "-Wall"];

/// How the linker is asked. The stack comes first, so that one that is too deep ends in a trap and not in data.
pub(super) const LINK: &[&str] = &[
    "-nostdlib",
    "-mexec-model=reactor",
    "-Wl,--stack-first,-z,stack-size=1048576,--no-entry,--export=_initialize,--strip-debug,--keep-section=name",
];

/// Where the module is left.
const MODULE: &str = ".nil-module.wasm";

/// A package that was unpacked.
#[derive(Debug, Clone)]
pub(super) struct Zig {
    /// The folder of the package.
    pub(super) package: PathBuf,
}

impl Zig {
    pub(super) fn program(&self) -> PathBuf {
        self.package.join("ziglang/zig")
    }

    /// A file or folder of its library.
    pub(super) fn lib(&self, path: &str) -> PathBuf {
        self.package.join("ziglang/lib").join(path)
    }

    /// Where the headers of the C library are.
    pub(super) fn c_headers(&self) -> Vec<PathBuf> {
        ["include", "libc/include/wasm-wasi-musl", "libc/include/generic-musl"].map(|path| self.lib(path)).into()
    }
}

/// `-isystem` for each of these folders.
pub(super) fn system(folders: &[PathBuf]) -> Vec<OsString> {
    folders.iter().flat_map(|folder| [OsString::from("-isystem"), folder.into()]).collect()
}

fn words(words: &[&str]) -> impl Iterator<Item = OsString> {
    words.iter().map(OsString::from)
}

/// Runs a program of the package at installation.
pub(super) async fn at_install(program: &Path, args: Vec<OsString>, scratch: &Path) -> Result<(), String> {
    let mut command = Command::new(program);
    command.args(args).current_dir(scratch).env("ZIG_LOCAL_CACHE_DIR", scratch.join("local"));
    command.env("ZIG_GLOBAL_CACHE_DIR", scratch.join("global"));
    let output = run(command, BUILD_TIMEOUT).await.map_err(|error| error.to_string())?;
    if output.success {
        return Ok(());
    }
    Err(nil_core::escape_control(nil_core::truncate_to_char_boundary(output.stderr.trim(), 1000)))
}

/// Makes `bin/<name>` of a program in Zig that starts zig, whose path it includes as `zig-path`.
pub(super) async fn build_launcher(build: &Build<'_>, zig: &Zig, name: &str, source: &str) -> Result<(), String> {
    let io = |error: std::io::Error| error.to_string();
    build.say("the launcher");
    let bin = build.dir.join("bin");
    fs::create_dir_all(&bin).map_err(io)?;
    fs::write(build.scratch.join("launcher.zig"), source).map_err(io)?;
    fs::write(build.scratch.join("zig-path"), zig.program().as_os_str().as_encoded_bytes()).map_err(io)?;
    let mut args: Vec<OsString> =
        words(&["build-exe", "launcher.zig", "-OReleaseSmall", "-fsingle-threaded", "-fstrip"]).collect();
    let mut out = OsString::from("-femit-bin=");
    out.push(bin.join(name));
    args.push(out);
    at_install(&zig.program(), args, build.scratch).await
}

/// Puts the libraries that programs in C (and C++) are linked with into the toolchain's folder.
pub(super) async fn build_libraries(build: &Build<'_>, zig: &Zig, cpp: bool) -> Result<(), String> {
    let io = |error: std::io::Error| error.to_string();
    let lib = build.dir.join("lib");
    fs::create_dir_all(&lib).map_err(io)?;
    build.say(if cpp { "the C and C++ libraries, about two minutes" } else { "the C library, about half a minute" });
    // In a cache of its own: the launcher's holds parts of the same names, for this machine.
    let scratch = build.scratch.join("libraries");
    fs::create_dir(&scratch).map_err(io)?;
    let source = if cpp { "probe.cpp" } else { "probe.c" };
    fs::write(scratch.join(source), "#include <stdio.h>\nint main(void) { return puts(\"\"); }\n").map_err(io)?;
    let target = ["-target", "wasm32-wasi", "-mcpu=generic", "-O2", "-mexec-model=reactor", "-o", "probe.wasm", source];
    let args = words(&[if cpp { "c++" } else { "cc" }]).chain(words(&target)).collect();
    at_install(&zig.program(), args, &scratch).await?;
    let mut wanted = vec!["crt1-reactor.o", "libc.a", "libzigc.a", "libcompiler_rt.a"];
    if cpp {
        wanted.extend(["libc++.a", "libc++abi.a"]);
    }
    for name in wanted {
        let built = fs::read_dir(scratch.join("global/o")).map_err(io)?.flatten();
        let found = built.map(|folder| folder.path().join(name)).find(|path| path.is_file());
        let found = found.ok_or_else(|| format!("zig did not build `{name}`"))?;
        fs::copy(found, lib.join(name)).map_err(io)?;
    }
    Ok(())
}

/// A clang that is set up: for C, or for C++.
#[derive(Debug, Clone)]
pub(super) struct Clang {
    pub(super) zig: Zig,
    /// The toolchain's folder.
    pub(super) dir: PathBuf,
    /// Extensions of what is compiled; the rest is there to be included.
    pub(super) compiled: &'static [&'static str],
    /// The language and its headers.
    pub(super) args: Vec<OsString>,
    /// Packages beside zig's that a job reads.
    pub(super) packages: Vec<PathBuf>,
    /// A precompiled header in `lib/`, which every file begins with.
    pub(super) precompiled: Option<&'static str>,
    /// Objects and libraries in `lib/`, in the linker's order.
    pub(super) libraries: &'static [&'static str],
    /// The symbol of what the user writes as the linker calls it, and what to say when it is missing.
    pub(super) handle: (&'static str, &'static str),
}

impl Clang {
    /// Compiles one file of ours to `lib/<object>`, at installation; `how` says to what, `-c` if to an object.
    pub(super) async fn make(
        &self,
        build: &Build<'_>,
        how: &[&str],
        source: &Path,
        object: &str,
    ) -> Result<(), String> {
        let mut args: Vec<OsString> = words(&["clang"]).chain(words(CODE)).collect();
        args.extend(self.args.iter().cloned());
        args.extend(words(how));
        args.extend([source.into(), "-o".into(), self.dir.join("lib").join(object).into()]);
        at_install(&self.zig.program(), args, build.scratch).await
    }

    /// The function's files to a module.
    async fn compile_files(&self, job: &Job<'_>) -> Result<Output, CompileFailure> {
        let lib = |name: &str| OsString::from(self.dir.join("lib").join(name));
        let mut args: Vec<OsString> =
            words(&["clang"]).chain(words(CODE)).chain(words(TALK)).chain(words(LINK)).collect();
        args.extend(self.args.iter().cloned());
        if let Some(header) = self.precompiled {
            args.extend(["-include-pch".into(), lib(header)]);
        }
        args.push("-iquote.".into());
        let mut linker = OsString::from("-fuse-ld=");
        linker.push(self.dir.join("bin/wasm-ld"));
        args.push(linker);
        args.push(lib("crt1-reactor.o"));
        args.extend(job.sources().map(|(path, _)| path).filter(|path| self.is_compiled(path)).map(OsString::from));
        args.extend(self.libraries.iter().map(|name| lib(name)));
        args.extend(["-o".into(), MODULE.into()]);
        let spec = BoxSpec {
            program: self.zig.program(),
            args,
            read_only: [&self.dir, &self.zig.package].into_iter().chain(&self.packages).cloned().collect(),
            env: Vec::new(),
            limits: job.box_limits(),
        };
        let ran = job.run(Step { name: "clang", spec, files: &[] }).await?;
        let stderr = self.without_our_paths(&ran.stderr);
        let diagnostics = self.diagnostics(job, &stderr);
        // Inline assembly is read by the code generator, which knows no better way to refuse it.
        let refuses = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
        if stderr.contains("PLEASE submit a bug report") && !refuses {
            return Err(crashed("clang", "it stopped with an error of its own", &stderr));
        }
        if !ran.succeeded {
            return Err(refused("clang", diagnostics, &stderr));
        }
        Ok(Output { wasm: job.module(&ran.completed, MODULE)?, diagnostics })
    }

    fn is_compiled(&self, path: &str) -> bool {
        Path::new(path).extension().and_then(|it| it.to_str()).is_some_and(|it| self.compiled.contains(&it))
    }

    /// Headers of the toolchain by their names alone: where it is installed is nobody's business.
    fn without_our_paths(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let folders = self.args.iter().filter(|arg| Path::new(arg).is_absolute()).map(|arg| arg.to_string_lossy());
        for folder in folders.chain([self.dir.to_string_lossy(), self.zig.package.to_string_lossy()]) {
            text = text.replace(&format!("{folder}/"), "");
        }
        text
    }

    fn diagnostics(&self, job: &Job<'_>, stderr: &str) -> Vec<Diagnostic> {
        let mut found: Vec<Diagnostic> = Vec::new();
        for line in stderr.lines() {
            let read = of_clang(line).map(|mut diagnostic| {
                if let (Some(file), Some(at), Some(byte)) = (&diagnostic.file, diagnostic.line, diagnostic.column) {
                    diagnostic.column = Some(job.column(file, at, byte));
                }
                diagnostic
            });
            if let Some(diagnostic) = read.or_else(|| self.of_linker(line))
                && !found.contains(&diagnostic)
            {
                found.push(diagnostic);
            }
        }
        found
    }

    /// What the linker says, in the words of the language.
    fn of_linker(&self, line: &str) -> Option<Diagnostic> {
        let message = of_linker(line)?;
        let missing = message.strip_prefix("undefined symbol: ").and_then(|symbol| symbol.split('(').next());
        if missing == Some(self.handle.0) {
            return Some(Diagnostic::error(format!("the function has no `{}`", self.handle.1)));
        }
        Some(Diagnostic::error(message))
    }
}

impl Compiler for Clang {
    fn compile<'a>(&'a self, job: &'a Job<'a>) -> BoxFuture<'a, Result<Output, CompileFailure>> {
        Box::pin(self.compile_files(job))
    }
}

/// `wasm-ld: error: /scratch/index-1f.o: undefined symbol: twice`, without who says it and of which object.
pub(super) fn of_linker(line: &str) -> Option<&str> {
    let message = line.strip_prefix("wasm-ld: error: ")?;
    Some(message.split_once(".o: ").map_or(message, |(_, rest)| rest))
}

/// `index.c:3:5: error: unknown type name 'strin' [-Wsome-flag]`, `clang: error: no such file`.
fn of_clang(line: &str) -> Option<Diagnostic> {
    const KINDS: [(&str, Severity); 5] = [
        (": fatal error: ", Severity::Error),
        (": error: ", Severity::Error),
        (": warning: ", Severity::Warning),
        (": note: ", Severity::Info),
        (": remark: ", Severity::Info),
    ];
    if let Some(message) = line.strip_prefix("fatal error: ") {
        return Some(Diagnostic::error(message));
    }
    let found = KINDS.iter().filter_map(|(mark, severity)| Some((line.find(mark)?, mark, *severity)));
    let (at, mark, severity) = found.min_by_key(|(at, ..)| *at)?;
    let (place, message) = (&line[..at], &line[at + mark.len()..]);
    let is_summary =
        ["linker command failed", "clang frontend command failed"].iter().any(|it| message.starts_with(it));
    if place == "wasm-ld" || is_summary {
        return None;
    }
    let (message, code) = match message.strip_suffix(']').and_then(|rest| rest.rsplit_once(" [-W")) {
        Some((message, flag)) => (message, Some(format!("-W{flag}"))),
        None => (message, None),
    };
    let mut parts = place.rsplitn(3, ':');
    let (column, row, file) = (parts.next(), parts.next(), parts.next());
    let mut diagnostic = Diagnostic { severity, code, ..Diagnostic::error(message) };
    if let (Some(file), Some(Ok(row)), Some(Ok(column))) = (file, row.map(str::parse), column.map(str::parse)) {
        (diagnostic.file, diagnostic.line, diagnostic.column) = (Some(file.to_owned()), Some(row), Some(column));
    }
    Some(diagnostic)
}

#[cfg(test)]
mod tests {
    use nil_core::render_plain;

    use super::*;

    #[test]
    fn what_clang_says_is_understood() {
        let text = [
            "In file included from index.c:1:",
            "lib/a.h:3:5: fatal error: 'x: error: y' file not found",
            "index.c:7:12: warning: unused variable 'a' [-Wunused-variable]",
            "index.c:7:12: note: it is here",
            "clang: error: no input files",
            "fatal error: too many errors emitted, stopping now [-ferror-limit=]",
            "2 errors generated.",
            "clang: error: linker command failed with exit code 1 (use -v to see invocation)",
        ];
        let found: Vec<_> = text.iter().filter_map(|line| of_clang(line)).collect();
        assert_eq!(
            render_plain(&found),
            "lib/a.h:3:5: error: 'x: error: y' file not found\n\
             index.c:7:12: warning -Wunused-variable: unused variable 'a'\n\
             index.c:7:12: info: it is here\n\
             error: no input files\n\
             error: too many errors emitted, stopping now [-ferror-limit=]"
        );
    }
}
