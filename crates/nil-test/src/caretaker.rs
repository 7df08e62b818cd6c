//! Ending a whole `nil up` and removing its directory when the test process has ended, however it ended.
//!
//! Like the janitor of clusters, a small shell process that waits for the end of a pipe only we hold: statics are
//! not dropped at exit, and nothing of ours runs after SIGKILL.

use std::{
    io::{self, Write as _},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
};

/// `$1` is the directory. Each line on stdin is the process that runs there now, empty for none.
///
/// A number alone may belong to a stranger by now, so the database is only hurried along where it works in the
/// directory. `readlink` fails for a process that is gone and for one that only waits to be reaped.
const SCRIPT: &str = r#"
pid=
while read -r line; do pid=$line; done
alive() { [ -n "$1" ] && readlink "/proc/$1/exe" > /dev/null; }
if alive "$pid"; then
    kill -TERM "$pid" 2> /dev/null
    for attempt in $(seq 150); do alive "$pid" || break; sleep 0.1; done
    alive "$pid" && kill -KILL "$pid" 2> /dev/null
fi
data="$1/home/postgres/data"
for attempt in $(seq 20); do
    [ -e "$data/postmaster.pid" ] || break
    postmaster=$(head -n 1 "$data/postmaster.pid")
    [ "$(readlink "/proc/$postmaster/cwd")" = "$data" ] || break
    kill -QUIT "$postmaster" 2> /dev/null
    sleep 0.2
done
rm -rf "$1" || { sleep 1; rm -rf "$1"; }
"#;

/// Looks after one directory.
#[derive(Debug)]
pub(crate) struct Caretaker {
    shell: Child,
}

impl Caretaker {
    /// Sees to the end of `dir` and of what runs there.
    pub(crate) fn hire(dir: &Path) -> io::Result<Self> {
        let shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "caretaker"])
            .arg(dir)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C ends the tests, not the caretaker.
            .process_group(0)
            .spawn()?;
        Ok(Self { shell })
    }

    /// Says which process runs in the directory from now on.
    pub(crate) fn runs(&mut self, pid: Option<u32>) -> io::Result<()> {
        let line = pid.map(|pid| pid.to_string()).unwrap_or_default();
        match &mut self.shell.stdin {
            Some(stdin) => writeln!(stdin, "{line}"),
            None => Ok(()),
        }
    }
}

impl Drop for Caretaker {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // It ends in any case; waiting only makes sure that the directory is gone when we are.
        let _ = self.shell.wait();
    }
}
