//! Runs `nil` in a clean environment and folder, and writes down what happened.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

use crate::fake_server::FakeServer;

/// A folder, a server, and `nil`.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) server: FakeServer,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().expect("a temporary folder"), server: FakeServer::start() }
    }

    /// Writes a file into the folder.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a new folder");
        fs::write(path, text).expect("a new file");
    }

    /// `nil` with nothing in its environment but what it needs.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nil"));
        command
            .args(args)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("NIL_HOME", self.folder.path().join("home"))
            .env("NIL_CACHE", self.folder.path().join("cache"))
            .env("NIL_URL", self.server.url())
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs and writes down: exit code, stdout, stderr.
    pub(crate) fn nil(&self, args: &[&str]) -> String {
        self.describe(&self.command(args).output().expect("nil runs"))
    }

    /// The same with something piped in.
    pub(crate) fn nil_with_stdin(&self, args: &[&str], stdin: &[u8]) -> String {
        let mut command = self.command(args);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("nil runs");
        child.stdin.take().expect("a pipe").write_all(stdin).expect("nil reads stdin");
        self.describe(&child.wait_with_output().expect("nil ends"))
    }

    fn describe(&self, output: &Output) -> String {
        let mut text =
            format!("exit {}\n", output.status.code().map_or("by signal".to_owned(), |code| code.to_string()));
        for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            if !bytes.is_empty() {
                text.push_str(&format!("--- {name}\n{}", self.stable(bytes)));
            }
        }
        text
    }

    /// Without what differs between runs: the port and the folder.
    fn stable(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8(bytes.to_vec()).expect("nil prints UTF-8");
        let folder = |path: &Path| path.display().to_string();
        text.replace(self.server.url(), "http://server").replace(&folder(self.folder.path()), "/folder")
    }
}
