//! What people would use instead: other runtimes answering the same JSON echo, each with its own HTTP server.

mod npm;
mod wasmtime;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    child::{Running, free_address},
    machine::{self, Core},
};

/// A peer that can run here.
#[derive(Debug)]
pub(crate) struct Peer {
    /// Its name in figures.
    pub(crate) id: &'static str,
    /// What people call it, with its version.
    pub(crate) shown: String,
    program: PathBuf,
    dir: PathBuf,
    /// Builds its command line, given the address to listen on.
    arguments: fn(&std::net::SocketAddr) -> Vec<String>,
}

/// The peers found and, for each that was not, why.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    pub(crate) found: Vec<Peer>,
    pub(crate) skipped: Vec<String>,
}

/// Installs what is pinned, below `target` and `local`, and looks what runs. Takes minutes the first time.
pub(crate) fn install(bench: &Path, target: &Path, local: &Path) -> anyhow::Result<Peers> {
    let mut peers = Peers::default();
    npm::find(bench, target, &mut peers)?;
    wasmtime::find(bench, local, &mut peers);
    Ok(peers)
}

impl Peer {
    /// Starts it on the servers' core.
    pub(crate) fn start(&self, logs: &Path) -> anyhow::Result<Running> {
        let address = free_address()?;
        let mut command: Command = machine::pinned(&self.program, Core::Server);
        command.current_dir(&self.dir).args((self.arguments)(&address)).env("DENO_NO_UPDATE_CHECK", "1");
        Running::start(self.id, command, address, logs)
    }
}
