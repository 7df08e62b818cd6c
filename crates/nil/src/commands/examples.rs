//! `nil examples`: runs the saved examples of a function against one of its versions.

use nil_client::Client;

use crate::{
    cli::ExamplesArgs,
    failure::Failure,
    output::{Output, Progress, Table, examples, first_line},
};

pub(super) async fn run(args: &ExamplesArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    if args.list {
        return list(args, client, output).await;
    }
    let progress = Progress::start(output, &format!("running the examples of {}", args.function));
    let results = client.run_examples(&args.function, args.version).await?;
    drop(progress);
    let failed = results.iter().filter(|result| !result.passed).count();
    if output.is_json() {
        output.json(&results)?;
    } else if results.is_empty() {
        output.note(&format!("`{}` has no examples", args.function));
    } else {
        output.data(&examples(&results, output.stdout().color))?;
    }
    if failed > 0 {
        return Err(Failure::ExamplesFailed {
            message: format!("examples that failed: {failed} of {}", results.len()),
        });
    }
    Ok(())
}

async fn list(args: &ExamplesArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    let entries = client.examples(&args.function).await?;
    if output.is_json() {
        return output.json(&entries);
    }
    let mut table = Table::new(&["EXAMPLE", "INPUT"]);
    for entry in &entries {
        table.row([entry.name.clone(), first_line(entry.input.get())]);
    }
    output.data(&table.render(output.stdout().color))
}
