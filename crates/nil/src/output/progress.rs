//! What is going on while a person waits. Silent where stderr is no terminal: a log wants results, not frames.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use nil_core::escape_control;

use super::Output;

/// Nothing is drawn for what is done sooner.
const SHOWN_AFTER: Duration = Duration::from_millis(120);

/// A spinner with a message; it vanishes when it is dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Starts to spin behind `message`.
    pub(crate) fn start(output: &Output, message: &str) -> Self {
        let bar = if output.stderr().terminal { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        let template =
            if output.stderr().color { "{spinner:.cyan} {msg} {elapsed:.dim}" } else { "{spinner} {msg} {elapsed}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(escape_control(message));
        bar.enable_steady_tick(SHOWN_AFTER);
        Self { bar }
    }

    /// Says what goes on now.
    pub(crate) fn say(&self, message: &str) {
        self.bar.set_message(escape_control(message));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
