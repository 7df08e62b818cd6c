//! Where the roles' own log goes: lines on stderr, for people or for machines.

use std::io::IsTerminal as _;

use anyhow::Context as _;
use clap::ValueEnum;
use opentelemetry_sdk::trace::SdkTracer;
use tracing_subscriber::{
    EnvFilter, Layer as _,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::telemetry::{self, Reporting};

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
    start_with(format, None);
}

/// The same, and reports traces if the environment asks for it, until what is returned is dropped.
///
/// # Errors
/// When what the environment asks for cannot be done.
pub(crate) fn start_reporting(format: LogFormat) -> anyhow::Result<Option<Reporting>> {
    let (tracer, reporting) =
        telemetry::start().context("traces cannot be reported as the OTEL_ variables ask for")?.unzip();
    start_with(format, tracer);
    Ok(reporting)
}

fn start_with(format: LogFormat, tracer: Option<SdkTracer>) {
    let filter = EnvFilter::try_from_env("NIL_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let lines = tracing_subscriber::fmt::layer()
        // Escape codes in a log file hide what is searched for.
        .with_ansi(std::io::stderr().is_terminal() && !no_color)
        .with_writer(std::io::stderr);
    let lines = match format {
        LogFormat::Text => lines.with_target(false).boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    // Spans of traces have a target of their own; nothing else is reported.
    let spans = tracer.map(|tracer| {
        let only_spans = Targets::new().with_target("otel", LevelFilter::INFO);
        tracing_opentelemetry::layer().with_tracer(tracer).with_filter(only_spans)
    });
    // A second subscriber is refused; the first one logs on.
    let _ = tracing_subscriber::registry().with(lines.with_filter(filter)).with(spans).try_init();
}
