//! The same JSON echo over HTTP: ours, the limit, the peers, and the durable door beside a naive one. All servers are
//! up at the same time on the same core and loaded in turn, round by round.

use std::{fmt::Write as _, process::Command};

use super::calls::BODY;
use crate::{
    child::{Running, free_address},
    context::Context,
    load::{Round, Target},
    machine::{self, Core},
    product::Product,
    report::{Figure, Reach, Report},
    statistics::median,
};

/// Connections of every throughput figure.
pub(crate) const CONNECTIONS: u32 = 64;

/// A server with what it is asked, and what it answered so far.
struct Contender {
    id: &'static str,
    shown: String,
    target: Target,
    rounds: Vec<Round>,
}

impl Contender {
    fn new(id: &'static str, shown: impl Into<String>, server: &Running, path: &str, body: String) -> Self {
        let target = Target { url: server.url(path), body, pid: server.pid() };
        Self { id, shown: shown.into(), target, rounds: Vec::new() }
    }

    fn each(&self, of: fn(&Round) -> f64) -> Vec<f64> {
        self.rounds.iter().map(of).collect()
    }

    fn rates(&self) -> Vec<f64> {
        self.each(|round| round.per_second)
    }
}

/// Takes `http_*`, `execute_*` and the latencies.
pub(crate) fn measure(context: &Context<'_>, product: &Product, report: &mut Report) -> anyhow::Result<()> {
    let server = product.serve(Core::Server)?;
    let mut contenders = vec![Contender::new("fn", "ProjectNIL /fn, echo", &server, "/fn/echo", BODY.to_owned())];
    let mut others = Vec::new();
    if context.wants("http") || context.wants("latency") {
        let bare = serve_ourselves(context, "bare", |_| {})?;
        contenders.push(Contender::new("bare", "bare (no sandbox)", &bare, "/", BODY.to_owned()));
        others.push(bare);
    }
    if context.wants("http") {
        let json = Contender::new("fn_json", "ProjectNIL /fn, json-as", &server, "/fn/json", BODY.to_owned());
        contenders.push(json);
        report.notes.extend(context.peers.skipped.iter().cloned());
        for peer in &context.peers.found {
            // One that cannot start must not cost the others.
            match peer.start(&context.logs) {
                Ok(running) => {
                    contenders.push(Contender::new(peer.id, &peer.shown, &running, "/", BODY.to_owned()));
                    others.push(running);
                }
                Err(error) => report.notes.push(format!("{}: {error:#}", peer.shown)),
            }
        }
    }
    if context.wants("durable") || context.wants("latency") {
        let body = format!("{{\"input\":{BODY}}}");
        let durable = "ProjectNIL /execute, durable";
        contenders.push(Contender::new("execute", durable, &server, "/functions/echo/execute", body.clone()));
        let naive = serve_ourselves(context, "naive", |command| {
            command.args(["--function", "echo"]).env("DATABASE_URL", product.url());
        })?;
        contenders.push(Contender::new("naive", "naive, two transactions", &naive, "/", body));
        others.push(naive);
    }
    // Latency under full load is that of the same rounds.
    load_in_turn(context, &mut contenders, CONNECTIONS)?;
    if context.wants("http") || context.wants("durable") {
        add_throughput(&contenders, report);
    }
    if context.wants("latency") {
        contenders.retain(|contender| matches!(contender.id, "fn" | "execute" | "bare"));
        add_latency(&contenders, CONNECTIONS, report);
        load_in_turn(context, &mut contenders, 1)?;
        add_latency(&contenders, 1, report);
    }
    Ok(())
}

/// Starts one of our own baselines on the servers' core.
fn serve_ourselves(context: &Context<'_>, name: &str, more: impl FnOnce(&mut Command)) -> anyhow::Result<Running> {
    let address = free_address()?;
    let mut command = machine::pinned(std::env::current_exe()?, Core::Server);
    command.args([name, "--listen", &address.to_string()]);
    more(&mut command);
    Running::start(name, command, address, &context.logs)
}

