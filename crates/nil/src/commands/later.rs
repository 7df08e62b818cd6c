//! `nil invoke --async`, `nil cancel` and `nil callback-secret`: executions that run later.

use nil_api::{ExecuteRequest, ExecutionDetail};
use nil_client::{CalledOff, Client};
use nil_core::{ExecutionStatus, FunctionRef};
use serde_json::{json, value::RawValue};

use super::logs::log_line;
use crate::{
    cli::{CallbackSecretArgs, CancelArgs, LaterArgs},
    failure::Failure,
    output::{Output, Progress},
};

pub(super) async fn invoke(
    function: &FunctionRef,
    input: Option<&RawValue>,
    args: &LaterArgs,
    client: &Client,
    output: &Output,
) -> Result<(), Failure> {
    let request = ExecuteRequest {
        input,
        delay_ms: args.delay,
        max_attempts: args.max_attempts,
        callback_url: args.callback.clone(),
    };
    let accepted = client.execute_later(function, &request).await?;
    if !args.wait {
        return if output.is_json() { output.json(&accepted) } else { output.line(&accepted.id.to_string()) };
    }
    output.note(&format!("accepted as {}", accepted.id));
    let progress = Progress::start(output, &format!("waiting for {function}"));
    let execution = client.wait_until_over(accepted.id, None).await?;
    drop(progress);
    let execution = execution.ok_or_else(|| Failure::local("the execution is not over"))?;
    show(&execution, output)?;
    match execution.status {
        ExecutionStatus::Failed => Err(Failure::FunctionFailed {
            message: execution.error_message.unwrap_or_else(|| "the function failed".to_owned()),
            hint: Some(format!("nil executions show {}", execution.id)),
        }),
        ExecutionStatus::Canceled => Err(Failure::local("the execution was called off")),
        _ => Ok(()),
    }
}

fn show(execution: &ExecutionDetail, output: &Output) -> Result<(), Failure> {
    if output.is_json() {
        return output.json(execution);
    }
    for line in &execution.logs {
        output.say(&log_line(line, output.stderr().color));
    }
    match (&execution.output, execution.status) {
        (Some(json), _) => output.json_text(json.get()),
        (None, ExecutionStatus::Completed) => output.json_text("null"),
        (None, _) => Ok(()),
    }
}

pub(super) async fn cancel(args: &CancelArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    let called_off = client.cancel(args.id).await?;
    let (result, words) = match called_off {
        CalledOff::Waiting => ("canceled", "is called off and will not run"),
        CalledOff::Running => ("interrupted", "runs, and is interrupted"),
    };
    output.note(&format!("{} {words}", args.id));
    if output.is_json() { output.json(&json!({ "id": args.id, "result": result })) } else { Ok(()) }
}

pub(super) async fn callback_secret(
    args: &CallbackSecretArgs,
    client: &Client,
    output: &Output,
) -> Result<(), Failure> {
    let secret = client.make_callback_secret(&args.function).await?;
    output.note("callbacks are signed with this from now on; it is not shown again");
    if output.is_json() { output.json(&secret) } else { output.line(&secret.secret) }
}
