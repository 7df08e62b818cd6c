//! What `nil up` needs on this machine. Installs and downloads nothing.

use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
};

use nil_compiler::{Sandbox, SandboxOptions, ToolchainState};
use nil_core::Language;
use nil_postgres::{Binaries, LocateOptions, Source};

use super::check::Check;
use crate::{failure::Failure, paths};

/// The oldest Node.js the toolchains run on.
const OLDEST_NODE: u32 = 20;

const INSTALL_NODE: &str = "install Node.js 20 or newer, which brings npm";

const NO_SANDBOX: &str = "compilers on this machine take no jobs; docs/operating.md says what the box needs";

pub(super) async fn checks(cache: Option<&Path>) -> Vec<Check> {
    let mut checks = vec![node().await];
    match paths::cache(cache) {
        Ok(cache) => {
            let toolchains = paths::toolchains(&cache);
            checks.extend(toolchain_checks(&toolchains).await);
            checks.extend(sandbox().await);
            checks.push(postgres(&cache).await);
            checks.push(writable("cache", &cache));
        }
        Err(error) => checks.push(no_directory("cache", &error)),
    }
    match paths::home(env::var_os("NIL_HOME").map(PathBuf::from).as_deref()) {
        Ok(home) => checks.push(writable("data", &home)),
        Err(error) => checks.push(no_directory("data", &error)),
    }
    checks
}

fn no_directory(name: &str, error: &Failure) -> Check {
    Check::failed(name, error.to_string(), error.hint())
}

/// The output of `program --version`, if there is such a program.
async fn version_of(program: &str) -> Option<String> {
    let output = tokio::process::Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

async fn node() -> Check {
    let Some(version) = version_of("node").await else {
        return Check::failed("node", "not found in PATH", Some(INSTALL_NODE.to_owned()));
    };
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major) if major >= OLDEST_NODE => Check::ok("node", version),
        _ => Check::failed("node", format!("{version} is too old"), Some(INSTALL_NODE.to_owned())),
    }
}

async fn toolchain_checks(root: &Path) -> Vec<Check> {
    let mut checks = Vec::new();
    for language in Language::compiled() {
        let name = format!("toolchain {language}");
        checks.push(match nil_compiler::check(language, root).await {
            ToolchainState::Installed(installation) => Check::ok(name, installation.version),
            // `nil up` installs it by itself; whether that can work is what the check of node says.
            ToolchainState::Missing { hint } if nil_compiler::comes_by_itself(language) => {
                Check::note(name, format!("not installed yet; {hint}"))
            }
            ToolchainState::Missing { hint } => Check::note(name, format!("not installed; if it is wanted, {hint}")),
            ToolchainState::Broken { why, hint } => Check::failed(name, why, Some(hint)),
        });
    }
    checks
}

/// The self-test, layer by layer.
async fn sandbox() -> Vec<Check> {
    let sandbox = match Sandbox::new(SandboxOptions::default()) {
        Ok(sandbox) => sandbox,
        Err(error) => return vec![Check::failed("sandbox", format!("{:#}", anyhow::Error::new(error)), None)],
    };
    let test = sandbox.self_test().await;
    let layers = test.layers.iter().map(|state| {
        let name = format!("sandbox {}", state.layer);
        match (state.holds, state.layer.is_required()) {
            (true, _) => Check::ok(name, &state.detail),
            (false, true) => Check::failed(name, &state.detail, Some(NO_SANDBOX.to_owned())),
            (false, false) => Check::note(name, &state.detail),
        }
    });
    let made_of = test.made_of.iter().map(|made| {
        let name = "sandbox made of";
        if made.starts_with("no ") { Check::note(name, made) } else { Check::ok(name, made) }
    });
    layers.chain(made_of).collect()
}

/// A system installation, or the means to fetch the portable build.
async fn postgres(cache: &Path) -> Check {
    let mut options = LocateOptions::new(cache);
    options.pg_bin = env::var_os("NIL_PG_BIN").map(PathBuf::from);
    options.source = Source::System;
    let found = tokio::task::spawn_blocking(move || Binaries::locate(&options, &|_| {})).await;
    match found {
        Ok(Ok(binaries)) => Check::ok("postgresql", format!("{} in {}", binaries.version, binaries.bin_dir.display())),
        Ok(Err(_)) if env::var_os("NIL_PG_BIN").is_none() && version_of("npm").await.is_some() => {
            Check::note("postgresql", "none on this machine; `nil up` fetches a portable build when it first starts")
        }
        Ok(Err(error)) => Check::failed("postgresql", format!("failed to {error}"), None),
        Err(error) => Check::failed("postgresql", error.to_string(), None),
    }
}

/// Whether a directory can be written to, or made where it does not exist yet.
fn writable(name: &str, dir: &Path) -> Check {
    let existing = dir.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(dir);
    match tempfile::tempfile_in(existing) {
        Ok(_) => Check::ok(name, dir.display().to_string()),
        Err(error) => {
            let hint = "choose another with --home or NIL_HOME for data, --cache or NIL_CACHE for the cache";
            Check::failed(name, format!("cannot write to {}: {error}", existing.display()), Some(hint.to_owned()))
        }
    }
}
