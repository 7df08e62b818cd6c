//! The Wasmtime engines: one for executions over a pool of sandboxes, one for initialisers at publication.
//!
//! Every setting that differs from Wasmtime's default has its reason or its measurement beside it. Measured
//! means: `benches/calls.rs` on two cores of a virtual machine, Linux 6.18, AssemblyScript 0.28 guests, optimised
//! but without link-time optimisation. The release profile takes another third off: 1.9 µs for an echo call, 4.4 µs
//! (`--runtime stub`) and 5.6 µs (`incremental`) for a json-as call.

use serde::{Deserialize, Serialize};
use wasmparser::WasmFeatures;
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, ModuleVersionStrategy, OptLevel, PoolingAllocationConfig,
    Strategy, WasmBacktraceDetails,
};

use crate::{RuntimeConfig, error::StartError, validate};

/// Stack a guest may use. Threads that execute need this much and 1 MiB more for the host.
pub(crate) const MAX_WASM_STACK_BYTES: usize = 1 << 20;

/// Address space per memory that lets compiled code omit bounds checks: everything a 32-bit index reaches.
const FULL_RESERVATION_BYTES: u64 = 4 << 30;

/// Offsets that compiled code adds to an index without a check of its own.
const GUARD_BYTES: u64 = 32 << 20;

/// Below this many slots a pool with full reservations is not worth having.
const FEWEST_FULL_SLOTS: u32 = 16;

/// Memories up to this size are reset by writing all of them, larger ones page by dirty page.
///
/// Writing 64 KiB takes 0.7 µs, asking the kernel which pages are dirty (`PAGEMAP_SCAN`) 1.6 µs whatever the
/// size: an echo call takes 3.2 µs with the first and 4.1 µs with the second, a json-as call (1.2 MB of memory)
/// 27 µs with the first and 7.2 µs with the second. The two kinds of pool therefore exist side by side.
pub(crate) const COMPACT_MEMORY_BYTES: u64 = 128 << 10;

/// Memory a sandbox keeps resident when it is given back, so that the next execution takes no page faults.
/// Without any (0), an echo call takes 8 µs instead of 3.2 µs.
const KEEP_RESIDENT_BYTES: usize = 256 << 10;

/// Sandboxes a pool keeps ready for the function they last ran, beyond those in use. Taking another function's
/// costs a new memory mapping and its page faults: 19 µs instead of 3 µs for an echo call, 37 µs instead of 5 µs
/// for a json-as call. Each keeps at most [`KEEP_RESIDENT_BYTES`], so 96 MiB bound both pools together.
const WARM_SLOTS: u32 = 256;

/// What native code is compiled for. Parent and compiling child must agree on it, so it travels between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Codegen {
    pub purpose: Purpose,
    /// Address space reserved per memory, in bytes.
    pub memory_reservation_bytes: u64,
}

/// What the code will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Purpose {
    /// Serve executions: optimised.
    Serve,
    /// Run initialisers once: not worth optimising.
    Initialize,
}

/// How many executions fit at once, after looking at what the machine gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Executions that can be in progress at once.
    pub slots: u32,
    /// What was asked for.
    pub requested_slots: u32,
    /// Address space reserved per sandbox, in bytes. Below 4 GiB compiled code checks bounds itself and runs
    /// slower.
    pub reservation_bytes: u64,
}

/// The engine for `codegen`, without an allocator of its own. Enough to compile with, and to run initialisers.
pub(crate) fn on_demand(codegen: Codegen) -> wasmtime::Result<Engine> {
    Engine::new(&base(codegen)?)
}

/// The engines for executions. They run the same native code and differ in how they reset memory.
#[derive(Clone)]
pub(crate) struct ServingEngines {
    /// For memories that start with at most [`COMPACT_MEMORY_BYTES`].
    pub compact: Engine,
    /// For all others.
    pub roomy: Engine,
}

