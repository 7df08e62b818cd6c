//! `nil completions`: a script that makes a shell complete `nil`.

use clap::CommandFactory as _;

use crate::{
    cli::{Cli, CompletionsArgs},
    failure::Failure,
    output::Output,
};

pub(super) fn run(args: &CompletionsArgs, output: &Output) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "nil", &mut script);
    output.data(&String::from_utf8_lossy(&script))
}
