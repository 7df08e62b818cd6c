//! Removing a cluster's directory when the test process has ended, however it ended.
//!
//! Statics are not dropped at exit and nothing of ours runs after SIGKILL, so a small shell process waits for the
//! end of a pipe that only we hold. Should even that be killed, the next test process sweeps up.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// Directories of test processes are called this and the process id, then something random.
pub(crate) const PREFIX: &str = "nil-test-";

/// `$1` is the directory. The server has been told to stop by the kernel already; data that is about to be
/// removed needs no orderly end, so it is hurried along; a number alone may be somebody else's by now.
const SCRIPT: &str = r#"
cat > /dev/null
data="$1/data"
for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    [ -e "$data/postmaster.pid" ] || break
    postmaster=$(head -n 1 "$data/postmaster.pid")
    [ "$(readlink "/proc/$postmaster/cwd")" = "$data" ] || break
    kill -QUIT "$postmaster" 2> /dev/null
    sleep 0.2
done
rm -rf "$1" || { sleep 1; rm -rf "$1"; }
"#;

/// What the clusters of a test run may need in a directory that is kept in memory.
const ROOM_BYTES: u64 = 2 << 30;

/// A temporary directory that will be gone.
#[derive(Debug)]
pub(crate) struct Janitor {
    dir: PathBuf,
    shell: Child,
}

impl Janitor {
    /// Makes the directory and sees to its end; removes what dead test processes left.
    pub(crate) fn hire() -> io::Result<Self> {
        let name = format!("{PREFIX}{}-", std::process::id());
        let dir = in_memory(&name).map_or_else(|| in_temporary_dir(&name), Ok)?;
        let shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "janitor"])
            .arg(dir.path())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C ends the tests, not the janitor.
            .process_group(0)
            .spawn()?;
        Ok(Self { dir: dir.keep(), shell })
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }
}

impl Drop for Janitor {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // It ends in any case; waiting only makes sure that the directory is gone when we are.
        let _ = self.shell.wait();
    }
}

/// Where there is room for it a database is best kept in memory: it is made in a third of the time. An operator
/// who sets `TMPDIR` wants it there.
fn in_memory(name: &str) -> Option<TempDir> {
    let parent = Path::new("/dev/shm");
    let room = rustix::fs::statvfs(parent).ok()?;
    let wanted = std::env::var_os("TMPDIR").is_none() && room.f_bavail * room.f_frsize >= ROOM_BYTES;
    sweep(parent);
    if wanted { TempDir::with_prefix_in(name, parent).ok() } else { None }
}

fn in_temporary_dir(name: &str) -> io::Result<TempDir> {
    let parent = std::env::temp_dir();
    sweep(&parent);
    TempDir::with_prefix_in(name, parent)
}

/// Removes the directories of processes that are gone, if we may.
pub(crate) fn sweep(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split('-').next()?.parse::<u32>().ok());
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists()) {
            // Another user's, or just being removed by its own janitor.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
