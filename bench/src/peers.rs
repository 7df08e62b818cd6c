//! What people would use instead: other runtimes answering the same JSON echo, each with its own HTTP server.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;

use crate::{
    child::{Running, free_address},
    machine::{self, Core},
};

/// A peer that can run here.
#[derive(Debug)]
pub(crate) struct Peer {
    /// Its name in the report.
    pub(crate) name: &'static str,
    /// Its version, as it tells.
    pub(crate) version: String,
    program: PathBuf,
    dir: PathBuf,
}

/// The peers found and, for each that was not, why.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    pub(crate) found: Vec<Peer>,
    pub(crate) skipped: Vec<String>,
}

/// Installs the pinned packages below `target` and looks what runs.
pub(crate) fn install(bench: &Path, target: &Path) -> anyhow::Result<Peers> {
    let (sources, dir) = (bench.join("peers"), target.join("peers"));
    fs::create_dir_all(&dir)?;
    let mut changed = false;
    for entry in fs::read_dir(&sources)?.flatten().filter(|entry| entry.path().is_file()) {
        let (name, text) = (entry.file_name(), fs::read(entry.path())?);
        let copy = dir.join(&name);
        if fs::read(&copy).is_ok_and(|old| old == text) {
            continue;
        }
        changed |= name == "package-lock.json";
        fs::write(copy, text)?;
    }
    let mut peers = Peers::default();
    if (changed || !dir.join("node_modules").exists())
        && let Err(error) = fetch(&dir)
    {
        peers.skipped.push(format!("workerd, deno, bun: npm could not fetch them ({error:#})"));
    }
    let modules = dir.join("node_modules");
    let candidates = [
        ("node", vec![PathBuf::from("node")]),
        (
            "workerd",
            ["64", "arm64"].map(|cpu| modules.join(format!("@cloudflare/workerd-linux-{cpu}/bin/workerd"))).into(),
        ),
        ("deno", vec![modules.join("@deno/linux-x64-glibc/deno")]),
        ("bun", ["x64", "aarch64"].map(|cpu| modules.join(format!("@oven/bun-linux-{cpu}/bin/bun"))).into()),
    ];
    for (name, programs) in candidates {
        match programs.into_iter().find_map(|program| version_of(&program).map(|version| (program, version))) {
            Some((program, version)) => peers.found.push(Peer { name, version, program, dir: dir.clone() }),
            None => peers.skipped.push(format!("{name}: no binary that runs on this machine")),
        }
    }
    peers.skipped.push(
        "wasmtime serve: its command-line tool is not on PATH, and it needs a component, which the AssemblyScript \
         toolchain does not make"
            .to_owned(),
    );
    Ok(peers)
}

/// The packages as they are: their install scripts would fetch what is there already.
fn fetch(dir: &Path) -> anyhow::Result<()> {
    machine::say("fetching the peers with npm");
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(dir);
    let output = npm.output().context("npm cannot be run")?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}

fn version_of(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let word =
        text.split_whitespace().find(|word| word.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()));
    word.map(|word| word.trim_start_matches('v').to_owned())
}

impl Peer {
    /// Starts it on the servers' core.
    pub(crate) fn start(&self, logs: &Path) -> anyhow::Result<Running> {
        let address = free_address()?;
        let port = address.port().to_string();
        let mut command = machine::pinned(&self.program, Core::Server);
        command.current_dir(&self.dir);
        match self.name {
            "workerd" => command.args(["serve", "workerd.capnp"]).arg(format!("--socket-addr=http={address}")),
            "deno" => {
                command.args(["run", "--quiet", "--allow-net", "deno.mjs", &port]).env("DENO_NO_UPDATE_CHECK", "1")
            }
            "bun" => command.args(["run", "bun.mjs", &port]),
            _ => command.args(["node.mjs", &port]),
        };
        Running::start(self.name, command, address, logs)
    }
}
