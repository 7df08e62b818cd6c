//! What one call costs in process: a fresh sandbox, input in, output out, sandbox gone.

use std::time::Instant;

use nil_core::ExecutionLimits;
use nil_runtime::{Call, Outcome, OutputMode};

use crate::{
    context::Context,
    machine::{self, Core},
    product::{self, Product},
    report::{Figure, Reach, Report},
};

/// The body every JSON echo here is sent.
pub(crate) const BODY: &str = r#"{"name":"Ada","count":41,"tags":["one","two","three"],"nested":{"a":1,"b":[1,2,3]}}"#;

/// Takes `instantiate_call_echo_us` and `instantiate_call_json_us`.
pub(crate) fn measure(context: &Context<'_>, product: &Product, report: &mut Report) -> anyhow::Result<()> {
    let runtime = product::runtime(None)?;
    let echo = product.module(context, "echo")?.load(&runtime)?;
    let json = product.module(context, "json")?.load(&runtime)?;
    let limits = ExecutionLimits::default();
    let call = Call { input: BODY, limits: &limits, output_mode: OutputMode::Json, cold: false, variables: None };
    for function in [&echo, &json] {
        let outcome = runtime.execute(function, &call).outcome;
        anyhow::ensure!(outcome == Outcome::Completed { output: BODY.to_owned() }, "not an echo: {outcome:?}");
    }
    let (mut echo_us, mut json_us) = (Vec::new(), Vec::new());
    machine::on_core(Core::Server, || {
        // The first round warms caches and is not counted.
        for round in 0..=context.effort.rounds {
            for (function, rounds) in [(&echo, &mut echo_us), (&json, &mut json_us)] {
                let started = Instant::now();
                for _ in 0..context.effort.calls {
                    std::hint::black_box(runtime.execute(function, &call));
                }
                if round > 0 {
                    rounds.push(started.elapsed().as_secs_f64() * 1e6 / context.effort.calls as f64);
                }
            }
        }
    });
    report.add(Figure::single("instantiate_call_echo_us", "µs", &echo_us).reaching(Reach::ValueAtMost(6.0)));
    report.add(Figure::single("instantiate_call_json_us", "µs", &json_us).reaching(Reach::ValueAtMost(15.0)));
    Ok(())
}
