//! `nil diff`: what deploying a project would change. Nothing is changed by it.

use nil_client::Client;
use nil_core::{FileChange, SettingDiff, escape_control};
use serde::Serialize;
use serde_json::Value;

use super::project::{self, EnvironmentPlan, Plan, Planned, plan, plan_environments};
use crate::{
    cli::DiffArgs,
    failure::Failure,
    output::{Output, Tone, diff},
};

/// One difference as `-o json` prints it.
#[derive(Serialize)]
#[serde(untagged)]
enum Entry {
    Environment(EnvironmentPlan),
    Function(Plan),
}

impl Entry {
    fn action(&self) -> Planned {
        match self {
            Self::Environment(plan) => plan.action,
            Self::Function(plan) => plan.action,
        }
    }

    /// Nothing is to be done, and nothing stands in the way of it.
    fn is_nothing(&self) -> bool {
        let fine = match self {
            Self::Environment(plan) => plan.missing_secrets.is_empty() && plan.secret_variables.is_empty(),
            Self::Function(_) => true,
        };
        fine && self.action() == Planned::Nothing
    }
}

pub(super) async fn run(args: &DiffArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    let project = project::load(&args.project)?;
    let environments = plan_environments(client, &project).await?;
    let mut entries: Vec<_> = environments.into_iter().map(Entry::Environment).collect();
    for wish in &project.functions {
        entries.push(Entry::Function(plan(client, wish).await?));
    }
    if output.is_json() {
        return output.json(&entries);
    }
    let color = output.stdout().color;
    for entry in entries.iter().filter(|entry| !entry.is_nothing()) {
        output.data(&match entry {
            Entry::Environment(plan) => environment(plan, color),
            Entry::Function(plan) => function(plan, color),
        })?;
    }
    if entries.iter().all(Entry::is_nothing) {
        output.note("no difference: the server has all of it");
    }
    Ok(())
}

fn heading(name: &str, action: Planned, color: bool) -> String {
    let action = match action {
        Planned::Create => "new",
        Planned::Update => "changed",
        Planned::Nothing => "not ready",
        Planned::Missing => "missing",
    };
    format!("{}\n", Tone::Strong.paint(&format!("{name}: {action}"), color))
}

fn environment(plan: &EnvironmentPlan, color: bool) -> String {
    let mut out = heading(&format!("environment {}", plan.name), plan.action, color);
    for variable in &plan.variables {
        out.push_str(&pair("", variable, color));
    }
    for secret in &plan.missing_secrets {
        out.push_str(&format!("secret {secret}: missing; set it with `nil env secret {} {secret}`\n", plan.name));
    }
    for variable in &plan.secret_variables {
        out.push_str(&format!("{variable}: a secret on the server, which stays; name it in `secrets`\n"));
    }
    out
}

fn function(plan: &Plan, color: bool) -> String {
    let mut out = heading(&plan.name, plan.action, color);
    if plan.description {
        out.push_str("description: changed\n");
    }
    if let Some(environments) = &plan.environments {
        let names = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let line = format!("environments: {} -> {}", names(&environments.from), names(&environments.to));
        out.push_str(&Tone::Warning.paint(&line, color));
        out.push('\n');
    }
    for schedule in &plan.schedules {
        out.push_str(&format!("schedule {}: {}\n", schedule.name, word(schedule.status)));
        for field in &schedule.fields {
            out.push_str(&pair("  ", field, color));
        }
    }
    for example in &plan.examples {
        out.push_str(&format!("example {}: {}\n", example.name, word(example.status)));
    }
    out.push_str(&diff(&plan.content, color));
    out
}

fn word(status: FileChange) -> &'static str {
    match status {
        FileChange::Added => "new",
        FileChange::Removed => "gone",
        FileChange::Changed => "changed",
    }
}

/// `name: from -> to`.
fn pair(indent: &str, pair: &SettingDiff, color: bool) -> String {
    let shown = |value: &Value| match value {
        Value::Null => "none".to_owned(),
        value => value.to_string(),
    };
    let line = format!("{}: {} -> {}", pair.name, shown(&pair.from), shown(&pair.to));
    format!("{indent}{}\n", Tone::Warning.paint(&escape_control(&line), color))
}
