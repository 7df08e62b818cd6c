//! One call of one function: a fresh sandbox, the ABI's adapter, then the verdict. Nothing outlives it.

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use nil_core::{ExecutionLimits, Receipt};
use wasmtime::{Store, StoreContextMut, UpdateDeadline};

use crate::{
    Runtime, Variables,
    abi::Stop,
    classify::classify,
    epoch::TICK,
    host::{GiveWay, HostState, Limiter, thread_cpu_time},
    live_function::{Adapter, LiveFunction},
    outcome::{Execution, FailureKind, Outcome},
    shown::shown,
};

/// What may come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputMode {
    /// Valid JSON; anything else is a failure of the function.
    Json,
    /// Any text.
    Text,
}

/// One call.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// JSON text; its validity is the caller's to check.
    pub input: &'a str,
    /// What it may use. Memory above the runtime's maximum means the maximum.
    pub limits: &'a ExecutionLimits,
    /// What may come back.
    pub output_mode: OutputMode,
    /// Whether the function was loaded for this call; goes into the receipt.
    pub cold: bool,
    /// What it was configured with.
    pub variables: Option<&'a Arc<Variables>>,
}

impl Runtime {
    /// Runs `function` once. Synchronous: brings the calling thread into the guest, which may use 1 MiB of its
    /// stack, for as long as the time limit allows.
    ///
    /// Never fails: what goes wrong is the execution's outcome.
    #[must_use]
    pub fn execute(&self, function: &LiveFunction, call: &Call<'_>) -> Execution {
        self.execute_with(function, call, None, None)
    }

    /// [`Runtime::execute`] that ends early, as [`FailureKind::Canceled`], once `canceled` is set: within some ticks
    /// wherever the guest computes or sleeps.
    #[must_use]
    pub fn execute_interruptible(
        &self,
        function: &LiveFunction,
        call: &Call<'_>,
        canceled: &Arc<AtomicBool>,
    ) -> Execution {
        self.execute_with(function, call, None, Some(Arc::clone(canceled)))
    }

    /// [`Runtime::execute`] on a thread that has other work waiting: `give_way` is called on it as soon as the call
    /// turns out not to be short, at the first epoch ticks (a millisecond) and before the guest sleeps.
    #[must_use]
    pub fn execute_giving_way(&self, function: &LiveFunction, call: &Call<'_>, give_way: GiveWay) -> Execution {
        self.execute_with(function, call, Some(give_way), None)
    }

    fn execute_with(
        &self,
        function: &LiveFunction,
        call: &Call<'_>,
        give_way: Option<GiveWay>,
        canceled: Option<Arc<AtomicBool>>,
    ) -> Execution {
        let _running = self.ticker().enter();
        let limits = call.limits;
        let limiter = Limiter::new(limits.memory_bytes.min(self.max_memory_bytes()), self.max_table_elements());
        let time_limit = Duration::from_millis(limits.timeout_ms);
        let mut state = HostState::new(limiter, limits.log_bytes, time_limit, function.memory);
        state.give_way = give_way;
        state.canceled = canceled;
        state.variables = call.variables.cloned();
        if let Adapter::Script(script) = &function.adapter {
            state.script = Some(script.host());
        }
        let mut store = Store::new(function.engine(), state);
        store.limiter(|state| &mut state.limiter);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(on_tick);

        let outcome = match self.run(&mut store, function, call) {
            Ok(output) => Outcome::Completed { output },
            Err(stop) => Outcome::Failed(classify(stop, store.data(), limits, self.capacity().slots)),
        };
        finish(store, call, outcome)
    }

