//! `nil toolchain`: the compilers on this machine.

use std::path::Path;

use nil_compiler::ToolchainState;
use nil_core::Language;
use serde::Serialize;

use crate::{
    cli::{ToolchainAction, ToolchainArgs},
    failure::Failure,
    output::{Output, Progress, Table},
    paths,
};

/// One toolchain as it is on this machine.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    language: Language,
    /// `installed`, `missing` or `broken`.
    state: &'static str,
    /// Versions of its parts, if it is installed.
    version: Option<String>,
    /// Where it is, if it is installed.
    directory: Option<String>,
    /// What is wrong and what to do, if it is not.
    problem: Option<String>,
    #[serde(skip)]
    hint: Option<String>,
}

pub(super) async fn run(args: &ToolchainArgs, output: &Output) -> Result<(), Failure> {
    let root = paths::toolchains(&paths::cache(args.cache.dir.as_deref())?);
    match &args.action {
        ToolchainAction::List => show(&reports(&[], &root).await, output),
        ToolchainAction::Install { languages } => install(languages, &root, output).await,
        ToolchainAction::Check { languages } => {
            let reports = reports(languages, &root).await;
            show(&reports, output)?;
            let unusable: Vec<_> = reports.iter().filter(|report| report.state != "installed").collect();
            match unusable.first() {
                None => Ok(()),
                Some(first) => Err(Failure::Local {
                    message: format!("toolchains that cannot be used: {} of {}", unusable.len(), reports.len()),
                    hint: first.hint.clone(),
                }),
            }
        }
    }
}

async fn install(languages: &[Language], root: &Path, output: &Output) -> Result<(), Failure> {
    for language in chosen(languages) {
        let progress = Progress::start(output, &format!("{language}: looking"));
        nil_compiler::install(language, root, &|step| progress.say(&format!("{language}: {step}")))
            .await
            .map_err(|error| Failure::from(anyhow::Error::new(error)))?;
    }
    show(&reports(languages, root).await, output)
}

fn chosen(languages: &[Language]) -> Vec<Language> {
    if languages.is_empty() { Language::compiled().collect() } else { languages.to_vec() }
}

async fn reports(languages: &[Language], root: &Path) -> Vec<Report> {
    let mut reports = Vec::new();
    for language in chosen(languages) {
        let state = nil_compiler::check(language, root).await;
        let report = |state| Report { language, state, version: None, directory: None, problem: None, hint: None };
        reports.push(match state {
            ToolchainState::Installed(installation) => Report {
                version: Some(installation.version),
                directory: Some(installation.dir.display().to_string()),
                ..report("installed")
            },
            ToolchainState::Missing { hint } => Report { hint: Some(hint), ..report("missing") },
            ToolchainState::Broken { why, hint } => Report { problem: Some(why), hint: Some(hint), ..report("broken") },
        });
    }
    reports
}

fn show(reports: &[Report], output: &Output) -> Result<(), Failure> {
    if output.is_json() {
        return output.json(&reports);
    }
    let mut table = Table::new(&["LANGUAGE", "STATE", "VERSION", "DIRECTORY"]);
    for report in reports {
        table.row([
            report.language.to_string(),
            report.state.to_owned(),
            report.version.clone().unwrap_or_else(|| "-".to_owned()),
            report.directory.clone().or_else(|| report.problem.clone()).unwrap_or_else(|| "-".to_owned()),
        ]);
    }
    output.data(&table.render(output.stdout().color))
}
