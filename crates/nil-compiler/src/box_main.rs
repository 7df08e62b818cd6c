//! The other lives of this program: what it does when a [`Sandbox`](crate::Sandbox) has started it.

use crate::sandbox::{launcher_main, probe_main};

/// First argument of a program that is to be the launcher of a box.
pub const LAUNCHER_ARGUMENT: &str = "box-launcher";

/// First argument of a program that is to try to break out of the box it is in.
pub const PROBE_ARGUMENT: &str = "box-probe";

/// Does what the first argument says, if it is one of [`LAUNCHER_ARGUMENT`] and [`PROBE_ARGUMENT`]; then the exit
/// code for `main`. To be called first thing: a launcher must have no threads, and no state of an ordinary start.
#[must_use]
pub fn box_main() -> Option<i32> {
    match std::env::args_os().nth(1)?.to_str()? {
        LAUNCHER_ARGUMENT => Some(launcher_main()),
        PROBE_ARGUMENT => Some(probe_main()),
        _ => None,
    }
}