    fn run(&self, store: &mut Store<HostState>, function: &LiveFunction, call: &Call<'_>) -> Result<String, Stop> {
        if call.input.len() as u64 > call.limits.input_bytes {
            return Err(Stop::Failure(FailureKind::InputTooLarge { limit_bytes: call.limits.input_bytes }));
        }
        match &function.adapter {
            Adapter::AssemblyScript(adapter) => {
                let instance = function.instantiate(store)?;
                let output = adapter.call(store, &instance, call)?;
                check_output(&output, call.output_mode)?;
                Ok(output)
            }
            Adapter::Scalar(adapter) => {
                let arguments = adapter.arguments(call)?;
                let instance = function.instantiate(store)?;
                adapter.call(store, &instance, arguments)
            }
            Adapter::Script(script) => script.call(store, call, self.random_bits()),
            Adapter::Buffer(adapter) => {
                let instance = function.instantiate(store)?;
                let output = adapter.call(store, &instance, call)?;
                check_output(&output, call.output_mode)?;
                Ok(output)
            }
            Adapter::WasiCommand(adapter) => {
                adapter.prepare(store, call);
                let instance = function.instantiate(store)?;
                let output = adapter.call(store, &instance, call)?;
                check_output(&output, call.output_mode)?;
                Ok(output)
            }
        }
    }
}

/// Ticks waited for at most before the time is looked at again; Wasmtime adds them to the epoch.
const MAX_TICKS: u64 = 1 << 40;

/// Ticks after which a thread's other work is given away once more, in case nobody took it the first time.
const SECOND_ATTEMPT_TICKS: u64 = 4;

/// A call that began this shortly before its first tick is not long yet: a microsecond's call is as likely to meet a tick.
const JUST_BEGUN: Duration = Duration::from_micros(500);

/// Ticks after which a call that can be called off looks whether it was.
const CANCEL_TICKS: u64 = 10;

/// Runs on the guest's thread at its first epoch tick and whenever its time may be up.
pub(crate) fn on_tick(mut store: StoreContextMut<'_, HostState>) -> wasmtime::Result<UpdateDeadline> {
    let state = store.data_mut();
    let is_first = state.first_tick.is_none();
    let elapsed = state.started.elapsed();
    if is_first && state.give_way.is_some() && elapsed < JUST_BEGUN.min(state.time_limit) {
        return Ok(UpdateDeadline::Continue(1));
    }
    state.is_not_short();
    if elapsed >= state.time_limit || state.is_canceled() {
        return Ok(UpdateDeadline::Interrupt);
    }
    let left = (state.time_limit - elapsed).as_nanos().div_ceil(TICK.as_nanos());
    let most = match &state.canceled {
        Some(_) => CANCEL_TICKS,
        None if is_first && state.give_way.is_some() => SECOND_ATTEMPT_TICKS,
        None => MAX_TICKS,
    };
    Ok(UpdateDeadline::Continue(u64::try_from(left).unwrap_or(most).min(most)))
}

/// The output is passed on as it is, so it is only looked at, not rebuilt.
fn check_output(output: &str, mode: OutputMode) -> Result<(), Stop> {
    if mode == OutputMode::Text {
        return Ok(());
    }
    serde_json::from_str::<serde::de::IgnoredAny>(output).map(|_| ()).map_err(|error| {
        Stop::output(format!("the returned string is not JSON: {error}; it starts with `{}`", shown(output)))
    })
}

fn finish(store: Store<HostState>, call: &Call<'_>, outcome: Outcome) -> Execution {
    let mut state = store.into_data();
    let duration = state.started.elapsed();
    state.wasi.finish(duration, &mut state.logs);
    // Asking for CPU time is a system call of 0.9 µs: a call too short for a tick is taken to have had the CPU.
    let cpu = match state.first_tick {
        Some((at, cpu)) => (at - state.started) + thread_cpu_time().saturating_sub(cpu),
        None => duration,
    };
    let output_bytes = match &outcome {
        Outcome::Completed { output } => output.len() as u64,
        Outcome::Failed(_) => 0,
    };
    let peak_memory_bytes = state.limiter.peak_memory_bytes();
    let (logs, log_bytes_dropped) = state.logs.into_parts();
    let receipt = Receipt {
        duration_us: micros(duration),
        cpu_us: micros(cpu.min(duration)),
        peak_memory_bytes,
        input_bytes: call.input.len() as u64,
        output_bytes,
        log_bytes_dropped,
        cold: call.cold,
    };
    Execution { outcome, receipt, logs }
}

/// Rounded up: nothing takes no time at all.
fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000)).unwrap_or(u64::MAX)
}
