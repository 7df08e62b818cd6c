//! `nil list`: every function on one line.

use chrono::Utc;
use nil_client::Client;

use crate::{
    failure::Failure,
    output::{Output, Table, ago},
};

pub(super) async fn run(client: &Client, output: &Output) -> Result<(), Failure> {
    let functions = client.list().await?;
    if output.is_json() {
        return output.json(&functions);
    }
    if functions.is_empty() {
        output.note("no functions yet");
        output.hint("`nil new hello` writes one, `nil deploy hello` publishes it");
        return Ok(());
    }
    let now = Utc::now();
    let mut table = Table::new(&["NAME", "STATUS", "VERSION", "LIVE", "LANGUAGE", "UPDATED"]);
    for function in functions {
        table.row([
            function.name.to_string(),
            function.status.to_string(),
            format!("v{}", function.version),
            function.live_version.map_or_else(|| "-".to_owned(), |version| format!("v{version}")),
            function.language.to_string(),
            ago(function.updated_at, now),
        ]);
    }
    output.data(&table.render(output.stdout().color))
}
