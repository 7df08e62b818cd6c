//! Asking before something that is not easily undone.

use std::io::{self, IsTerminal as _, Write as _};

use crate::failure::Failure;

/// Asks on the terminal; without one there is nobody to ask.
///
/// # Errors
/// [`Failure::Usage`] where nobody is there, with the advice to add `--yes`; `refused` if the answer is no.
pub(crate) async fn confirm(question: &str, what: &str, refused: &str) -> Result<(), Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage(format!("nobody is there to confirm {what}"), "add --yes"));
    }
    let question = format!("{question} [y/N] ");
    let answer = tokio::task::spawn_blocking(move || {
        // Locked for the question only: an interrupt is reported on stderr while we still wait for the answer.
        io::stderr().lock().write_all(question.as_bytes())?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).map(|_| answer)
    });
    let answer = answer
        .await
        .map_err(io::Error::other)
        .flatten()
        .map_err(|error| Failure::local(format!("cannot read the answer: {error}")))?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::local(refused)),
    }
}
