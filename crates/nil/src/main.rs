//! The `nil` binary: parse, dispatch, turn the result into an exit code. What a role or a command does is in
//! [`roles`] and [`commands`].

mod cli;
mod commands;
mod compilation_source;
mod failure;
mod logging;
mod open_files;
mod output;
mod paths;
mod roles;
mod shutdown;
mod telemetry;
mod templates;

use std::process::ExitCode;

use clap::Parser as _;

use crate::{
    cli::{Cli, Command},
    failure::Failure,
    output::Output,
};

/// Short functions run on the threads that read requests; a guest's stack and its host calls need this much.
const THREAD_STACK_BYTES: usize = 4 << 20;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// As many threads as there are cores. Short functions run on them; one that turns out to be long gives the thread's
/// other work to another thread.
fn reactor() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().thread_stack_size(THREAD_STACK_BYTES).enable_all().build()
}

fn main() -> ExitCode {
    // Before anything else: this child turns untrusted modules into native code and must not inherit more of us
    // than it needs, neither threads nor configuration.
    if std::env::args_os().nth(1).is_some_and(|argument| argument == cli::NATIVE_COMPILE) {
        std::process::exit(nil_runtime::native_compiler_main());
    }
    if std::env::args_os().nth(1).is_some_and(|argument| argument == nil_compiler::SCRIPT_WORKER) {
        std::process::exit(nil_compiler::script_worker_main(std::env::args_os().skip(2)));
    }
    // Nor must the launcher of a compiler's box, which needs to be alone in its process besides.
    if let Some(code) = nil_compiler::box_main() {
        std::process::exit(code);
    }
    let cli = Cli::parse();
    let output = Output::new(cli.globals.output, cli.globals.color);
    let runtime = match reactor() {
        Ok(runtime) => runtime,
        Err(error) => return output.report(&Failure::local(format!("cannot start threads: {error}"))),
    };
    let result = runtime.block_on(async {
        match cli.command {
            Command::Up(args) => roles::up::run(args).await.map_err(Failure::from),
            Command::Server(args) => roles::server::run(args).await.map_err(Failure::from),
            Command::Compiler(args) => roles::compiler::run(args).await.map_err(Failure::from),
            Command::Migrate(args) => roles::migrate::run(args).await.map_err(Failure::from),
            Command::User(command) => commands::run(command, &cli.globals, &output).await,
        }
    });
    // A command may leave a thread behind that waits for the keyboard; nobody needs its answer any more.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => output.report(&failure),
    }
}
