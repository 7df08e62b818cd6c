//! `nil` itself: its name, help and the two kinds of commands.

use clap::{Parser, Subcommand};

use super::{CompilerArgs, Globals, MigrateArgs, ServerArgs, UpArgs, UserCommand};

/// First argument of the child process that makes native code. It is answered before clap looks at anything, and is
/// no command for people.
pub(crate) const NATIVE_COMPILE: &str = "native-compile";

const AFTER_HELP: &str = "\
Start here:
  nil up                          a server on this machine, with everything it needs
  nil new hello                   a function to edit
  nil deploy hello                compile and publish it
  nil invoke hello '{\"name\":\"Ada\"}'

Exit codes:
  0    done
  1    the operation failed, here or on the server
  2    the command line cannot be understood
  3    the function ran and failed
  4    the source does not compile
  5    the server cannot be reached
  130  interrupted";

/// Source in, JSON out: compiles functions to WebAssembly and runs each call in a fresh sandbox.
#[derive(Debug, Parser)]
#[command(name = "nil", version, after_help = AFTER_HELP, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// A role keeps running and owns its process; a user command asks a server and ends.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run everything on this machine: database, server and compiler
    Up(UpArgs),
    #[command(flatten)]
    User(UserCommand),
    /// Run the HTTP API, publisher and executor against a PostgreSQL database
    Server(ServerArgs),
    /// Take compilation jobs from the queue of a PostgreSQL database
    Compiler(CompilerArgs),
    /// Create or update the tables and queues of a PostgreSQL database
    Migrate(MigrateArgs),
}
