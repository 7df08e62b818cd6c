//! `nil check`: what is wrong with sources, without deploying them.

use std::sync::Arc;

use nil_api::{CheckSource, Checked};
use nil_client::{Client, ClientError};
use serde::Serialize;
use tokio::sync::Semaphore;

use super::deploy::{Target, Wanted, resolve};
use crate::{
    cli::CheckArgs,
    failure::Failure,
    output::{Output, Progress, bytes, millis},
};

/// Sources that are with the server at the same time: a laptop's compilers take two.
const AT_ONCE: usize = 4;

/// One check as `-o json` prints it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    file: String,
    language: String,
    /// Absent when the server refused it.
    result: Option<Checked>,
    /// Why the server refused it.
    error: Option<String>,
    #[serde(skip)]
    failure: Option<ClientError>,
}

pub(in crate::commands) async fn run(args: &CheckArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    let targets = resolve(&Wanted { files: &args.files, name: None, language: args.language })?;
    let progress = Progress::start(output, "waiting for a compiler");
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let checks: Vec<_> =
        targets.iter().map(|target| tokio::spawn(check(client.clone(), source(target), turns.clone()))).collect();
    let mut reports = Vec::new();
    for (target, check) in targets.iter().zip(checks) {
        let checked = check.await.map_err(|error| Failure::local(format!("a check broke off: {error}")))?;
        let report = Report::from(target, checked)?;
        if !output.is_json() {
            show(target, &report, output)?;
        }
        reports.push(report);
    }
    drop(progress);
    if output.is_json() {
        output.json(&reports)?;
    }
    conclude(reports, output)
}

fn source(target: &Target) -> CheckSource {
    CheckSource {
        language: target.language.to_string(),
        source: target.source(),
        wasm_base64: target.wasm_base64(),
        files: target.files().filter(|files| !files.is_empty()).map(|files| files.iter().collect()),
    }
}

async fn check(client: Client, source: CheckSource, turns: Arc<Semaphore>) -> Result<Checked, ClientError> {
    let _turn = turns.acquire().await;
    client.check(&source).await
}

impl Report {
    /// A server that is gone fails the whole command: the other sources would only say the same.
    fn from(target: &Target, checked: Result<Checked, ClientError>) -> Result<Self, ClientError> {
        let (file, language) = (target.shown_as.clone(), target.language.to_string());
        match checked {
            Ok(checked) => Ok(Self { file, language, result: Some(checked), error: None, failure: None }),
            Err(error @ ClientError::Problem { .. }) => {
                Ok(Self { file, language, result: None, error: Some(error.to_string()), failure: Some(error) })
            }
            Err(error) => Err(error),
        }
    }
}

/// One line on stdout, and what the compiler has to say on stderr.
fn show(target: &Target, report: &Report, output: &Output) -> Result<(), Failure> {
    let Some(checked) = &report.result else { return Ok(()) };
    target.say_guess(!checked.ok, output);
    if !checked.diagnostics.is_empty() {
        output.say(&target.sources().render_for_stderr(&checked.diagnostics, output));
    }
    let mut line = vec![target.shown_as.clone(), if checked.ok { "OK" } else { "FAILED" }.to_owned()];
    line.extend(checked.abi.map(|abi| abi.to_string()));
    line.push(millis(i64::try_from(checked.duration_ms).unwrap_or(i64::MAX)));
    line.extend(checked.size_bytes.map(bytes));
    output.line(&line.join("  "))
}

/// A source that does not compile outweighs one that the server refused: it has an exit code of its own.
fn conclude(mut reports: Vec<Report>, output: &Output) -> Result<(), Failure> {
    let does_not_compile = |report: &Report| report.result.as_ref().is_some_and(|checked| !checked.ok);
    let (total, broken) = (reports.len(), reports.iter().filter(|report| does_not_compile(report)).count());
    if let [only] = reports.as_mut_slice() {
        return match only.failure.take() {
            Some(error) => Err(error.into()),
            None if broken == 0 => Ok(()),
            None => Err(Failure::CompileFailed { message: format!("`{}` does not compile", only.file) }),
        };
    }
    let mut refused = 0;
    for report in &reports {
        if let Some(error) = &report.error {
            refused += 1;
            output.error(&format!("{}: {error}", report.file));
        }
    }
    match (broken, refused) {
        (0, 0) => Ok(()),
        (0, refused) => Err(Failure::local(format!("sources not checked: {refused} of {total}"))),
        (broken, _) => {
            Err(Failure::CompileFailed { message: format!("sources that do not compile: {broken} of {total}") })
        }
    }
}
