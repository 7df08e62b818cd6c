//! `nil promote`: what an alias tries out answers all calls.

use nil_client::Client;

use crate::{cli::PromoteArgs, failure::Failure, output::Output};

pub(super) async fn run(args: &PromoteArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    let function = client.promote(&args.function, &args.alias).await?;
    if output.is_json() {
        return output.json(&function);
    }
    let live = function.live_version.map_or_else(|| "nothing".to_owned(), |live| format!("v{live}"));
    output.line(&format!("{}  {live} is live, and all of `{}`", function.name, args.alias))
}
