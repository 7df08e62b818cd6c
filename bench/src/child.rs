//! Servers under measurement: started on their core, waited for, gone when dropped.

use std::{
    fs::File,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use rustix::process::{Pid, Signal};

/// The slowest server to start, ours on an empty database, takes two seconds on a quiet machine.
const START: Duration = Duration::from_secs(60);

/// How long a server may take to end in order.
const STOP: Duration = Duration::from_secs(20);

/// A running process of ours.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    name: String,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Running {
    /// Starts `command`, its output in a file below `logs`, and waits until it accepts connections.
    pub(crate) fn start(name: &str, mut command: Command, address: SocketAddr, logs: &Path) -> anyhow::Result<Self> {
        let mut running = Self { child: spawn(name, &mut command, logs)?, name: name.to_owned(), address };
        let deadline = Instant::now() + START;
        while TcpStream::connect(address).is_err() {
            if let Some(status) = running.child.try_wait()? {
                anyhow::bail!("{name} ended with {status}; see {}", logs.join(name).display());
            }
            anyhow::ensure!(Instant::now() < deadline, "{name} does not listen; see {}", logs.join(name).display());
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(running)
    }

    /// Starts a process that listens nowhere.
    pub(crate) fn start_silent(name: &str, mut command: Command, logs: &Path) -> anyhow::Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Ok(Self { child: spawn(name, &mut command, logs)?, name: name.to_owned(), address })
    }

    /// Its process id. `taskset` becomes the program it starts, so this is the server itself.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its URL with `path`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, Signal::TERM);
        }
        let deadline = Instant::now() + STOP;
        while self.child.try_wait().is_ok_and(|status| status.is_none()) {
            if Instant::now() > deadline {
                crate::machine::say(&format!("{} does not stop; ending it", self.name));
                let _ = self.child.kill();
                let _ = self.child.wait();
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn spawn(name: &str, command: &mut Command, logs: &Path) -> anyhow::Result<Child> {
    std::fs::create_dir_all(logs)?;
    let log = File::create(logs.join(name))?;
    command
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        // A backtrace for every guest's trap costs time that a deployment would not spend.
        .env_remove("RUST_BACKTRACE")
        .spawn()
        .with_context(|| format!("failed to start {name}"))
}

/// An address nobody listens on.
pub(crate) fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
