//! The whole run: prepare, measure, write. What can be measured without load comes first.

use std::time::Instant;

use super::{backlog, calls, density, deploy, http, kernels, native, overload, profile};
use crate::{
    RunArgs,
    context::Context,
    machine::{self, Core},
    product::{self, Product},
    report::Report,
};

/// Prepares everything, takes every wanted group of figures and writes the report.
pub(crate) fn run_all(args: &RunArgs, tokio: &tokio::runtime::Runtime) -> anyhow::Result<()> {
    let context = Context::new(args, tokio)?;
    let mut report = Report::default();
    machine::say("starting PostgreSQL, compiler and server");
    let load_before = machine::load_average();
    let product = Product::start(&context)?;
    describe(&context, &product, load_before, &mut report);
    prepare(&context, &product)?;

    type Measure = fn(&Context<'_>, &Product, &mut Report) -> anyhow::Result<()>;
    let groups: [(&[&str], Measure); 9] = [
        (&["deploy"], deploy::measure),
        (&["calls"], calls::measure),
        (&["kernels"], kernels::measure),
        (&["native"], native::measure),
        (&["http", "durable", "latency"], http::measure),
        (&["overload"], overload::measure),
        (&["backlog"], backlog::measure),
        (&["density"], density::measure),
        (&["profile"], profile::measure),
    ];
    for (names, measure) in groups {
        if names.iter().any(|name| context.wants(name)) {
            machine::say(&format!("measuring: {}", names.join(", ")));
            context.settle();
            let started = Instant::now();
            // One group that cannot be measured must not cost the others.
            if let Err(error) = measure(&context, &product, &mut report) {
                machine::say(&format!("  failed: {error:#}"));
                report.notes.push(format!("{}: failed: {error:#}", names.join(", ")));
            }
            machine::say(&format!("  took {:.0} s", started.elapsed().as_secs_f64()));
        }
    }
    if context.lost_patience() {
        report
            .notes
            .push("the machine was busy with something else during the run: measure again on a quiet one".to_owned());
    }
    report.setting.push(format!("load average when it ended: {:.2}", machine::load_average()));
    match &args.out {
        Some(dir) => report.write(dir, dir),
        None => report.write(&context.target, &context.bench),
    }
}

fn describe(context: &Context<'_>, product: &Product, load: f64, report: &mut Report) {
    let pinning = if machine::can_pin() {
        "server on core 0, load generator on core 1, PostgreSQL wherever the kernel puts it"
    } else {
        "nothing is pinned: this needs two cores and `taskset`"
    };
    report.setting = vec![
        machine::describe(),
        format!("{}; load by {}", pinning, context.generator.describe()),
        format!("PostgreSQL {} with durable settings, on the same machine", product.postgres_major()),
        format!(
            "{} run: {} rounds of {} s each, interleaved, after {} s of warm-up",
            if context.quick { "quick" } else { "full" },
            context.effort.rounds,
            context.effort.load.as_secs(),
            context.effort.warm_up.as_secs()
        ),
        format!("load average before it began: {load:.2}"),
    ];
    if matches!(context.generator, crate::load::Generator::Oha { .. }) {
        report.notes.push(
            "oha made the load, which costs more CPU per request than the fastest servers: figures above its own \
             limit are too low, `bare` first of all. The details show each server's CPU time per request."
                .to_owned(),
        );
    }
}

/// Deploys what is called later.
fn prepare(context: &Context<'_>, product: &Product) -> anyhow::Result<()> {
    let server = product.serve(Core::Any)?;
    let client = product::client(&server)?;
    for name in ["echo", "json", "busy"] {
        context.tokio.block_on(product::deploy(&client, name, context.source("guests", name)?))?;
    }
    if context.wants("kernels") {
        for kernel in kernels::KERNELS {
            let source = context.source("kernels", kernel.name)?;
            context.tokio.block_on(product::deploy(&client, &kernel.function(), source))?;
        }
    }
    Ok(())
}
