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
/// removed needs no orderly end, so it is hurried along.
const SCRIPT: &str = r#"
cat > /dev/null
pid_file="$1/data/postmaster.pid"
for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    [ -e "$pid_file" ] || break
    kill -QUIT "$(head -n 1 "$pid_file")" 2> /dev/null
    sleep 0.2
done
rm -rf "$1" || { sleep 1; rm -rf "$1"; }
"#;

/// A directory in the system's temporary directory that will be gone.
#[derive(Debug)]
pub(crate) struct Janitor {
    dir: PathBuf,
    shell: Child,
}

impl Janitor {
    /// Makes the directory and sees to its end; removes what dead test processes left.
    pub(crate) fn hire() -> io::Result<Self> {
        let parent = std::env::temp_dir();
        sweep(&parent);
        let dir = TempDir::with_prefix_in(format!("{PREFIX}{}-", std::process::id()), &parent)?;
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
