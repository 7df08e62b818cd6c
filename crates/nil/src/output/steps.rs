//! The steps of a start that takes longer than a moment: a spinner on a terminal, plain lines elsewhere.

use std::{io::IsTerminal as _, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};

/// Shows what a role is doing until it is ready; clones speak for the same start.
#[derive(Debug, Clone)]
pub(crate) struct Steps {
    /// `None` where stderr is no terminal: then every step is a line.
    bar: Option<ProgressBar>,
}

impl Steps {
    /// Begins.
    pub(crate) fn start() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { bar }
    }

    /// A handle for a step that runs on another thread.
    pub(crate) fn reporter(&self) -> Self {
        self.clone()
    }

    /// The step that begins now.
    #[expect(clippy::print_stderr, reason = "steps are for people, and people read stderr")]
    pub(crate) fn say(&self, step: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(step.to_owned()),
            None => eprintln!("{step}"),
        }
    }

    /// Ready: the spinner goes.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
