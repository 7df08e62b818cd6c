//! The compiling child: takes its limits first, then one module, then answers and ends.

use std::io::{self, Write};

use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};

use super::protocol::{self, Answer, Header};
use crate::engine;

/// Compiles the one module given on stdin and writes native code to stdout. The exit code for `main`.
///
/// For the hidden subcommand of the program named in [`NativeCompiler`](crate::NativeCompiler): call it before
/// anything else is started, and write nothing else to stdout.
#[must_use]
pub fn native_compiler_main() -> i32 {
    match serve(io::stdin().lock(), io::stdout().lock()) {
        Ok(()) => 0,
        Err(error) => {
            // Nobody is left to tell if this fails too.
            let _ = writeln!(io::stderr(), "failed to serve a compilation: {error}");
            1
        }
    }
}

fn serve(mut from: impl io::Read, to: impl Write) -> io::Result<()> {
    // The parent kills this child at the deadline; this is for a parent that is killed itself.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let header = protocol::receive_header(&mut from)?;
    limit(&header)?;
    let wasm = protocol::receive_wasm(&mut from, &header)?;
    let compiled = engine::on_demand(header.codegen).and_then(|engine| engine.precompile_module(&wasm));
    let answer = match compiled {
        Ok(native) => Answer::Compiled(native),
        Err(error) => Answer::Refused(format!("{error:#}")),
    };
    protocol::answer(to, &answer)
}

/// Takes the limits of this compilation; they hold for every thread of this process.
fn limit(header: &Header) -> io::Result<()> {
    let both = |value| Rlimit { current: Some(value), maximum: Some(value) };
    // Data rather than address space: allocators reserve far more addresses than they ever use.
    setrlimit(Resource::Data, both(header.memory_bytes))?;
    setrlimit(Resource::Cpu, both(header.cpu_seconds))?;
    setrlimit(Resource::Core, both(0))?;
    setrlimit(Resource::Fsize, both(0))?;
    Ok(())
}
