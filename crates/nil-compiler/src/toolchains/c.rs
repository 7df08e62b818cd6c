//! C: clang and a C library for WASI, from the package `ziglang`; yyjson for JSON. One run of the driver compiles and
//! links.

use std::{ffi::OsString, fs, path::PathBuf, sync::Arc};

use nil_core::Language;

use super::{
    StartError,
    one_shot::OneShot,
    ziglang::{CODE, Clang, LINK, WASM_LD, ZIGLANG, Zig, build_launcher, build_libraries, system},
};
use crate::{
    install::{Archive, Build, BuiltRecipe, Installation, Package, RecipeFile, nothing},
    sandbox::Sandbox,
    toolchain::Toolchain,
    workers::PoolOptions,
};

/// The binding of yyjson for Python brings the library's two files, untouched.
const YYJSON: Package = Package {
    name: "yyjson",
    version: "4.0.6",
    archives: &[Archive {
        machine: None,
        url: "https://files.pythonhosted.org/packages/12/2d/3c940adc6315b33f2c0409c0bb4346bb7d910e2088e2f82b9e854d0190f2/yyjson-4.0.6.tar.gz",
        sha256: "fcd4dc15c1e39a30bf9fa85d56903029111506860fc3080ab0d81c6c6dacaa8c",
    }],
    programs: &[],
};

/// Where they are in it.
const YYJSON_SOURCE: &str = "yyjson-4.0.6/yyjson";

/// What the C library does at its end; also for C++.
pub(super) const RUNTIME: &str = include_str!("../../../../toolchains/c/runtime.c");

const FILES: &[RecipeFile] = &[
    ("include/nil.h", include_str!("../../../../toolchains/c/nil.h")),
    ("src/entry.c", include_str!("../../../../toolchains/c/entry.c")),
    ("src/runtime.c", RUNTIME),
    ("src/wasm_ld.zig", WASM_LD),
];

/// The library asks for everything to be inlined everywhere: one function of 80 KB, which takes the engine's compiler 0.2 s
/// on one core. Left to clang, all of it is 88 KB instead of 202 KB.
const YYJSON_CODE: &[&str] = &["-c", "-Dyyjson_inline=inline"];

/// The language.
pub(super) const C: &[&str] = &["-std=gnu23"];

pub(super) const RECIPE: BuiltRecipe = BuiltRecipe {
    language: Language::C,
    files: FILES,
    packages: &[ZIGLANG, YYJSON],
    settings: &[CODE, LINK, C, YYJSON_CODE],
    machine: nothing,
    build: |build| Box::pin(self::build(build)),
};

async fn build(build: &Build<'_>) -> Result<(), String> {
    let io = |error: std::io::Error| error.to_string();
    let clang = clang(build.dir.to_owned(), build.package(&ZIGLANG));
    build_launcher(build, &clang.zig, "wasm-ld", WASM_LD).await?;
    build_libraries(build, &clang.zig, false).await?;
    build.say("yyjson");
    let yyjson = build.package(&YYJSON).join(YYJSON_SOURCE);
    fs::copy(yyjson.join("yyjson.h"), build.dir.join("include/yyjson.h")).map_err(io)?;
    clang.make(build, YYJSON_CODE, &yyjson.join("yyjson.c"), "yyjson.o").await?;
    clang.make(build, &["-c"], &build.dir.join("src/runtime.c"), "runtime.o").await?;
    clang.make(build, &["-c"], &build.dir.join("src/entry.c"), "entry.o").await
}

pub(super) fn clang(dir: PathBuf, package: PathBuf) -> Clang {
    let zig = Zig { package };
    let mut folders = zig.c_headers();
    folders.insert(0, dir.join("include"));
    let args = C.iter().map(OsString::from).chain(system(&folders)).collect();
    Clang {
        zig,
        dir,
        compiled: &["c"],
        args,
        packages: Vec::new(),
        precompiled: None,
        libraries: &["entry.o", "runtime.o", "yyjson.o", "libc.a", "libzigc.a", "libcompiler_rt.a"],
        handle: ("handle", "char *handle(const char *input)"),
    }
}

pub(super) fn start(
    installation: &Installation,
    sandbox: &Sandbox,
    options: &PoolOptions,
) -> Result<Arc<dyn Toolchain>, StartError> {
    let compiler = clang(installation.dir.clone(), installation.beside(&ZIGLANG));
    OneShot::start(installation, sandbox, options, compiler)
}
