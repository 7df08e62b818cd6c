//! `nil-bench`: measures the product beside what people would use instead, on one machine, in one go.
//!
//! `run` is the harness. `bare` and `naive` are baselines it starts of itself: the HTTP stack without a sandbox, and
//! durable executions as one would first write them. Nothing here is part of the product.

mod child;
mod context;
mod languages;
mod load;
mod machine;
mod measures;
mod peers;
mod product;
mod report;
mod servers;
mod statistics;
mod tools;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

/// The product's own allocator and stack size: baselines must not lose for want of either.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
const THREAD_STACK_BYTES: usize = 4 << 20;

#[derive(Debug, Parser)]
#[command(about = "Measures ProjectNIL beside what people would use instead")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure, and write target/bench/report.json and bench/RESULTS.md
    Run(RunArgs),
    /// Measure what each language costs, and write the table in docs/languages.md
    Languages(languages::LanguagesArgs),
    /// Serve a JSON echo from the same HTTP stack, without a sandbox
    Bare {
        /// Where to listen
        #[arg(long)]
        listen: SocketAddr,
    },
    /// Serve durable executions with two transactions a call
    Naive {
        /// Where to listen
        #[arg(long)]
        listen: SocketAddr,
        /// The function of the product's database to call
        #[arg(long)]
        function: String,
    },
}

/// What to measure.
#[derive(Debug, Args)]
struct RunArgs {
    /// Fewer and shorter rounds: the same report in under five minutes
    #[arg(long)]
    quick: bool,
    /// Only these groups: http, durable, latency, overload, backlog, deploy, calls, kernels, native, density, profile
    #[arg(long, value_delimiter = ',', value_name = "GROUP")]
    only: Vec<String>,
    /// Functions on one server in the group `density`, instead of 10,000 (quick: 500)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    functions: Option<u32>,
    /// What makes the load
    #[arg(long, value_enum, default_value = "auto", value_name = "NAME")]
    generator: load::Choice,
    /// The product's binary
    #[arg(long, default_value = "target/release/nil", value_name = "FILE")]
    program: PathBuf,
    /// Where the report goes instead of target/bench and bench/
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Measure on a busy machine, too, instead of waiting for it to calm down
    #[arg(long)]
    no_wait: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime =
        match tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(THREAD_STACK_BYTES).build() {
            Ok(runtime) => runtime,
            Err(error) => return fail(&error.into()),
        };
    // Database pools and HTTP clients are made outside of tasks, too.
    let _entered = runtime.enter();
    let result = match cli.command {
        Command::Run(args) => measures::run_all(&args, &runtime),
        Command::Languages(args) => languages::run(&args, &runtime),
        Command::Bare { listen } => runtime.block_on(servers::bare::serve(listen)),
        Command::Naive { listen, function } => runtime.block_on(servers::naive::serve(listen, &function)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    machine::say(&format!("error: {error:#}"));
    ExitCode::FAILURE
}
