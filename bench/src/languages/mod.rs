//! What each language costs: the same programs, deployed and called through the product, one row a language.
//!
//! A language takes part when a compiler has its toolchain (`GET /languages`) and `examples/<language>/` has the
//! programs. Nothing here knows one language from another, except how it writes a comment.

mod example;
mod measure;
mod table;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use nil_api::{LanguageInfo, LanguageState};

use crate::{
    child::{Running, free_address},
    machine, product,
};

/// `nil-bench languages`.
#[derive(Debug, Args)]
pub(crate) struct LanguagesArgs {
    /// Only these languages
    #[arg(long, value_delimiter = ',', value_name = "LANGUAGE")]
    only: Vec<String>,
    /// Deployments whose time is taken, for each language
    #[arg(long, default_value_t = 15, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    deployments: u32,
    /// Calls whose time is taken, for each language
    #[arg(long, default_value_t = 300, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    calls: u32,
    /// The product's binary
    #[arg(long, default_value = "target/release/nil", value_name = "FILE")]
    program: PathBuf,
    /// The page whose table is replaced; without it the table is only printed
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

/// How long a first start may take on a machine that has nothing yet: it installs toolchains.
const READY_WITHIN: std::time::Duration = std::time::Duration::from_secs(300);

/// How long compilers are busy with themselves after the first has announced itself.
const COMPILERS_START: std::time::Duration = std::time::Duration::from_secs(5);

/// Measures every language that is there and writes the table.
pub(crate) fn run(args: &LanguagesArgs, tokio: &tokio::runtime::Runtime) -> anyhow::Result<()> {
    let root = std::env::current_dir()?;
    let examples = root.join("examples");
    anyhow::ensure!(examples.join("common").is_dir(), "run this in the repository's root, as `make bench` does");
    let program = root.join(&args.program);
    anyhow::ensure!(program.exists(), "{} is not there; build it with `make build`", program.display());
    let home = root.join("target/bench/languages");
    if home.exists() {
        std::fs::remove_dir_all(&home).with_context(|| format!("failed to clear {}", home.display()))?;
    }
    let address = free_address()?;
    let start = || -> anyhow::Result<Running> {
        let mut command = std::process::Command::new(&program);
        command.arg("up").arg("--home").arg(&home).env("NIL_LISTEN", address.to_string()).env_remove("NIL_TOKEN");
        Running::start("nil-languages", command, address, &root.join("target/bench/logs"))
    };
    let load = machine::load_average();
    let server = start()?;
    let client = product::client(&server)?;
    let languages: Vec<LanguageInfo> = tokio.block_on(measure::installed(&client, READY_WITHIN))?;
    let is_there =
        |info: &&LanguageInfo| info.state == LanguageState::Installed && example::has_programs(&examples, info);
    let there: Vec<&LanguageInfo> = languages.iter().filter(is_there).collect();
    // All, whatever is measured: a shared runtime that is still being prepared would weigh on what comes first.
    for info in &there {
        machine::say(&format!("warming {} up", info.language));
        tokio.block_on(measure::warm_up(&client, &examples, info))?;
    }
    let is_wanted = |language: &str| args.only.is_empty() || args.only.iter().any(|only| only == language);
    let mut rows = Vec::new();
    for info in there.into_iter().filter(|info| is_wanted(info.language.as_str())) {
        machine::say(&format!("measuring {}", info.language));
        rows.push(tokio.block_on(measure::row(&client, &examples, info, args.deployments, args.calls))?);
    }
    // A server that has just started: what its first call of each finds is on disk, not in memory.
    drop(server);
    let server = start()?;
    let client = product::client(&server)?;
    // Compilers that are starting would weigh on the first of them.
    tokio.block_on(measure::installed(&client, READY_WITHIN))?;
    std::thread::sleep(COMPILERS_START);
    for row in &mut rows {
        row.first_call_ms = tokio.block_on(measure::first_call(&client, row))?;
    }
    let text = table::markdown(&rows, &machine::describe(), load);
    match &args.write {
        Some(page) => table::replace(page, &text),
        None => {
            machine::say(&text);
            Ok(())
        }
    }
}