/// Warms everybody up, then loads them in turn, round by round, each on a machine that has calmed down.
fn load_in_turn(context: &Context<'_>, contenders: &mut [Contender], connections: u32) -> anyhow::Result<()> {
    for contender in contenders.iter_mut() {
        contender.rounds.clear();
        context.generator.run(&contender.target, connections, context.effort.warm_up)?;
    }
    for _ in 0..context.effort.rounds {
        for contender in contenders.iter_mut() {
            context.settle();
            let round = context.generator.run(&contender.target, connections, context.effort.load)?;
            anyhow::ensure!(
                round.refused == 0 && round.broken == 0,
                "{} refused {} requests and broke {} connections",
                contender.shown,
                round.refused,
                round.broken
            );
            contender.rounds.push(round);
        }
    }
    Ok(())
}

/// What is compared with what: the figure's id, ours, the baseline, and the ratio to reach.
const RATIOS: &[(&str, &str, &str, Option<f64>)] = &[
    ("http_echo_vs_bare", "fn", "bare", Some(0.80)),
    ("http_echo_vs_workerd", "fn", "workerd", Some(5.0)),
    ("http_echo_vs_node", "fn", "node", Some(2.0)),
    ("http_echo_vs_deno", "fn", "deno", Some(1.0)),
    ("http_echo_vs_bun", "fn", "bun", None),
    ("http_echo_vs_wasmtime_serve", "fn", "wasmtime_serve", Some(8.0)),
    ("http_echo_vs_wasmtime_serve_reused", "fn", "wasmtime_serve_reused", None),
    ("http_json_vs_bare", "fn_json", "bare", None),
    ("http_json_vs_node", "fn_json", "node", None),
    ("execute_durable_vs_http_echo", "execute", "fn", Some(0.35)),
    ("execute_durable_vs_naive", "execute", "naive", Some(5.0)),
];

fn add_throughput(contenders: &[Contender], report: &mut Report) {
    let find = |id: &str| contenders.iter().find(|contender| contender.id == id);
    for (id, ours, baseline, reach) in RATIOS {
        if let (Some(ours), Some(baseline)) = (find(ours), find(baseline)) {
            let figure = Figure::rates(*id, "1/s", &ours.rates(), &baseline.shown, &baseline.rates());
            report.add(match reach {
                Some(least) => figure.reaching(Reach::RatioAtLeast(*least)),
                None => figure,
            });
        }
    }
    let mut table = format!(
        "Medians over the rounds, {CONNECTIONS} connections. CPU is that of the server's own process; a server whose \
         CPU per request times its rate is well below one core waited for something else.\n\n\
         | server | requests/s | CPU µs/request | p50 µs | p99 µs |\n|---|---:|---:|---:|---:|\n"
    );
    for contender in contenders {
        let of = |field: fn(&Round) -> f64| median(&contender.each(field));
        let _ = writeln!(
            table,
            "| {} | {:.0} | {:.1} | {:.0} | {:.0} |",
            contender.shown,
            of(|round| round.per_second),
            of(|round| round.server_cpu_us),
            of(|round| round.p50_us),
            of(|round| round.p99_us)
        );
        if !matches!(contender.id, "execute" | "naive") {
            report.echo.push((contender.shown.clone(), of(|round| round.per_second)));
        }
    }
    report.details.push(("Throughput".to_owned(), table));
}

fn add_latency(contenders: &[Contender], connections: u32, report: &mut Report) {
    for contender in contenders {
        for (share, of) in [("p50", (|round| round.p50_us) as fn(&Round) -> f64), ("p99", |round| round.p99_us)] {
            let id = format!("latency_{}_{share}_us_at_{connections}", contender.id);
            report.add(Figure::single(id, "µs", &contender.each(of)));
        }
    }
}
