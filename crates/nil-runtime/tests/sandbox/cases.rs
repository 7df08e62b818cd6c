//! Every folder under `cases/` is a guest with its expected outcome. Each is run twice while a healthy neighbour
//! is being called: hostile guests must end as written and harm nobody.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc, time::Instant};

use nil_core::{ExecutionLimits, LogLevel};
use nil_runtime::{Call, Execution, Outcome, OutputMode, PreInit, PublishError, PublishLimits, Published, Runtime, Variables};
use serde::Deserialize;
use serde_json::Value;

use crate::support::{Neighbour, assemble, cases_dir, publish_and_load, runtime};

/// `case.json`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Case {
    #[serde(rename = "about")]
    _about: String,
    /// The input as JSON; `{}` by default.
    input: Option<Value>,
    /// The input as text, where its writing matters.
    input_text: Option<String>,
    #[serde(default)]
    output_mode: Mode,
    /// What the function is configured with.
    variables: Option<BTreeMap<String, String>>,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    publish_limits: Publishing,
    expect: Expected,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Json,
    Text,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Limits {
    memory_bytes: Option<u64>,
    timeout_ms: Option<u64>,
    input_bytes: Option<u64>,
    output_bytes: Option<u64>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Publishing {
    initialize_timeout_ms: Option<u64>,
}

/// What must be seen. Exactly one of `rejected`, `output` and `failed`; the rest adds to it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Expected {
    /// Pieces of the diagnostics, in order.
    rejected: Option<Vec<String>>,
    /// The output, exactly.
    output: Option<String>,
    /// The failure's code.
    failed: Option<String>,
    /// Pieces of the failure's message, in order.
    #[serde(default)]
    message: Vec<String>,
    /// The innermost frames of its backtrace.
    #[serde(default)]
    frames: Vec<String>,
    /// `done`, `skipped` or `not-needed`.
    pre_init: Option<String>,
    /// A piece of the reason for skipping.
    pre_init_reason: Option<String>,
    /// The log, as `level message`.
    logs: Option<Vec<String>>,
    log_lines: Option<usize>,
    log_bytes_dropped: Option<u64>,
    peak_memory_bytes: Option<u64>,
    /// Longest an execution may take, in milliseconds.
    max_ms: Option<u64>,
}

#[test]
fn every_case_ends_as_written_and_harms_nobody() {
    let runtime = runtime();
    let neighbour = Neighbour::start(&runtime);
    let mut folders: Vec<_> = fs::read_dir(cases_dir())
        .expect("the cases")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(folders.len() > 170, "the cases are missing");
    let mut problems = Vec::new();
    for folder in &folders {
        for time in ["first", "second"] {
            if let Err(problem) = run(&runtime, folder) {
                let name = folder.file_name().unwrap_or_default().to_string_lossy();
                problems.push(format!("{name} ({time} time): {problem}"));
                break;
            }
            neighbour.must_answer();
        }
    }
    neighbour.stop();
    assert!(problems.is_empty(), "{} cases failed:\n{}", problems.len(), problems.join("\n"));
}

fn run(runtime: &Runtime, folder: &Path) -> Result<(), String> {
    let read = |name: &str| fs::read_to_string(folder.join(name)).map_err(|error| format!("{name}: {error}"));
    let case: Case = serde_json::from_str(&read("case.json")?).map_err(|error| format!("case.json: {error}"))?;
    let wasm = assemble(&read("module.wat")?);
    let defaults = PublishLimits::default();
    let limits = PublishLimits {
        initialize_timeout_ms: case.publish_limits.initialize_timeout_ms.unwrap_or(defaults.initialize_timeout_ms),
        ..defaults
    };
    if let Some(pieces) = &case.expect.rejected {
        return match runtime.publish(&wasm, &limits) {
            Err(PublishError::Rejected(rejection)) => contains(&rejection.to_string(), pieces),
            Err(error) => Err(format!("not a rejection: {error}")),
            Ok(_) => Err("was published".to_owned()),
        };
    }
    let (published, live) = publish_and_load(runtime, &wasm, &limits);
    check_pre_init(&case.expect, &published)?;
    let variables = case.variables.clone().map(|variables| Arc::new(Variables::new(variables)));
    let started = Instant::now();
    let execution = runtime.execute(
        &live,
        &Call {
            input: &input(&case),
            limits: &call_limits(&case.limits),
            output_mode: match case.output_mode {
                Mode::Json => OutputMode::Json,
                Mode::Text => OutputMode::Text,
            },
            cold: false,
            variables: variables.as_ref(),
        },
    );
    let took = started.elapsed().as_millis();
    if let Some(most) = case.expect.max_ms.filter(|most| took > u128::from(*most)) {
        return Err(format!("took {took} ms, more than {most}"));
    }
    check(&case.expect, &execution)
}

