//! The two streams of a command: stdout for data, stderr for people.

use std::{
    env,
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
};

use nil_client::ClientError;
use nil_core::escape_control;
use serde::Serialize;
use serde_json::json;

use super::{json_text, paint::Tone};
use crate::{
    cli::{ColorChoice, Format},
    failure::Failure,
};

/// What the two streams are and how to write to them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    format: Format,
    stdout: Stream,
    stderr: Stream,
}

/// One stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stream {
    /// A person sits behind it.
    pub(crate) terminal: bool,
    /// Colour is welcome.
    pub(crate) color: bool,
}

impl Output {
    /// Looks at both streams once. Reads NO_COLOR and TERM.
    pub(crate) fn new(format: Format, color: ColorChoice) -> Self {
        let plain = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || env::var_os("TERM").is_some_and(|term| term == "dumb");
        let stream = |terminal: bool| Stream {
            terminal,
            color: match color {
                ColorChoice::Auto => terminal && !plain,
                ColorChoice::Always => true,
                ColorChoice::Never => false,
            },
        };
        Self { format, stdout: stream(io::stdout().is_terminal()), stderr: stream(io::stderr().is_terminal()) }
    }

    /// Whether a program reads stdout.
    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// What stdout is.
    pub(crate) fn stdout(&self) -> Stream {
        self.stdout
    }

    /// What stderr is.
    pub(crate) fn stderr(&self) -> Stream {
        self.stderr
    }

    /// Data in text form, as it is; whoever calls has escaped what strangers wrote.
    ///
    /// # Errors
    /// [`Failure::ReaderGone`] when nobody reads any more.
    pub(crate) fn data(&self, text: &str) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| Failure::stdout(&error))
    }

    /// One line of data in text form.
    ///
    /// # Errors
    /// As [`Self::data`].
    pub(crate) fn line(&self, text: &str) -> Result<(), Failure> {
        self.data(&format!("{text}\n"))
    }

    /// Data as one JSON document: indented for a person, on one line for a program.
    ///
    /// # Errors
    /// As [`Self::data`].
    pub(crate) fn json(&self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(value)
            .map_err(|error| Failure::local(format!("cannot print the answer as JSON: {error}")))?;
        self.json_text(&text)
    }

    /// JSON text as somebody else wrote it: indented and free of raw control characters for a person, untouched
    /// for a program.
    ///
    /// # Errors
    /// As [`Self::data`].
    pub(crate) fn json_text(&self, text: &str) -> Result<(), Failure> {
        if self.stdout.terminal { self.line(&json_text::indent(text)) } else { self.line(text) }
    }

    /// A remark for people; programs are not told.
    pub(crate) fn note(&self, text: &str) {
        if !self.is_json() {
            self.say(&escape_lines(text));
        }
    }

    /// What to do next, for people.
    pub(crate) fn hint(&self, text: &str) {
        if !self.is_json() {
            self.say(&self.labelled("hint", Tone::Good, text));
        }
    }

    /// Something that is odd but no failure.
    pub(crate) fn warning(&self, text: &str) {
        if !self.is_json() {
            self.say(&self.labelled("warning", Tone::Warning, text));
        }
    }

    /// Text for people that is made up already, escapes included.
    pub(crate) fn say(&self, text: &str) {
        // Nobody is left to be told when stderr is gone.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// An error that does not end the command; programs find it in the result.
    pub(crate) fn error(&self, text: &str) {
        if !self.is_json() {
            self.say(&self.labelled("error", Tone::Bad, text));
        }
    }

    /// Tells how the command failed and gives the exit code for it.
    pub(crate) fn report(&self, failure: &Failure) -> ExitCode {
        let code = ExitCode::from(failure.exit_code());
        if matches!(failure, Failure::ReaderGone) {
            return code;
        }
        if self.is_json() {
            let problem = match failure {
                Failure::Client(ClientError::Problem { problem, .. }) => Some(problem),
                _ => None,
            };
            let error = json!({ "error": {
                "kind": failure.kind(), "exitCode": failure.exit_code(), "message": failure.to_string(),
                "hint": failure.hint(), "problem": problem,
            }});
            self.say(&error.to_string());
            return code;
        }
        self.error(&failure.to_string());
        if let Some(hint) = failure.hint() {
            self.hint(&hint);
        }
        code
    }

    fn labelled(&self, label: &str, tone: Tone, text: &str) -> String {
        format!("{} {}", tone.paint(&format!("{label}:"), self.stderr.color), escape_lines(text))
    }
}

/// Escapes what could drive a terminal but keeps the lines of a text that has several.
pub(crate) fn escape_lines(text: &str) -> String {
    text.trim_end_matches('\n').split('\n').map(escape_control).collect::<Vec<_>>().join("\n")
}
