//! What is going on while a person waits. Silent where stderr is no terminal: a log wants results, not frames.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use nil_core::escape_control;
use tokio::task::JoinHandle;

use super::Output;

/// Nothing is drawn for what is done sooner: a flash says less than the result.
const SHOWN_AFTER: Duration = Duration::from_millis(200);

/// Between two frames.
const FRAME: Duration = Duration::from_millis(100);

/// A spinner with a message; it vanishes when it is dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    /// Shows the spinner once the wait is long enough to notice; none where stderr is no terminal.
    reveal: Option<JoinHandle<()>>,
}

impl Progress {
    /// Starts to wait for what `message` says. Must be called inside the runtime.
    pub(crate) fn start(output: &Output, message: &str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let template =
            if output.stderr().color { "{spinner:.cyan} {msg} {elapsed:.dim}" } else { "{spinner} {msg} {elapsed}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(escape_control(message));
        let reveal = output.stderr().terminal.then(|| {
            let bar = bar.clone();
            tokio::spawn(async move {
                tokio::time::sleep(SHOWN_AFTER).await;
                bar.set_draw_target(ProgressDrawTarget::stderr());
                bar.enable_steady_tick(FRAME);
            })
        });
        Self { bar, reveal }
    }

    /// Says what goes on now.
    pub(crate) fn say(&self, message: &str) {
        self.bar.set_message(escape_control(message));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(reveal) = &self.reveal {
            reveal.abort();
        }
        self.bar.finish_and_clear();
    }
}
