//! C++: as C, with libc++ and nlohmann's JSON library, both behind one precompiled header.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
};

use nil_core::Language;

use super::{
    StartError, c,
    one_shot::OneShot,
    ziglang::{CODE, Clang, LINK, WASM_LD, ZIGLANG, Zig, build_launcher, build_libraries, system},
};
use crate::{
    install::{Archive, Build, BuiltRecipe, Installation, Package, RecipeFile, nothing},
    sandbox::Sandbox,
    toolchain::Toolchain,
    workers::PoolOptions,
};

const NLOHMANN: Package = Package {
    name: "nlohmann-json",
    version: "3.12.0",
    archives: &[Archive {
        machine: None,
        url: "https://files.pythonhosted.org/packages/51/69/a42fddc89a6de959b65b27a15d69de85e88d2f99884e00b1b02c12dce301/nlohmann_json-3.12.0-py3-none-any.whl",
        sha256: "5f6132720fb25d0d70bf0742f8397b49a540dcc193e7312a914f6aa49f054810",
    }],
    programs: &[],
};

const FILES: &[RecipeFile] = &[
    ("include/nil.hpp", include_str!("../../../../toolchains/cpp/nil.hpp")),
    ("src/entry.cpp", include_str!("../../../../toolchains/cpp/entry.cpp")),
    ("src/runtime.c", c::RUNTIME),
    ("src/wasm_ld.zig", WASM_LD),
];

/// Without exceptions: they would need a proposal that functions may not use. With libc++ told how zig builds it, and
/// with its cheap checks: an index out of bounds ends the call instead of reading something else.
const CPP: &[&str] = &[
    "-std=c++23",
    "-fno-exceptions",
    "-fno-rtti",
    "-D_LIBCPP_ABI_VERSION=1",
    "-D_LIBCPP_ABI_NAMESPACE=__1",
    "-D_LIBCPP_HAS_THREADS=0",
    "-D_LIBCPP_HAS_MONOTONIC_CLOCK",
    "-D_LIBCPP_HAS_TERMINAL",
    "-D_LIBCPP_HAS_MUSL_LIBC=1",
    "-D_LIBCXXABI_DISABLE_VISIBILITY_ANNOTATIONS",
    "-D_LIBCPP_DISABLE_VISIBILITY_ANNOTATIONS",
    "-D_LIBCPP_HAS_VENDOR_AVAILABILITY_ANNOTATIONS=0",
    "-D_LIBCPP_HAS_FILESYSTEM=0",
    "-D_LIBCPP_HAS_RANDOM_DEVICE",
    "-D_LIBCPP_HAS_LOCALIZATION",
    "-D_LIBCPP_HAS_UNICODE",
    "-D_LIBCPP_HAS_WIDE_CHARACTERS",
    "-D_LIBCPP_HAS_NO_STD_MODULES",
    "-D_LIBCPP_PSTL_BACKEND_SERIAL",
    "-D_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_FAST",
    "-D_LIBCPP_ASSERTION_SEMANTIC_DEFAULT=_LIBCPP_ASSERTION_SEMANTIC_ENFORCE",
];

/// In `lib/`: what `nil.hpp` includes, read once.
const PRECOMPILED: &str = "nil.hpp.pch";

pub(super) const RECIPE: BuiltRecipe = BuiltRecipe {
    language: Language::Cpp,
    files: FILES,
    packages: &[ZIGLANG, NLOHMANN],
    settings: &[CODE, LINK, CPP],
    machine: nothing,
    build: |build| Box::pin(self::build(build)),
};

async fn build(build: &Build<'_>) -> Result<(), String> {
    let c = c::clang(build.dir.to_owned(), build.package(&ZIGLANG));
    let clang = clang(build.dir, build.package(&ZIGLANG), build.package(&NLOHMANN));
    build_launcher(build, &clang.zig, "wasm-ld", WASM_LD).await?;
    build_libraries(build, &clang.zig, true).await?;
    build.say("the precompiled header");
    let header = build.dir.join("include/nil.hpp");
    let how = ["-x", "c++-header", "-fpch-instantiate-templates"];
    clang.make(build, &how, &header, PRECOMPILED).await?;
    c.make(build, &["-c"], &build.dir.join("src/runtime.c"), "runtime.o").await?;
    clang.make(build, &["-c"], &build.dir.join("src/entry.cpp"), "entry.o").await
}

fn clang(dir: &Path, package: PathBuf, nlohmann: PathBuf) -> Clang {
    let zig = Zig { package };
    let mut folders = vec![dir.join("include"), nlohmann.join("nlohmann_json/include")];
    folders.extend(["libcxx/include", "libcxxabi/include"].map(|path| zig.lib(path)));
    folders.extend(zig.c_headers());
    let args = CPP.iter().map(OsString::from).chain(system(&folders)).collect();
    Clang {
        zig,
        dir: dir.to_owned(),
        compiled: &["cpp", "cc"],
        args,
        packages: vec![nlohmann],
        precompiled: Some(PRECOMPILED),
        libraries: &["entry.o", "runtime.o", "libc++.a", "libc++abi.a", "libc.a", "libzigc.a", "libcompiler_rt.a"],
        handle: ("handle", "nlohmann::json handle(const nlohmann::json &input)"),
    }
}

pub(super) fn start(
    installation: &Installation,
    sandbox: &Sandbox,
    options: &PoolOptions,
) -> Result<Arc<dyn Toolchain>, StartError> {
    let clang = clang(&installation.dir, installation.beside(&ZIGLANG), installation.beside(&NLOHMANN));
    OneShot::start(installation, sandbox, options, clang)
}
