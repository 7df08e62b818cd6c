//! Running `nil` commands against a `nil up`.

use std::{path::Path, process::Output};

use nil_test::NilUp;
use tokio::process::Command;

use crate::product::SOON;

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The same, if it ended with this code.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// Runs `nil` with `args` in `folder`, at most for [`SOON`].
pub(crate) async fn nil_in(folder: &Path, up: &NilUp, args: &[&str]) -> Ran {
    nil_with(folder, up, args, &[]).await
}

/// The same with environment variables.
pub(crate) async fn nil_with(folder: &Path, up: &NilUp, args: &[&str], env: &[(&str, &str)]) -> Ran {
    let mut command = Command::from(up.command(args));
    command.current_dir(folder).envs(env.iter().copied()).kill_on_drop(true);
    let output = tokio::time::timeout(SOON, command.output()).await;
    let output: Output = match output {
        Ok(output) => output.expect("nil runs"),
        Err(_) => panic!("`nil {}` did not end within {SOON:?}", args.join(" ")),
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("nil prints UTF-8");
    Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}
