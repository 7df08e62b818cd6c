//! Many sandboxes at once: each sees its own input only, the pool's end is an outcome, and a reused sandbox is
//! as good as new.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use nil_core::ExecutionLimits;
use nil_runtime::{Call, FailureClass, FailureKind, Outcome, OutputMode, PublishLimits, Runtime, RuntimeConfig};

use crate::support::{Neighbour, assemble, execute, publish_and_load, runtime};

const ECHO: &str = include_str!("../cases/echo/module.wat");
const SPIN: &str = include_str!("../cases/infinite_loop/module.wat");

#[test]
fn concurrent_executions_never_see_each_other() {
    let runtime = runtime();
    let (_, live) = publish_and_load(&runtime, &assemble(ECHO), &PublishLimits::default());
    let threads: Vec<_> = (0..8)
        .map(|thread| {
            let (runtime, live) = (runtime.clone(), Arc::clone(&live));
            thread::spawn(move || {
                for call in 0..500 {
                    // Lengths differ, so that leftovers of a longer input would show behind a shorter one.
                    let input = format!(r#"{{"thread":{thread},"call":{call},"pad":"{}"}}"#, "x".repeat(call % 97));
                    let outcome = execute(&runtime, &live, &input).outcome;
                    assert_eq!(outcome, Outcome::Completed { output: input });
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().expect("a thread saw another's data"));
}

#[test]
fn the_end_of_the_pool_is_an_outcome_and_passes() {
    let runtime = Runtime::new(RuntimeConfig { slots: 2, ..RuntimeConfig::default() }).expect("a runtime");
    assert_eq!(runtime.capacity().slots, 2);
    let (_, spin) = publish_and_load(&runtime, &assemble(SPIN), &PublishLimits::default());
    let (_, echo) = publish_and_load(&runtime, &assemble(ECHO), &PublishLimits::default());
    let limits = ExecutionLimits { timeout_ms: 1_500, ..ExecutionLimits::default() };
    let spin = || {
        let call = Call { input: "{}", limits: &limits, output_mode: OutputMode::Json, cold: false, variables: None };
        loop {
            match runtime.execute(&spin, &call).outcome {
                // The other thread had both slots at that moment.
                Outcome::Failed(failure) if failure.class() == FailureClass::Capacity => {}
                Outcome::Failed(failure) => break assert_eq!(failure.code(), "timeout"),
                Outcome::Completed { .. } => panic!("an infinite loop ended"),
            }
        }
    };
    thread::scope(|scope| {
        scope.spawn(spin);
        scope.spawn(spin);
        let deadline = Instant::now() + Duration::from_secs(10);
        let full = loop {
            match execute(&runtime, &echo, "{}").outcome {
                Outcome::Failed(failure) => break failure,
                Outcome::Completed { .. } => assert!(Instant::now() < deadline, "the pool never filled"),
            }
        };
        assert_eq!(full.kind, FailureKind::NoCapacity { slots: 2 });
        assert_eq!(full.class(), FailureClass::Capacity);
    });
    assert_eq!(execute(&runtime, &echo, "{}").outcome, Outcome::Completed { output: "{}".to_owned() });
    assert_eq!(runtime.executing(), 0);
}

#[test]
fn every_slot_is_given_back_after_every_kind_of_end() {
    let runtime = Runtime::new(RuntimeConfig { slots: 1, ..RuntimeConfig::default() }).expect("a runtime");
    let (_, echo) = publish_and_load(&runtime, &assemble(ECHO), &PublishLimits::default());
    for guest in ["unreachable", "infinite_recursion", "memory_grow_then_trap", "abort", "returns_null", "process_exit"]
    {
        let path = crate::support::cases_dir().join(guest).join("module.wat");
        let wasm = assemble(&std::fs::read_to_string(path).expect("the guest"));
        let (_, live) = publish_and_load(&runtime, &wasm, &PublishLimits::default());
        for _ in 0..3 {
            let outcome = execute(&runtime, &live, "{}").outcome;
            assert!(matches!(outcome, Outcome::Failed(f) if f.class() == FailureClass::Function), "{guest}");
            assert_eq!(execute(&runtime, &echo, "{}").outcome, Outcome::Completed { output: "{}".to_owned() });
        }
    }
}

#[test]
fn receipts_tell_what_a_call_cost() {
    let runtime = runtime();
    let neighbour = Neighbour::start(&runtime);
    let (_, spin) = publish_and_load(&runtime, &assemble(SPIN), &PublishLimits::default());
    let limits = ExecutionLimits { timeout_ms: 100, ..ExecutionLimits::default() };
    let call = Call { input: r#"{"a":1}"#, limits: &limits, output_mode: OutputMode::Json, cold: true, variables: None };
    let receipt = runtime.execute(&spin, &call).receipt;
    assert!((100_000..2_000_000).contains(&receipt.duration_us), "{receipt:?}");
    // A busy loop beside one busy neighbour on at least one core: some CPU, never more than the time that passed.
    assert!(receipt.cpu_us > 10_000 && receipt.cpu_us <= receipt.duration_us, "{receipt:?}");
    assert_eq!((receipt.input_bytes, receipt.output_bytes, receipt.cold), (7, 0, true));
    assert_eq!(receipt.peak_memory_bytes, 65_536);
    neighbour.stop();
}

#[test]
fn time_limits_are_never_early() {
    let runtime = runtime();
    let (_, spin) = publish_and_load(&runtime, &assemble(SPIN), &PublishLimits::default());
    for timeout_ms in [1, 2, 5, 20, 50] {
        let limits = ExecutionLimits { timeout_ms, ..ExecutionLimits::default() };
        let call = Call { input: "{}", limits: &limits, output_mode: OutputMode::Json, cold: false, variables: None };
        let execution = runtime.execute(&spin, &call);
        assert!(matches!(execution.outcome, Outcome::Failed(f) if f.code() == "timeout"));
        assert!(execution.receipt.duration_us >= timeout_ms * 1_000, "{timeout_ms} ms: {:?}", execution.receipt);
    }
}