/// Reserves the pools, halving them until the address space suffices.
pub(crate) fn pooled(config: &RuntimeConfig) -> Result<(ServingEngines, Codegen, Capacity), StartError> {
    let requested = config.slots.max(1);
    let halves = || std::iter::successors(Some(requested), |slots| (*slots > 1).then_some(slots / 2));
    let full = halves().filter(|slots| *slots == requested || *slots >= FEWEST_FULL_SLOTS);
    let tight_bytes = config.max_memory_bytes.next_multiple_of(65_536);
    let attempts = full.map(|slots| (slots, FULL_RESERVATION_BYTES)).chain(halves().map(|slots| (slots, tight_bytes)));
    let mut last = None;
    for (slots, reservation_bytes) in attempts {
        let codegen = Codegen { purpose: Purpose::Serve, memory_reservation_bytes: reservation_bytes };
        let mut settings = base(codegen).map_err(|source| StartError::Engine { source })?;
        let mut engine = |reset| {
            settings.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(config, slots, reset)));
            Engine::new(&settings)
        };
        let engines =
            engine(Reset::All).and_then(|compact| Ok(ServingEngines { compact, roomy: engine(Reset::DirtyPages)? }));
        match engines {
            Ok(engines) => {
                let capacity = Capacity { slots, requested_slots: requested, reservation_bytes };
                if slots < requested || reservation_bytes < FULL_RESERVATION_BYTES {
                    tracing::warn!(?capacity, "too little address space for the sandboxes asked for; see ulimit -v");
                }
                return Ok((engines, codegen, capacity));
            }
            Err(error) => last = Some(error),
        }
    }
    let source = last.unwrap_or_else(|| wasmtime::Error::msg("no pool size to try"));
    Err(StartError::AddressSpace { max_memory_bytes: config.max_memory_bytes, source })
}

fn base(codegen: Codegen) -> wasmtime::Result<Config> {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        // Everything off, then what the validator enables on: a proposal Wasmtime turns on by default in a
        // later patch release must not reach guests by itself.
        .wasm_features(WasmFeatures::all(), false)
        .wasm_features(validate::ENABLED, true)
        .epoch_interruption(true)
        .max_wasm_stack(MAX_WASM_STACK_BYTES)
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(crate::backtrace::MAX_FRAMES))
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .memory_reservation(codegen.memory_reservation_bytes)
        .memory_guard_size(GUARD_BYTES)
        // Pooled memories never move; code may keep their base in a register.
        .memory_may_move(false)
        .memory_init_cow(true)
        // It maps code to places in the module, a sixth of all native code, and nothing here shows those.
        .generate_address_map(false)
        // Only system unwinders read it (ours follows frame pointers), and every load would register it.
        .native_unwind_info(false);
    // Native code of another Wasmtime is refused by its version, besides the code cache's own check.
    config.module_version(ModuleVersionStrategy::WasmtimeVersion)?;
    // Never the single-pass register allocator, which would take half of the time: by its documentation it is not for
    // code of strangers, and faults in it are not treated as security problems.
    config.cranelift_opt_level(match codegen.purpose {
        Purpose::Serve => OptLevel::Speed,
        Purpose::Initialize => OptLevel::None,
    });
    Ok(config)
}

/// How a pool makes memory fresh again.
#[derive(Clone, Copy)]
enum Reset {
    /// Writes over what may have been written: all of it, up to what is kept resident.
    All,
    /// Asks the kernel (Linux 6.7) which pages were written; elsewhere the same as [`Reset::All`].
    DirtyPages,
}

fn pool(config: &RuntimeConfig, slots: u32, reset: Reset) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(slots)
        .total_memories(slots)
        .total_tables(slots)
        // No proposal that needs a GC heap is enabled.
        .total_gc_heaps(0)
        .max_unused_warm_slots(WARM_SLOTS)
        .max_memories_per_module(1)
        .max_tables_per_module(1)
        .max_memory_size(usize::try_from(config.max_memory_bytes).unwrap_or(usize::MAX))
        .table_elements(config.max_table_elements as usize)
        .linear_memory_keep_resident(match reset {
            Reset::All => COMPACT_MEMORY_BYTES as usize,
            Reset::DirtyPages => KEEP_RESIDENT_BYTES,
        })
        .table_keep_resident(KEEP_RESIDENT_BYTES)
        .pagemap_scan(match reset {
            Reset::All => Enabled::No,
            Reset::DirtyPages => Enabled::Auto,
        });
    pool
}
