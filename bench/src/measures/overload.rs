//! What is left of the peak when far more arrives than can be served: for a function of microseconds, which is limited
//! by the socket, and for one of two milliseconds, which has to queue for its turn.

use super::{calls::BODY, http::CONNECTIONS};
use crate::{
    context::Context,
    load::{Round, Target},
    machine::Core,
    product::Product,
    report::{Figure, Reach, Report},
};

/// How far beyond saturation.
const FACTOR: u32 = 4;

/// Takes `overload_goodput` and `overload_goodput_busy`.
pub(crate) fn measure(context: &Context<'_>, product: &Product, report: &mut Report) -> anyhow::Result<()> {
    let server = product.serve(Core::Server)?;
    for (id, path) in [("overload_goodput", "/fn/echo"), ("overload_goodput_busy", "/fn/busy")] {
        let target = Target { url: server.url(path), body: BODY.to_owned(), pid: server.pid() };
        context.generator.run(&target, CONNECTIONS, context.effort.warm_up)?;
        let (mut peak, mut beyond): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
        let mut last: Option<Round> = None;
        for _ in 0..context.effort.rounds {
            for (connections, rates) in [(CONNECTIONS, &mut peak), (CONNECTIONS * FACTOR, &mut beyond)] {
                context.settle();
                let round = context.generator.run(&target, connections, context.effort.load)?;
                rates.push(round.per_second);
                last = Some(round);
            }
        }
        let baseline = format!("at {CONNECTIONS} connections");
        report.add(Figure::rates(id, "1/s", &beyond, &baseline, &peak).reaching(Reach::RatioAtLeast(0.9)));
        if let Some(round) = last {
            report.details.push((
                format!("Overload of {path}"),
                format!(
                    "{} connections, last round: {:.0} good answers a second, {} refused with 429 or 503, {} connections \
                     broken or timed out, p50 {:.0} µs, p99 {:.0} µs.",
                    CONNECTIONS * FACTOR,
                    round.per_second,
                    round.refused,
                    round.broken,
                    round.p50_us,
                    round.p99_us
                ),
            ));
        }
    }
    Ok(())
}
