//! Tools built from crates.io into the folder of kept tools: pinned, once, and with the machine's leisure.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;

use crate::machine;

/// A program of a published crate.
pub(crate) struct Tool {
    /// The program.
    pub(crate) binary: &'static str,
    /// Its crate.
    pub(crate) package: &'static str,
    /// The version, exactly: figures of different days must be made by the same tool.
    pub(crate) version: &'static str,
    /// How to build it, beside where to and from which lock file.
    pub(crate) arguments: &'static [&'static str],
    /// Set while it is built.
    pub(crate) environment: &'static [(&'static str, &'static str)],
    /// How long that takes, for whoever waits.
    pub(crate) takes: &'static str,
}

impl Tool {
    /// Where it is, built now unless this version is there.
    pub(crate) fn install(&self, local: &Path) -> anyhow::Result<PathBuf> {
        let (binary, package, version) = (self.binary, self.package, self.version);
        let program = local.join("bin").join(binary);
        if machine::version_of(&program).is_some_and(|there| there == version) {
            return Ok(program);
        }
        machine::say(&format!("building {package} {version} (once; {})", self.takes));
        let mut install = Command::new("nice");
        install.args(["-n", "10", "cargo", "install", "--quiet", "--locked", "--force", "--root"]).arg(local);
        install.args(self.arguments).arg(format!("{package}@{version}"));
        let output = install.envs(self.environment.iter().copied()).output().context("cargo cannot be run")?;
        let errors = String::from_utf8_lossy(&output.stderr);
        let last = errors.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        anyhow::ensure!(output.status.success(), "failed to build {package} {version}: {}", last.trim());
        Ok(program)
    }
}
