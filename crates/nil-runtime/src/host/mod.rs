//! What a function may ask of its host: AssemblyScript's imports, what the shared runtime of a script needs, and of WASI
//! what needs no authority. No files, no sockets, and of an environment what the function was given.

mod abort;
mod catalog;
mod clock;
mod console;
mod guest_text;
mod javascript;
mod limiter;
mod link;
mod log_buffer;
mod math;
mod random;
mod state;
#[cfg(test)]
mod tests;
mod variables;
mod wasi;

pub(crate) use abort::{Abort, Exit};
pub(crate) use catalog::{constant, function, offers};
pub use clock::{HostClock, SystemClock};
pub(crate) use guest_text::BadPointer;
pub(crate) use javascript::{AskedWhileEvaluating, HOST_FUNCTIONS, Phase, ScriptHost, link_javascript};
pub(crate) use limiter::{DeniedGrowth, Limiter};
pub(crate) use link::{CalledWhileInitializing, link, link_for_initialization};
pub use random::{HostRandom, SystemRandom};
pub use state::GiveWay;
pub(crate) use state::{HostState, thread_cpu_time};
pub(crate) use wasi::OutputFlood;
