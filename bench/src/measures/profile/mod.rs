//! What the time of a call goes into: a profile of the server under load, and the system calls it makes. Taken when
//! everything else is measured, because both slow the server down; a tool that is not there is noted, not missed.

mod area;
mod flame;
mod perf;
mod syscalls;

use std::{collections::BTreeMap, fmt::Write as _, path::Path, time::Duration};

use super::{calls::BODY, http::CONNECTIONS};
use crate::{
    child::Running,
    context::Context,
    load::Target,
    machine::Core,
    product::Product,
    report::{Drawing, Report},
};

/// How long is watched: at 499 Hz a busy core yields 2,500 samples.
const LENGTH: Duration = Duration::from_secs(5);

/// The least a table of shares needs to be worth reading.
const FEWEST_SAMPLES: usize = 250;

/// The picture beside the report.
const FLAME_GRAPH: &str = "flamegraph.svg";

/// Profiles `/fn/echo`.
pub(crate) fn measure(context: &Context<'_>, product: &Product, report: &mut Report) -> anyhow::Result<()> {
    let server = product.serve(Core::Server)?;
    let target = Target { url: server.url("/fn/echo"), body: BODY.to_owned(), pid: server.pid() };
    context.generator.run(&target, CONNECTIONS, context.effort.warm_up)?;
    if let Err(error) = shares(context, &server, &target, report) {
        report.notes.push(format!("profile: {error:#}"));
    }
    context.settle();
    if let Err(error) = system_calls(context, &server, &target, report) {
        report.notes.push(format!("system calls: {error:#}"));
    }
    Ok(())
}

/// Runs `observe`, which takes `length`, while the server is under load.
fn under_load<T>(
    context: &Context<'_>,
    target: &Target,
    length: Duration,
    observe: impl FnOnce(&Path) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    // The load begins first and ends last: an idle server is nothing to look at.
    let margin = Duration::from_secs(2);
    let generator = &context.generator;
    std::thread::scope(|scope| {
        let load = scope.spawn(|| generator.run(target, CONNECTIONS, length + 2 * margin));
        std::thread::sleep(margin);
        let observed = observe(&context.target);
        load.join().unwrap_or_else(|_| anyhow::bail!("the load generator's thread panicked"))?;
        observed
    })
}

fn shares(context: &Context<'_>, server: &Running, target: &Target, report: &mut Report) -> anyhow::Result<()> {
    let data = under_load(context, target, LENGTH, |dir| perf::record(server.pid(), LENGTH, dir))?;
    let samples = perf::read(&data)?;
    anyhow::ensure!(samples.len() >= FEWEST_SAMPLES, "perf took {} samples only", samples.len());
    let mut areas: BTreeMap<&'static str, usize> = BTreeMap::new();
    for sample in &samples {
        *areas.entry(area::of(sample)).or_default() += 1;
    }
    let mut areas: Vec<_> = areas.into_iter().collect();
    areas.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    let mut table = format!(
        "`perf record` of the server during the load of `http_echo_vs_bare`, {} samples over {} s, all its threads. The \
         server is slower while it is watched; shares hold better than absolute figures.\n\n\
         | where | share |\n|---|---:|\n",
        samples.len(),
        LENGTH.as_secs()
    );
    for (area, count) in areas {
        let _ = writeln!(table, "| {area} | {:.1} % |", 100.0 * count as f64 / samples.len() as f64);
    }
    let _ = write!(table, "\n![Flame graph of the server under load]({FLAME_GRAPH})");
    report.drawings.push(Drawing { file: FLAME_GRAPH, svg: flame::svg(&samples) });
    report.details.push(("Where the time of `/fn/echo` goes".to_owned(), table));
    Ok(())
}

fn system_calls(context: &Context<'_>, server: &Running, target: &Target, report: &mut Report) -> anyhow::Result<()> {
    let length = Duration::from_secs(2);
    let watch = syscalls::Watch::start(server.pid(), &context.target)?;
    let round = context.generator.run(target, CONNECTIONS, length)?;
    let calls = watch.finish()?;
    let answers = (round.per_second * length.as_secs_f64()).max(1.0);
    let mut table = format!(
        "`strace -c -f` of the server over {answers:.0} answers of `/fn/echo` from {CONNECTIONS} connections. Watching \
         slows it many times, so only the counts mean something: {:.2} a request in all, those of the history writer \
         included.\n\n| system call | a request | failed, of these |\n|---|---:|---:|\n",
        calls.iter().map(|call| call.count as f64).sum::<f64>() / answers
    );
    for call in calls.iter().filter(|call| call.count as f64 / answers >= 0.005) {
        let failed = 100.0 * call.failed as f64 / call.count as f64;
        let _ = writeln!(table, "| `{}` | {:.2} | {failed:.0} % |", call.name, call.count as f64 / answers);
    }
    report.details.push(("System calls of `/fn/echo`".to_owned(), table));
    Ok(())
}
