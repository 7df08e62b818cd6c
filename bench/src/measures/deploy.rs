//! How long a change of source takes until it answers calls: `PUT`, then `GET …?waitMs=` until `READY`.

use crate::{
    context::Context,
    machine::Core,
    product::{self, Product},
    report::{Figure, Reach, Report},
    statistics::{median, percentile},
};

/// Builds nobody counts: the compiler's JIT settles.
const WARM_UP: usize = 5;

/// Takes `deploy_ready_ms` and `deploy_echo_ready_ms`.
pub(crate) fn measure(context: &Context<'_>, product: &Product, report: &mut Report) -> anyhow::Result<()> {
    let server = product.serve(Core::Any)?;
    let client = product::client(&server)?;
    for (id, guest, reach) in [("deploy_ready_ms", "json", 400.0), ("deploy_echo_ready_ms", "echo", 250.0)] {
        let source = context.source("guests", guest)?;
        let mut times = Vec::new();
        for change in 0..context.effort.deployments + WARM_UP {
            // A source that was never seen: an identical one could be answered without compiling.
            let changed = format!("{source}\nexport const CHANGE = {change};\n");
            let ms = context.tokio.block_on(product::deploy(&client, &format!("deploy-{guest}"), changed))?;
            if change >= WARM_UP {
                times.push(ms);
            }
        }
        report.add(Figure::single(id, "ms", &times).reaching(Reach::ValueAtMost(reach)));
        report.details.push((
            format!("Deployments of {guest}.ts"),
            format!(
                "{} changes of source, one after the other: median {:.0} ms, 90th percentile {:.0} ms.",
                times.len(),
                median(&times),
                percentile(&times, 0.9)
            ),
        ));
    }
    Ok(())
}