fn input(case: &Case) -> String {
    match (&case.input_text, &case.input) {
        (Some(text), _) => text.clone(),
        (None, Some(value)) => value.to_string(),
        (None, None) => "{}".to_owned(),
    }
}

fn call_limits(limits: &Limits) -> ExecutionLimits {
    let defaults = ExecutionLimits::default();
    ExecutionLimits {
        memory_bytes: limits.memory_bytes.unwrap_or(defaults.memory_bytes),
        timeout_ms: limits.timeout_ms.unwrap_or(defaults.timeout_ms),
        input_bytes: limits.input_bytes.unwrap_or(defaults.input_bytes),
        output_bytes: limits.output_bytes.unwrap_or(defaults.output_bytes),
        log_bytes: defaults.log_bytes,
    }
}

fn check_pre_init(expected: &Expected, published: &Published) -> Result<(), String> {
    let (outcome, reason) = match &published.pre_init {
        PreInit::NotNeeded => ("not-needed", ""),
        PreInit::Done => ("done", ""),
        PreInit::Skipped { reason } => ("skipped", &reason[..]),
    };
    if expected.pre_init.as_deref().is_some_and(|expected| expected != outcome) {
        return Err(format!("pre-initialisation: {:?}", published.pre_init));
    }
    contains(reason, expected.pre_init_reason.as_slice())
}

fn check(expected: &Expected, execution: &Execution) -> Result<(), String> {
    let receipt = &execution.receipt;
    match (&execution.outcome, &expected.output, &expected.failed) {
        (Outcome::Completed { output }, Some(expected), None) if output == expected => {}
        (Outcome::Failed(failure), None, Some(code)) if failure.code() == code => {
            contains(&failure.message(), &expected.message)?;
            if !failure.backtrace.starts_with(&expected.frames) {
                return Err(format!("backtrace: {:?}", failure.backtrace));
            }
        }
        (outcome, ..) => return Err(format!("{outcome:?}")),
    }
    let logs: Vec<_> = execution.logs.iter().map(|line| format!("{} {}", level(line.level), line.message)).collect();
    if expected.logs.as_ref().is_some_and(|expected| *expected != logs) {
        return Err(format!("logs: {logs:?}"));
    }
    let numbers = [
        ("log lines", expected.log_lines.map(|lines| lines as u64), logs.len() as u64),
        ("log bytes dropped", expected.log_bytes_dropped, receipt.log_bytes_dropped),
        ("peak memory", expected.peak_memory_bytes, receipt.peak_memory_bytes),
    ];
    match numbers.iter().find(|(_, expected, found)| expected.is_some_and(|expected| expected != *found)) {
        Some((what, _, found)) => Err(format!("{what}: {found}")),
        None => Ok(()),
    }
}

fn level(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Debug => "debug",
        LogLevel::Info => "info",
        LogLevel::Log => "log",
        LogLevel::Warn => "warn",
        LogLevel::Error => "error",
    }
}

fn contains(text: &str, pieces: &[String]) -> Result<(), String> {
    let mut rest = text;
    for piece in pieces {
        match rest.find(piece.as_str()) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return Err(format!("`{piece}` is missing in: {text}")),
        }
    }
    Ok(())
}
