//! `/compile`: what would become of a source.

use std::time::Duration;

use nil_api::{CheckSource, Checked};
use reqwest::Method;

use crate::{client::Client, error::ClientError};

/// The longest a server takes to answer: a compilation, and its turn before that.
const COMPILATION: Duration = Duration::from_secs(120);

impl Client {
    /// `POST /compile`: compiles and validates as a deployment would, and keeps nothing. A source with mistakes is an
    /// answer (`ok: false`), no error.
    ///
    /// # Errors
    /// [`ClientError`]; `unavailable` when no compiler takes it.
    pub async fn check(&self, source: &CheckSource) -> Result<Checked, ClientError> {
        self.fetch(self.call(Method::POST, &["compile"]).json(source).patience(COMPILATION)).await
    }
}
