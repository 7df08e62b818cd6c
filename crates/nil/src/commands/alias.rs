//! `nil alias`: lists, sets and removes aliases of a function.

use nil_api::{Alias, AliasTarget, SetAlias};
use nil_client::Client;

use crate::{
    cli::AliasArgs,
    failure::Failure,
    output::{Output, Table},
};

pub(super) async fn run(args: &AliasArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    let Some(alias) = &args.alias else {
        return list(client.aliases(&args.function).await?, output);
    };
    if args.remove {
        client.delete_alias(&args.function, alias).await?;
        output.note(&format!("removed {}:{alias}", args.function));
        return Ok(());
    }
    if args.targets.is_empty() {
        let all = client.aliases(&args.function).await?;
        return list(all.into_iter().filter(|one| one.name == alias.as_str()).collect(), output);
    }
    let targets =
        args.targets.iter().map(|target| AliasTarget { version: target.version, weight: target.weight }).collect();
    list(vec![client.set_alias(&args.function, alias, &SetAlias { targets }).await?], output)
}

fn list(aliases: Vec<Alias>, output: &Output) -> Result<(), Failure> {
    if output.is_json() {
        return output.json(&aliases);
    }
    if aliases.is_empty() {
        output.note("no such alias");
        return Ok(());
    }
    let mut table = Table::new(&["ALIAS", "CALLS GO TO"]);
    for alias in aliases {
        let sum: i32 = alias.targets.iter().map(|target| target.weight).sum();
        let share = |target: &AliasTarget| format!("v{} {} %", target.version, target.weight * 100 / sum.max(1));
        table.row([alias.name, alias.targets.iter().map(share).collect::<Vec<_>>().join(", ")]);
    }
    output.data(&table.render(output.stdout().color))
}
