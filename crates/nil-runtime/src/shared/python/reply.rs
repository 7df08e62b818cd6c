//! What the prelude answers: a letter, and what belongs to it.

use nil_core::{Diagnostic, escape_control, truncate_to_char_boundary};
use serde::Deserialize;

use crate::{Rejection, backtrace::MAX_FRAMES, shared::quickjs::Thrown};

/// Bytes kept of a message.
const MAX_MESSAGE_BYTES: usize = 8 << 10;

/// Bytes kept of a frame.
const MAX_FRAME_BYTES: usize = 300;

/// An answer.
pub(super) enum Reply {
    /// It worked; the output, if there is one.
    Done(Vec<u8>),
    /// An exception; with the place in the source when it is about that.
    Raised(Thrown, Option<Box<Diagnostic>>),
    /// An exception for want of memory.
    NoMemory,
    /// The files do not parse.
    Syntax(Rejection),
    /// There is no `handle`; what there is instead.
    NoHandle(Vec<String>),
    /// The input cannot be read.
    Input(String),
    /// The returned value is no JSON.
    Output(String),
}

#[derive(Deserialize)]
struct Described {
    message: String,
    frames: Vec<(String, String, u32, u32)>,
    #[serde(default)]
    syntax: Option<Syntax>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Syntax {
    file: String,
    line: u32,
    column: u32,
    #[serde(default)]
    end_line: Option<u32>,
    #[serde(default)]
    end_column: Option<u32>,
    message: String,
}

impl Reply {
    /// `None` for what the prelude never answers.
    pub(super) fn read(answer: &[u8]) -> Option<Self> {
        let (letter, rest) = answer.split_first()?;
        Some(match letter {
            b'=' => Self::Done(rest.to_vec()),
            b'!' => {
                let described: Described = serde_json::from_slice(rest).ok()?;
                let syntax = described.syntax.map(|syntax| Box::new(syntax.diagnostic()));
                Self::Raised(thrown(&described.message, &described.frames), syntax)
            }
            b'M' => Self::NoMemory,
            b'S' => {
                let wrong: Vec<Syntax> = serde_json::from_slice(rest).ok()?;
                Self::Syntax(Rejection { diagnostics: wrong.into_iter().map(Syntax::diagnostic).collect() })
            }
            b'H' => Self::NoHandle(serde_json::from_slice(rest).ok()?),
            b'I' => Self::Input(serde_json::from_slice(rest).ok()?),
            b'O' => Self::Output(serde_json::from_slice(rest).ok()?),
            _ => return None,
        })
    }
}

fn thrown(message: &str, frames: &[(String, String, u32, u32)]) -> Thrown {
    let frame = |(name, file, line, column): &(String, String, u32, u32)| {
        let text = match column {
            0 => format!("{name} ({file}:{line})"),
            column => format!("{name} ({file}:{line}:{column})"),
        };
        escape_control(truncate_to_char_boundary(&text, MAX_FRAME_BYTES))
    };
    let message = truncate_to_char_boundary(message, MAX_MESSAGE_BYTES);
    Thrown {
        message: message.split('\n').map(escape_control).collect::<Vec<_>>().join("\n"),
        frames: frames.iter().take(MAX_FRAMES).map(frame).collect(),
    }
}

impl Syntax {
    fn diagnostic(self) -> Diagnostic {
        let mut diagnostic = Diagnostic::error(escape_control(&self.message));
        diagnostic.file = Some(self.file);
        diagnostic.line = Some(self.line);
        diagnostic.column = Some(self.column);
        diagnostic.end_line = self.end_line;
        diagnostic.end_column = self.end_column;
        diagnostic.code = Some("NIL200".to_owned());
        diagnostic
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_keep_their_frames_and_lose_control_characters() {
        let Some(Reply::Raised(thrown, None)) =
            Reply::read(br#"!{"message":"ValueError: a\u0007b","frames":[["handle","main.py",3,9],["f","x.py",1,0]]}"#)
        else {
            panic!("an exception");
        };
        assert_eq!(thrown.frames, ["handle (main.py:3:9)", "f (x.py:1)"]);
        assert!(!thrown.message.contains('\u{7}'), "{}", thrown.message);
    }

    #[test]
    fn what_the_prelude_never_says_is_nothing() {
        for answer in [&b""[..], b"?", b"!{}", b"S1", b"H{}"] {
            assert!(Reply::read(answer).is_none(), "{answer:?}");
        }
    }
}
