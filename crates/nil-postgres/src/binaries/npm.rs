//! Fetching one pinned package with npm, which every machine that builds ProjectNIL has.
//!
//! npm brings the operator's registry, proxy and certificate settings with it. What it delivers is not
//! trusted here; the caller verifies it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::FetchError;
use super::portable::Package;
use crate::processes::{POLL, die_with_this_thread};

/// npm retries by itself; past this it hangs. 24 MB take this long at 40 kB/s.
const TIMEOUT: Duration = Duration::from_secs(600);

/// Lines of npm's output that are kept for an error message.
const LINES_KEPT: usize = 5;

/// Downloads the package's archive into `dir`, an empty directory, and returns its path.
pub(super) fn pack(package: &Package, dir: &Path) -> Result<PathBuf, FetchError> {
    let failed = |reason: String| FetchError::Npm { package: package.to_string(), reason };
    let stored = |source| FetchError::Store { path: dir.to_owned(), source };
    let output = dir.join("npm.log");
    let log = File::create(&output).map_err(stored)?;

    let mut npm = Command::new("npm");
    npm.args(["pack", "--ignore-scripts", "--loglevel=error", "--pack-destination"]).arg(dir);
    // A private cache, so that users without a home directory can fetch and nothing is left in one.
    npm.arg("--cache").arg(dir.join("cache")).arg(package.to_string());
    // Away from any project whose own npm configuration or workspaces would interfere.
    npm.current_dir(dir).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    die_with_this_thread(&mut npm, Signal::KILL);
    let mut npm = npm.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => FetchError::NoNpm,
        _ => failed(format!("npm does not run: {error}")),
    })?;

    match wait(&mut npm, TIMEOUT).map_err(|error| failed(error.to_string()))? {
        Some(status) if status.success() => {}
        Some(status) => return Err(failed(format!("{status}: {}", end_of(&output)))),
        None => return Err(failed(format!("not done after {} s: {}", TIMEOUT.as_secs(), end_of(&output)))),
    }
    let archive = fs::read_dir(dir)
        .map_err(stored)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "tgz"));
    archive.ok_or_else(|| failed("it succeeded but left no archive".to_owned()))
}

/// How the process ended, or nothing if it had to be killed at the deadline.
fn wait(child: &mut Child, timeout: Duration) -> io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + timeout;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(POLL);
    }
}

fn end_of(output: &Path) -> String {
    let text = fs::read(output).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(LINES_KEPT)..].join("\n")
}
