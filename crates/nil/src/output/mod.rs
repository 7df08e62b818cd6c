//! How results and messages look: data on stdout, everything for people on stderr, nothing that a function or a
//! stranger wrote can drive the terminal.

mod confirm;
mod diagnostics;
mod diff;
mod examples;
mod json_text;
mod paint;
mod printer;
mod progress;
mod steps;
mod table;
mod words;

#[cfg(test)]
mod tests;

pub(crate) use confirm::confirm;
pub(crate) use diagnostics::Sources;
pub(crate) use diff::diff;
pub(crate) use examples::examples;
pub(crate) use paint::Tone;
pub(crate) use printer::{Output, escape_lines};
pub(crate) use progress::Progress;
pub(crate) use steps::Steps;
pub(crate) use table::{Table, fields};
pub(crate) use words::{ago, bytes, first_line, micros, millis, moment};
