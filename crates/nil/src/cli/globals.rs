//! Flags that every command takes.

use clap::{Args, ValueEnum};
use nil_client::DEFAULT_URL;
use secrecy::SecretString;

/// Where the server is and how to print.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Globals {
    /// Server that user commands talk to
    #[arg(long, global = true, env = "NIL_URL", default_value = DEFAULT_URL, value_name = "URL")]
    pub(crate) url: String,

    /// Bearer token that user commands send; better set as NIL_TOKEN, where other users cannot see it
    #[arg(long, global = true, env = "NIL_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub(crate) token: Option<SecretString>,

    /// How results are printed on stdout
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(crate) output: Format,

    /// When to use colour; NO_COLOR turns `auto` off
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub(crate) color: ColorChoice,
}

/// The form of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people: tables and relative times
    Text,
    /// For programs: one JSON document, RFC 3339 times
    Json,
}

/// When text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Also into files and pipes
    Always,
    /// Not at all
    Never,
}
