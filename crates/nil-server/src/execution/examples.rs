//! Running saved examples: each in a sandbox of its own under the version's limits, one after the other, unrecorded.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use nil_core::{Example, ExampleResult, same_json};
use nil_runtime::{Execution, Outcome, OutputMode};
use serde_json::value::RawValue;

use super::{lanes::Work, live::LiveEntry};
use crate::app::App;

/// A longer output is not shown; one that is expected to be that long is compared all the same.
const SHOWN_BYTES: usize = 16 * 1024;

/// The examples of a version take no longer than this together, and one execution: a publisher has others to publish.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the examples; those that failed come first.
pub(crate) async fn try_examples(app: &App, entry: &Arc<LiveEntry>, examples: Vec<Example>) -> Vec<ExampleResult> {
    let mut results = Vec::with_capacity(examples.len());
    let deadline = Instant::now() + PATIENCE;
    for example in examples {
        if Instant::now() > deadline {
            results.push(judge(example, Err("not run: the examples before it took too long")));
            continue;
        }
        let work = Work {
            entry: Arc::clone(entry),
            input: Bytes::copy_from_slice(example.input.get().as_bytes()),
            output_mode: OutputMode::Json,
            cold: false,
        };
        // On a worker, whatever the function's pace: a version that is not live yet has not shown any.
        let execution = app.lanes().run_interruptible(work, &Arc::default()).await;
        results.push(judge(example, execution.ok_or("not run: the server was stopping")));
    }
    results.sort_by_key(|result: &ExampleResult| result.passed);
    results
}

fn judge(example: Example, execution: Result<Execution, &str>) -> ExampleResult {
    let Example { name, input, output: expected } = example;
    let (output, error_message) = match execution.map(|execution| execution.outcome) {
        Ok(Outcome::Completed { output }) => (Some(output), None),
        Ok(Outcome::Failed(failure)) => (None, Some(failure.message())),
        Err(reason) => (None, Some(reason.to_owned())),
    };
    let text = output.as_deref();
    if text.is_some_and(|text| same_json(text, expected.get())) {
        return ExampleResult { name, passed: true, input: None, expected: None, output: None, error_message: None };
    }
    let too_long = text
        .filter(|text| text.len() > SHOWN_BYTES)
        .map(|text| format!("the output has {} bytes, too many to be shown, and is not the expected one", text.len()));
    let shown = text.filter(|text| text.len() <= SHOWN_BYTES).map(str::to_owned);
    ExampleResult {
        name,
        passed: false,
        input: Some(input).filter(|input| input.get().len() <= SHOWN_BYTES),
        expected: Some(expected).filter(|expected| expected.get().len() <= SHOWN_BYTES),
        output: shown.and_then(|text| RawValue::from_string(text).ok()),
        error_message: error_message.or(too_long),
    }
}
