//! PostgreSQL installations on this machine: where they may be, and whether one is usable.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::thread;
use std::time::{Duration, Instant};

use crate::OLDEST_MAJOR;
use crate::os_user::OsUser;
use crate::processes::POLL;

/// How long a program may be open for writing elsewhere.
const NO_LONGER_BUSY: Duration = Duration::from_secs(2);

/// Directories that hold one directory a version: Debian's, and the PostgreSQL project's on Fedora and RHEL.
const VERSIONED: [(&str, &str); 2] = [("/usr/lib/postgresql", ""), ("/usr", "pgsql-")];

/// Directories that may hold both programs, best first, each once.
pub(super) fn candidates(path: Option<&OsStr>) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    let on_path = path.into_iter().flat_map(std::env::split_paths).filter(|dir| dir.is_absolute());
    for dir in on_path.chain(versioned_dirs()) {
        if let Some(bin_dir) = home_of_programs(&dir)
            && !found.contains(&bin_dir)
        {
            found.push(bin_dir);
        }
    }
    found
}

/// The directory that `postgres` really lives in, if `dir` offers both programs. PostgreSQL finds its
/// libraries relative to the program, and links to it (`/usr/local/bin/postgres`) are common.
fn home_of_programs(dir: &Path) -> Option<PathBuf> {
    if !dir.join("initdb").is_file() {
        return None;
    }
    let home = dir.join("postgres").canonicalize().ok()?.parent()?.to_owned();
    home.join("initdb").is_file().then_some(home)
}

fn versioned_dirs() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for (parent, prefix) in VERSIONED {
        let names = fs::read_dir(parent).into_iter().flatten().flatten().map(|entry| entry.file_name());
        for name in names {
            let version = name.to_str().and_then(|name| name.strip_prefix(prefix)).and_then(|rest| rest.parse().ok());
            if let Some(version) = version {
                found.push((version, Path::new(parent).join(&name).join("bin")));
            }
        }
    }
    found.sort_by_key(|(version, _): &(u32, PathBuf)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, dir)| dir).collect()
}

/// Absolute directory, major version and full version of the programs in `bin_dir`, or the reason why `user`
/// cannot use them.
pub(super) fn inspect(bin_dir: &Path, user: &OsUser) -> Result<(PathBuf, u32, String), String> {
    let bin_dir = home_of_programs(bin_dir).ok_or("does not hold both `postgres` and `initdb`")?;
    if let Some(blocked) = user.first_blocked(&bin_dir).map_err(|error| error.to_string())? {
        return Err(format!("the user {} may not enter {}", user.name, blocked.display()));
    }
    let answer = ask_version(&bin_dir.join("postgres"), user)
        .map_err(|error| format!("`postgres --version` does not run: {error}"))?;
    if !answer.status.success() {
        let complaint = String::from_utf8_lossy(&answer.stderr);
        return Err(format!("`postgres --version` failed: {}", complaint.trim()));
    }
    let line = String::from_utf8_lossy(&answer.stdout);
    let (major, version) = parse_version(&line).ok_or_else(|| format!("unknown version `{}`", line.trim()))?;
    if major < OLDEST_MAJOR {
        return Err(format!("is PostgreSQL {version}, older than {OLDEST_MAJOR}"));
    }
    Ok((bin_dir, major, version))
}

/// A program that was just unpacked stays busy for as long as another thread of ours is between fork and exec,
/// because its child still holds the file open for writing.
fn ask_version(postgres: &Path, user: &OsUser) -> io::Result<Output> {
    let deadline = Instant::now() + NO_LONGER_BUSY;
    loop {
        match user.command(postgres).arg("--version").output() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && Instant::now() < deadline => {
                thread::sleep(POLL);
            }
            answer => return answer,
        }
    }
}

/// Reads `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` and `postgres (PostgreSQL) 18beta1`.
pub(super) fn parse_version(line: &str) -> Option<(u32, String)> {
    let version = line.trim().strip_prefix("postgres (PostgreSQL) ")?;
    let digits = version.bytes().take_while(u8::is_ascii_digit).count();
    Some((version[..digits].parse().ok()?, version.to_owned()))
}
