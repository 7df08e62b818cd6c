//! `/languages`: what functions can be written in.

use nil_api::LanguageInfo;
use reqwest::Method;

use crate::{client::Client, error::ClientError};

impl Client {
    /// `GET /languages`: every language, and whether it can be deployed now.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn languages(&self) -> Result<Vec<LanguageInfo>, ClientError> {
        self.fetch(self.call(Method::GET, &["languages"])).await
    }
}
