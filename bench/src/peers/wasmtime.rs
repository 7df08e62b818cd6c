//! `wasmtime serve`: the same engine behind its own HTTP server, with a component that answers what it was sent.

use std::{net::SocketAddr, path::Path};

use super::{Peer, Peers};
use crate::tools::Tool;

/// Of the engine the product uses, with the profile its makers call the fastest and only what serving needs. Like
/// their releases, it aborts on panic.
const WASMTIME: Tool = Tool {
    binary: "wasmtime",
    package: "wasmtime-cli",
    version: "48.0.8",
    arguments: &[
        "--profile=fastest-runtime",
        "--no-default-features",
        "--features=run,serve,cranelift,wat,pooling-allocator,parallel-compilation,component-model-async",
        "--bin=wasmtime",
    ],
    environment: &[("CARGO_PROFILE_FASTEST_RUNTIME_PANIC", "abort")],
    takes: "about ten minutes on two cores",
};

/// The settings that cost the least CPU a request of those tried with this component: 27 µs, against 34 µs with the
/// defaults, 67 µs without the pooling allocator, 28 µs without copy-on-write memory or with more kept resident.
const SERVE: &[&str] = &[
    "serve",
    "-Opooling-allocator=y",
    "-Opooling-memory-keep-resident=65536",
    "-Opooling-async-stack-keep-resident=16384",
];

/// Builds it below `local`. Two contenders: one with an instance for each request, which is its default and what ours
/// does, and one that keeps instances for many requests, which isolates nothing but costs less.
pub(super) fn find(bench: &Path, local: &Path, peers: &mut Peers) {
    let program = match WASMTIME.install(local) {
        Ok(program) => program,
        Err(error) => return peers.skipped.push(format!("wasmtime serve: {error:#}")),
    };
    let version = WASMTIME.version;
    let mut add = |id, shown, arguments| {
        peers.found.push(Peer { id, shown, program: program.clone(), dir: bench.join("peers"), arguments });
    };
    add("wasmtime_serve", format!("wasmtime serve {version}"), |address| serve(address, 1));
    add("wasmtime_serve_reused", format!("wasmtime serve {version}, reused"), |address| serve(address, 1024));
}

fn serve(address: &SocketAddr, requests_an_instance: u32) -> Vec<String> {
    let mut arguments: Vec<String> = SERVE.iter().map(|&argument| argument.to_owned()).collect();
    arguments.push(format!("--addr={address}"));
    arguments.push(format!("--max-instance-reuse-count={requests_an_instance}"));
    arguments.push("wasi-http.wat".to_owned());
    arguments
}
