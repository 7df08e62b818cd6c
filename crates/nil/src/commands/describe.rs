//! `nil describe`: one function, its newest version and what is wrong with it.

use chrono::{DateTime, Utc};
use nil_api::FunctionDetail;
use nil_client::Client;
use nil_core::FunctionSettings;

use crate::{
    cli::DescribeArgs,
    failure::Failure,
    output::{Output, Sources, ago, bytes, escape_lines, fields, millis, moment},
};

pub(super) async fn run(args: &DescribeArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    let function = client.get(&args.function).await?;
    if args.source {
        return source(&function, output);
    }
    if output.is_json() {
        return output.json(&function);
    }
    output.data(&fields(&facts(&function), output.stdout().color))?;
    let problems = problems(&function, output);
    if problems.is_empty() { Ok(()) } else { output.data(&format!("\n{problems}")) }
}

/// Untouched for a program, so that it can be edited and deployed again; harmless for a terminal.
fn source(function: &FunctionDetail, output: &Output) -> Result<(), Failure> {
    if output.is_json() {
        return output.json(&function.source);
    }
    if output.stdout().terminal { output.line(&escape_lines(&function.source)) } else { output.data(&function.source) }
}

fn facts(function: &FunctionDetail) -> Vec<(&'static str, String)> {
    let now = Utc::now();
    let when = |time: DateTime<Utc>| format!("{} ({})", moment(time), ago(time, now));
    let live = match function.live_version {
        Some(live) if live == function.version => "answers calls".to_owned(),
        Some(live) => format!("v{live} answers calls"),
        None => "no version answers calls yet".to_owned(),
    };
    let mut facts = vec![("name", function.name.to_string()), ("id", function.id.to_string())];
    if let Some(description) = &function.description {
        facts.push(("description", escape_lines(description)));
    }
    facts.extend([
        ("status", function.status.to_string()),
        ("version", format!("v{}, {live}", function.version)),
        ("language", function.language.to_string()),
    ]);
    if !function.files.is_empty() {
        let paths: Vec<_> = function.files.iter().map(|(path, _)| path).collect();
        facts.push(("files", format!("{}, {}", function.language.entry_file(), paths.join(", "))));
    }
    facts.extend(function.abi.map(|abi| ("ABI", abi.to_string())));
    facts.extend(function.wasm_bytes.map(|size| ("module", bytes(size.unsigned_abs()))));
    facts.extend(function.build_ms.map(|ms| ("build", millis(ms))));
    if !function.environments.is_empty() {
        facts.push(("environments", function.environments.join(", ")));
    }
    facts.extend([
        ("limits", limits(&function.settings)),
        ("created", when(function.created_at)),
        ("updated", when(function.updated_at)),
    ]);
    facts
}

fn limits(settings: &FunctionSettings) -> String {
    let own: Vec<_> = [
        settings.timeout_ms.map(|ms| format!("time {ms} ms")),
        settings.memory_limit_bytes.map(|size| format!("memory {}", bytes(size))),
        settings.output_limit_bytes.map(|size| format!("output {}", bytes(size))),
        settings.log_limit_bytes.map(|size| format!("logs {}", bytes(size))),
        settings.record_percent.map(|percent| format!("records {percent} % of /fn calls")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if own.is_empty() { "the server's defaults".to_owned() } else { own.join(", ") }
}

/// Structured where the compiler gave places, else the plain text.
fn problems(function: &FunctionDetail, output: &Output) -> String {
    let entry_file = function.language.entry_file();
    if !function.diagnostics.is_empty() {
        let sources = Sources { entry_file, shown_as: entry_file, text: &function.source, files: &function.files };
        return sources.render_for_stdout(&function.diagnostics, output);
    }
    function.compile_error.as_deref().map(|error| format!("{}\n", escape_lines(error))).unwrap_or_default()
}
