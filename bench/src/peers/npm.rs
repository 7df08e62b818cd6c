//! Peers that npm has: `workerd`, `deno`, `bun`, and the `node` that npm itself runs on.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;

use super::{Peer, Peers};
use crate::machine;

/// Fetches the pinned packages below `target` and looks what runs.
pub(super) fn find(bench: &Path, target: &Path, peers: &mut Peers) -> anyhow::Result<()> {
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
    if (changed || !dir.join("node_modules").exists())
        && let Err(error) = fetch(&dir)
    {
        peers.skipped.push(format!("workerd, deno, bun: npm could not fetch them ({error:#})"));
    }
    let modules = dir.join("node_modules");
    type Arguments = fn(&SocketAddr) -> Vec<String>;
    let candidates: [(&str, Vec<PathBuf>, Arguments); 4] = [
        ("node", vec![PathBuf::from("node")], |address| vec!["node.mjs".to_owned(), address.port().to_string()]),
        (
            "workerd",
            ["64", "arm64"].map(|cpu| modules.join(format!("@cloudflare/workerd-linux-{cpu}/bin/workerd"))).into(),
            |address| ["serve", "workerd.capnp", &format!("--socket-addr=http={address}")].map(str::to_owned).into(),
        ),
        ("deno", vec![modules.join("@deno/linux-x64-glibc/deno")], |address| {
            ["run", "--quiet", "--allow-net", "deno.mjs", &address.port().to_string()].map(str::to_owned).into()
        }),
        (
            "bun",
            ["x64", "aarch64"].map(|cpu| modules.join(format!("@oven/bun-linux-{cpu}/bin/bun"))).into(),
            |address| ["run", "bun.mjs", &address.port().to_string()].map(str::to_owned).into(),
        ),
    ];
    for (id, programs, arguments) in candidates {
        match programs.into_iter().find_map(|program| machine::version_of(&program).map(|version| (program, version))) {
            Some((program, version)) => {
                let shown = format!("{id} {version}");
                peers.found.push(Peer { id, shown, program, dir: dir.clone(), arguments });
            }
            None => peers.skipped.push(format!("{id}: no binary that runs on this machine")),
        }
    }
    Ok(())
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
