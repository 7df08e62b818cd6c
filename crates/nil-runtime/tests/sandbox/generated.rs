//! Modules too large or too broken to be written down: every one is rejected for its own reason, quickly, while a
//! neighbour keeps answering.

use std::time::{Duration, Instant};

use nil_core::ExecutionLimits;
use nil_runtime::{Call, FailureClass, LoadRequest, Outcome, OutputMode, PublishError, PublishLimits, Runtime};
use nil_test::{assemble, no_modules, oversized_modules, smallest_module};

use crate::support::{self, Neighbour, runtime};

/// Pseudo-random bytes behind a module's header; the same on every run.
fn noise(seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    for _ in 0..4_096 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.push((state >> 32) as u8);
    }
    bytes
}

fn rejection(runtime: &Runtime, wasm: &[u8]) -> String {
    let started = Instant::now();
    let text = match runtime.publish(wasm, &PublishLimits::default()) {
        Err(PublishError::Rejected(rejection)) => rejection.to_string(),
        Err(error) => panic!("not a rejection: {error}"),
        Ok(_) => panic!("a module of {} bytes was published", wasm.len()),
    };
    // Generous, for slow machines in debug builds: what it rules out is minutes.
    assert!(started.elapsed() < Duration::from_secs(20), "rejecting took {:?}", started.elapsed());
    text
}

#[test]
fn oversized_modules_are_rejected_by_name() {
    let runtime = runtime();
    let neighbour = Neighbour::start(&runtime);
    for (expected, wasm) in oversized_modules() {
        let text = rejection(&runtime, &wasm);
        assert!(expected.split('|').any(|piece| text.contains(piece)), "`{expected}` is missing in: {text}");
        neighbour.must_answer();
    }
    neighbour.stop();
}

#[test]
fn what_is_no_module_is_rejected_with_its_offset() {
    let runtime = runtime();
    let neighbour = Neighbour::start(&runtime);
    for (expected, wasm) in no_modules() {
        let text = rejection(&runtime, &wasm);
        assert!(text.contains(expected), "`{expected}` is missing in: {text}");
        neighbour.must_answer();
    }
    neighbour.stop();
}

#[test]
fn truncations_and_noise_are_rejected_and_never_panic() {
    let runtime = runtime();
    let neighbour = Neighbour::start(&runtime);
    let whole = smallest_module();
    for length in 0..whole.len() {
        // Cut between two sections it may be a valid module, but then it exports nothing that can be called.
        let text = rejection(&runtime, &whole[..length]);
        assert!(text.contains("at offset 0x") || text.contains("nothing that can be called"), "at {length}: {text}");
    }
    for seed in 0..200 {
        rejection(&runtime, &noise(seed));
    }
    neighbour.must_answer();
    neighbour.stop();
}

/// Whatever a few flipped bits make of a module, it is rejected or it runs within its limits.
#[test]
fn flipped_bits_never_panic() {
    let runtime = runtime();
    let neighbour = Neighbour::start(&runtime);
    let call_limits = ExecutionLimits { timeout_ms: 50, memory_bytes: 1 << 20, ..ExecutionLimits::default() };
    let limits = PublishLimits { initialize_timeout_ms: 50, ..PublishLimits::default() };
    let mut published = 0;
    for guest in ["echo", "enabled_proposals", "console", "snapshot_of_start", "imported_constants", "scalar_u64"] {
        let text = std::fs::read_to_string(support::cases_dir().join(guest).join("module.wat")).expect("a guest");
        let whole = assemble(&text);
        for seed in 1..=150_u64 {
            let mut wasm = whole.clone();
            for flip in 0..=seed % 3 {
                // Spread by a multiplicative hash; the same on every run.
                let bit = (seed * 31 + flip).wrapping_mul(0x9e37_79b9_7f4a_7c15) as usize % (wasm.len() * 8 - 64) + 64;
                wasm[bit / 8] ^= 1 << (bit % 8);
            }
            let Ok(function) = runtime.publish(&wasm, &limits) else { continue };
            published += 1;
            let mut request = LoadRequest {
                wasm_digest: function.wasm_digest,
                wasm: &mut || Ok(function.wasm.clone()),
                limits: &limits,
            };
            let live = runtime.load(&mut request).expect("a live function");
            let call = Call { input: "{}", limits: &call_limits, output_mode: OutputMode::Json, cold: false, variables: None };
            let execution = runtime.execute(&live, &call);
            assert!(execution.receipt.peak_memory_bytes <= 1 << 20);
            assert!(
                !matches!(&execution.outcome, Outcome::Failed(f) if f.class() == FailureClass::Host),
                "{execution:?}"
            );
        }
        neighbour.must_answer();
    }
    assert!(published > 100, "only {published} were still modules");
    neighbour.stop();
}

#[test]
fn broken_custom_sections_do_not_matter() {
    let runtime = runtime();
    // A custom section of 69 bytes: its name, and 64 bytes that are no names.
    let section = [&[0, 69, 4][..], b"name", &[0xff; 64]].concat();
    let wasm = [smallest_module(), section].concat();
    let (_, live) = support::publish_and_load(&runtime, &wasm, &PublishLimits::default());
    let execution = support::execute(&runtime, &live, "{}");
    assert_eq!(execution.outcome, nil_runtime::Outcome::Completed { output: "42".to_owned() });
}
