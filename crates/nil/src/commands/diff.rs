//! `nil diff`: what deploying a project would change. Nothing is changed by it.

use nil_client::Client;
use nil_core::FileChange;

use super::project::{self, Plan, Planned, plan};
use crate::{
    cli::DiffArgs,
    failure::Failure,
    output::{Output, Tone, diff},
};

pub(super) async fn run(args: &DiffArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    let project = project::load(&args.project)?;
    let mut plans = Vec::new();
    for wish in &project.wishes {
        plans.push(plan(client, wish).await?);
    }
    if output.is_json() {
        return output.json(&plans);
    }
    for plan in plans.iter().filter(|plan| plan.action != Planned::Nothing) {
        output.data(&shown(plan, output.stdout().color))?;
    }
    if plans.iter().all(|plan| plan.action == Planned::Nothing) {
        output.note("no difference: the server has all of it");
    }
    Ok(())
}

fn shown(plan: &Plan, color: bool) -> String {
    let action = match plan.action {
        Planned::Create => "new",
        Planned::Update | Planned::Nothing => "changed",
    };
    let mut out = format!("{}\n", Tone::Strong.paint(&format!("{}: {action}", plan.name), color));
    if plan.description {
        out.push_str("description: changed\n");
    }
    for example in &plan.examples {
        let status = match example.status {
            FileChange::Added => "new",
            FileChange::Removed => "gone",
            FileChange::Changed => "changed",
        };
        out.push_str(&format!("example {}: {status}\n", example.name));
    }
    out.push_str(&diff(&plan.content, color));
    out
}
