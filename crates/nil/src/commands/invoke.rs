//! `nil invoke`: one call. The output goes to stdout and nothing else does, so that it can be piped on.

use std::io::{self, Read as _};

use nil_api::ExecutionResult;
use nil_client::Client;
use nil_core::ExecutionStatus;
use serde_json::value::RawValue;

use super::{later, logs::log_line};
use crate::{
    cli::InvokeArgs,
    failure::Failure,
    output::{Output, Progress, bytes},
};

/// Reading stops here; every server's input limit is far below.
const INPUT_LIMIT_BYTES: u64 = 64 * 1024 * 1024;

const EXAMPLE: &str = r#"quote it for your shell, such as '{"name":"Ada"}'"#;

/// Where the input comes from.
enum Origin {
    Argument(String),
    File(String),
    Stdin,
}

pub(super) async fn run(args: InvokeArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    let input = input(&args).await?;
    if args.later.later {
        return later::invoke(&args.function, input.as_deref(), &args.later, client, output).await;
    }
    let progress = Progress::start(output, &format!("running {}", args.function));
    let result = client.execute(&args.function, input.as_deref()).await?;
    drop(progress);
    if args.full || output.is_json() {
        output.json(&result)?;
    } else {
        show(&result, output)?;
    }
    if result.status == ExecutionStatus::Failed {
        let message = result.error_message.unwrap_or_else(|| "the function failed".to_owned());
        return Err(Failure::FunctionFailed { message, hint: Some(format!("nil executions show {}", result.id)) });
    }
    Ok(())
}

fn show(result: &ExecutionResult, output: &Output) -> Result<(), Failure> {
    for line in &result.logs {
        output.say(&log_line(line, output.stderr().color));
    }
    if result.receipt.log_bytes_dropped > 0 {
        output.warning(&format!("{} of logs were cut off", bytes(result.receipt.log_bytes_dropped)));
    }
    match (&result.output, result.status) {
        (Some(json), _) => output.json_text(json.get()),
        // A function may well return null, which arrives as no output.
        (None, ExecutionStatus::Completed) => output.json_text("null"),
        (None, _) => Ok(()),
    }
}

/// The input as the JSON text it was given as; none means the server's default, `{}`.
async fn input(args: &InvokeArgs) -> Result<Option<Box<RawValue>>, Failure> {
    let origin = match (&args.input, args.data.as_deref()) {
        (_, Some("-" | "@-")) => Origin::Stdin,
        (_, Some(data)) => match data.strip_prefix('@') {
            Some(file) => Origin::File(file.to_owned()),
            None => Origin::Argument(data.to_owned()),
        },
        (Some(input), None) => Origin::Argument(input.clone()),
        (None, None) if stdin_holds_data() => Origin::Stdin,
        (None, None) => return Ok(None),
    };
    let explicit = args.data.is_some() || args.input.is_some();
    let text = match origin {
        Origin::Argument(text) => text,
        Origin::File(path) => {
            let file = std::fs::File::open(&path).map_err(|error| {
                Failure::usage(format!("cannot read `{path}`: {error}"), "check the path behind `@`")
            })?;
            read(file, format!("`{path}`")).await?
        }
        Origin::Stdin => read(io::stdin(), "stdin".to_owned()).await?,
    };
    if text.trim().is_empty() && !explicit {
        return Ok(None);
    }
    let text = text.strip_prefix('\u{feff}').map_or(text.as_str(), |text| text);
    serde_json::from_str(text)
        .map(Some)
        .map_err(|error| Failure::usage(format!("the input is not JSON: {error}"), EXAMPLE))
}

/// Files and pipes only: a service manager or a test runner may hand us a device that never ends.
fn stdin_holds_data() -> bool {
    use std::os::{fd::AsFd as _, unix::fs::FileTypeExt as _};

    let stdin = io::stdin().as_fd().try_clone_to_owned().map(std::fs::File::from);
    stdin.and_then(|stdin| stdin.metadata()).is_ok_and(|stdin| {
        let kind = stdin.file_type();
        kind.is_file() || kind.is_fifo() || kind.is_socket()
    })
}

/// Reads it all on a thread of its own, so that Ctrl-C still works while nothing comes.
async fn read(source: impl io::Read + Send + 'static, name: String) -> Result<String, Failure> {
    let bytes = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        source.take(INPUT_LIMIT_BYTES + 1).read_to_end(&mut bytes).map(|_| bytes)
    });
    let bytes = bytes
        .await
        .map_err(io::Error::other)
        .flatten()
        .map_err(|error| Failure::usage(format!("cannot read {name}: {error}"), EXAMPLE))?;
    if bytes.len() as u64 > INPUT_LIMIT_BYTES {
        let limit = INPUT_LIMIT_BYTES / (1024 * 1024);
        return Err(Failure::usage(format!("{name} holds more than {limit} MiB"), "send less at a time"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::usage(format!("{name} is not UTF-8 at byte {at}"), "JSON is always UTF-8")
    })
}
