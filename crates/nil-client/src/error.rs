//! What can go wrong between a caller and a server, by what the caller would do about it.

use std::time::Duration;

use nil_api::{Problem, ProblemKind};

/// Why a call to a server gave no answer of the kind that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The options cannot make a client.
    #[error("{option} {reason}")]
    InvalidOption {
        /// The option, as a person knows it: `URL`, `token`.
        option: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// No complete answer came: nothing listens, the name does not resolve, the time is up, the connection broke.
    #[error("cannot reach {url}: {cause}")]
    Unreachable {
        /// The server's base URL.
        url: String,
        /// The innermost reason, such as `connection refused`.
        cause: String,
        /// The transport's error.
        #[source]
        source: reqwest::Error,
    },
    /// The server answered with a problem document.
    #[error("{}", problem.detail)]
    Problem {
        /// What it said.
        problem: Box<Problem>,
        /// When to try again, where the server said so.
        retry_after: Option<Duration>,
    },
    /// Something answered that is not this API: another program, a proxy, or a server of another version.
    #[error("{url} did not answer as a ProjectNIL server: {detail}")]
    Protocol {
        /// The URL that was asked.
        url: String,
        /// What came instead.
        detail: String,
    },
    /// A stream of events ended in the middle.
    #[error("the stream of {url} broke: {reason}")]
    Interrupted {
        /// The URL that was asked.
        url: String,
        /// What happened.
        reason: String,
    },
    /// The newest version was neither ready nor failed in time.
    #[error("`{function}` is not built after {} s; it goes on in the background", waited.as_secs())]
    NotBuilt {
        /// The function.
        function: String,
        /// How long it was waited for.
        waited: Duration,
    },
}

impl ClientError {
    /// The kind of problem, if the server answered with one this client knows.
    #[must_use]
    pub fn problem_kind(&self) -> Option<ProblemKind> {
        let Self::Problem { problem, .. } = self else { return None };
        ProblemKind::ALL.iter().copied().find(|kind| kind.type_uri() == problem.type_uri)
    }

    /// What a person can do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreachable { source, .. } if source.is_timeout() && !source.is_connect() => {
                Some("the server is busy or stuck; `nil doctor` asks how it is".to_owned())
            }
            Self::Unreachable { .. } => Some("is `nil up` running? --url or NIL_URL name another server".to_owned()),
            Self::Problem { retry_after: Some(after), .. } => {
                Some(format!("try again in {} s", after.as_secs().max(1)))
            }
            Self::Problem { .. } => match self.problem_kind()? {
                ProblemKind::Unauthorized => Some("set NIL_TOKEN to the token the server was started with".to_owned()),
                ProblemKind::FunctionNotReady => {
                    Some("`nil describe` shows the state of the newest version".to_owned())
                }
                ProblemKind::UnsupportedLanguage => Some("`nil toolchain list` shows the languages".to_owned()),
                _ => None,
            },
            Self::Protocol { .. } => {
                Some("check --url or NIL_URL, and that both sides are the same version".to_owned())
            }
            Self::NotBuilt { .. } => Some("`nil queue` shows whether a compiler takes jobs".to_owned()),
            Self::InvalidOption { .. } | Self::Interrupted { .. } => None,
        }
    }

    pub(crate) fn unreachable(url: &str, source: reqwest::Error) -> Self {
        Self::Unreachable { url: url.to_owned(), cause: innermost(&source), source }
    }
}

/// Transport errors nest four deep and repeat themselves; the last one says what happened.
fn innermost(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return if error.is_connect() { "no connection in time" } else { "no answer in time" }.to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    // `io::Error` of the operating system ends in its number, which says nothing to a person.
    let text = cause.to_string();
    let text = text.split(" (os error ").next().unwrap_or(&text).to_owned();
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
