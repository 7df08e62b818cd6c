//! Hostile modules, for the tests of the runtime and for those of the whole product: written down in
//! `nil-runtime/tests/cases/`, or generated because they are too large or too broken for that.

mod cases;
mod generated;

pub use cases::{assemble, guest_cases};
pub use generated::{no_modules, oversized_modules, smallest_module};
