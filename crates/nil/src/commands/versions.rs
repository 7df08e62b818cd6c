//! `nil versions`: all versions of a function, or what one of them changed.

use chrono::Utc;
use nil_api::VersionSummary;
use nil_client::Client;

use crate::{
    cli::VersionsArgs,
    failure::Failure,
    output::{Output, Table, ago, bytes, diff, first_line},
};

pub(super) async fn run(args: &VersionsArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    match args.version {
        Some(version) => changes(args, version, client, output).await,
        None => list(args, client, output).await,
    }
}

async fn list(args: &VersionsArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    let versions = client.versions(&args.function, args.limit).await?;
    if output.is_json() {
        return output.json(&versions);
    }
    let now = Utc::now();
    let mut table = Table::new(&["VERSION", "STATUS", "LIVE", "LANGUAGE", "SIZE", "CREATED", "NOTE"]);
    for version in versions {
        table.row([
            format!("v{}", version.number),
            version.status.to_string(),
            if version.live { "live" } else { "-" }.to_owned(),
            version.language.to_string(),
            version.size_bytes.map_or_else(|| "-".to_owned(), |size| bytes(size.unsigned_abs())),
            ago(version.created_at, now),
            note(&version),
        ]);
    }
    output.data(&table.render(output.stdout().color))
}

fn note(version: &VersionSummary) -> String {
    match (&version.compile_error, version.gate_passed) {
        (Some(error), _) => first_line(error),
        (None, Some(false)) => "its examples did not pass".to_owned(),
        (None, _) => String::new(),
    }
}

async fn changes(args: &VersionsArgs, version: i32, client: &Client, output: &Output) -> Result<(), Failure> {
    let changes = client.diff(&args.function, version, args.against).await?;
    if output.is_json() {
        return output.json(&changes);
    }
    if changes.content.is_empty() {
        output.note("no difference");
        return Ok(());
    }
    output.data(&diff(&changes.content, output.stdout().color))
}
