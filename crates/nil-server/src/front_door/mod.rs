//! `/fn/{name}` and everything below it: a function's own URL, any method, body in and body out.
//!
//! Lowest latency: it is served in front of the router and its layers, and the record is handed to the history
//! writer without waiting for it. Socket to guest and back: [`serve`] checks who calls, [`input`] reads the
//! request, `execution` runs the function, [`answer`] writes the response.

mod answer;
mod input;
pub(crate) mod serve;

pub(crate) use serve::{is_front_door, serve};
