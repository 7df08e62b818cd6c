//! Where the roles' own log goes: lines on stderr, for people or for machines.

use std::io::IsTerminal as _;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl LogFormat {
    /// As the command line spells it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// What is logged when `NIL_LOG` says nothing: our own events, and other crates' warnings.
const DEFAULT_FILTER: &str = "warn,nil=info,nil_server=info,nil_compiler=info,nil_store=info,nil_runtime=info,\
                              nil_postgres=info";

/// Starts logging. `NIL_LOG` takes a filter such as `nil_server=debug`.
pub(crate) fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_env("NIL_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // Escape codes in a log file hide what is searched for.
        .with_ansi(std::io::stderr().is_terminal() && !no_color)
        .with_writer(std::io::stderr);
    // A second subscriber is refused; the first one logs on.
    let _ = match format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}
