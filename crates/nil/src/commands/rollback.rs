//! `nil rollback`: shows what another version would change, asks, and makes it live.

use nil_client::Client;
use nil_core::{FunctionStatus, escape_control};

use crate::{
    cli::RollbackArgs,
    failure::Failure,
    output::{Output, confirm, diff},
};

/// Versions that are looked through for one to go back to.
const LOOKED_AT: u32 = 1_000;

pub(super) async fn run(args: &RollbackArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    let function = client.get(&args.function).await?;
    let live = function.live_version;
    let to = match args.to {
        Some(to) => to,
        None => before(args, live, client).await?,
    };
    if live == Some(to) {
        output.note(&format!("v{to} is live already"));
        return if output.is_json() { output.json(&function) } else { Ok(()) };
    }
    if !args.yes {
        let against = live.map_or_else(|| "nothing".to_owned(), |live| format!("v{live}"));
        if let Some(live) = live {
            let changes = client.diff(&args.function, to, Some(live)).await?;
            output.say(diff(&changes.content, output.stderr().color).trim_end());
        }
        let name = escape_control(function.name.as_str()).to_string();
        confirm(&format!("make v{to} of {name} live, in place of {against}?"), "the rollback", "nothing was changed")
            .await?;
    }
    let function = client.roll_back(&args.function, to).await?;
    if output.is_json() {
        return output.json(&function);
    }
    output.line(&format!("{}  v{to} is live", function.name))
}

/// The newest version before the live one that can answer calls.
async fn before(args: &RollbackArgs, live: Option<i32>, client: &Client) -> Result<i32, Failure> {
    let live = live.unwrap_or(i32::MAX);
    let versions = client.versions(&args.function, LOOKED_AT).await?;
    let older = versions.iter().find(|version| version.number < live && version.status == FunctionStatus::Ready);
    older.map(|version| version.number).ok_or_else(|| {
        Failure::local_with_hint(
            format!("`{}` has no ready version before the live one", args.function),
            format!("nil versions {}", args.function),
        )
    })
}
