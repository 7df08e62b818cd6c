//! The whole product as a person starts it: the `nil` binary running `nil up` on a home of its own.

use std::{
    ffi::OsString,
    fs::{self, File, Permissions},
    io::{Read as _, Seek as _, SeekFrom},
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::{
    caretaker::Caretaker,
    janitor,
    processes::{self, TestProcess},
    settings,
    wait::within,
};

/// A first start on a fresh machine installs the toolchain and a portable PostgreSQL.
const UP_WITHIN: Duration = Duration::from_secs(240);

/// Requests, compilations and the history each get a drain of their own.
const DOWN_WITHIN: Duration = Duration::from_secs(60);

/// The first line on stdout once the server listens.
const IS_UP: &str = "ProjectNIL is up.";

/// A running `nil up`; it and everything it started are gone when this is dropped or the test process ends.
///
/// Blocks while it starts and stops.
#[derive(Debug)]
pub struct NilUp {
    program: PathBuf,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    dir: PathBuf,
    port: u16,
    child: Option<Child>,
    // Last: it removes the directory.
    caretaker: Caretaker,
}

impl NilUp {
    /// Starts `program up` with defaults on an empty home; takes some seconds.
    ///
    /// # Panics
    ///
    /// If it is not up in time; the message holds its log.
    pub fn start(program: impl Into<PathBuf>) -> Self {
        Self::start_with(program, &[], &[])
    }

    /// The same with further arguments and environment variables.
    ///
    /// # Panics
    ///
    /// If it is not up in time; the message holds its log.
    pub fn start_with(program: impl Into<PathBuf>, args: &[&str], env: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| (name.into(), value.into());
        let (args, env) = (args.iter().map(Into::into).collect(), env.iter().map(owned).collect());
        let mut nil = match Self::prepare(program.into(), args, env) {
            Ok(nil) => nil,
            Err(error) => panic!("failed to prepare a home for `nil up`: {error:#}"),
        };
        nil.start_again();
        nil
    }

    fn prepare(program: PathBuf, args: Vec<OsString>, env: Vec<(OsString, OsString)>) -> anyhow::Result<Self> {
        let parent = std::env::temp_dir();
        janitor::sweep(&parent);
        let dir = TempDir::with_prefix_in(format!("{}{}-", janitor::PREFIX, std::process::id()), &parent)?;
        // As root, PostgreSQL and the compilers run as other users, who have to get there.
        fs::set_permissions(dir.path(), Permissions::from_mode(0o711)).context("open the directory")?;
        let caretaker = Caretaker::hire(dir.path()).context("start a caretaker")?;
        Ok(Self { program, args, env, dir: dir.keep(), port: free_port()?, child: None, caretaker })
    }

    /// Starts it on the same home and port after it has ended.
    ///
    /// # Panics
    ///
    /// If it still runs, or is not up in time.
    pub fn start_again(&mut self) {
        if let Err(error) = self.try_start() {
            panic!("failed to start `nil up`: {error:#}\n{}", self.log());
        }
    }

    fn try_start(&mut self) -> anyhow::Result<()> {
        ensure!(self.child.is_none(), "it runs already");
        let log = File::options().create(true).append(true).open(self.log_file()).context("open the log")?;
        let before = log.metadata()?.len();
        let mut command = self.command(&["up"]);
        command.args(&self.args).stdout(log.try_clone()?).stderr(log);
        let child = self.child.insert(command.spawn().context("run the program")?);
        self.caretaker.runs(Some(child.id()))?;
        let mut ended = None;
        let log_file = self.dir.join("log");
        let up = within(UP_WITHIN, || {
            ended = child.try_wait().ok().flatten();
            ended.is_some() || read_from(&log_file, before).is_ok_and(|log| log.contains(IS_UP))
        });
        if let Some(status) = ended {
            self.forget()?;
            anyhow::bail!("it ended with {status}");
        }
        ensure!(up, "it is not up after {UP_WITHIN:?}");
        Ok(())
    }

    /// `nil` with `args` in the same environment: for `nil up` itself and for user commands against it.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(args)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.dir)
            .env("NIL_HOME", self.home())
            .env("NIL_LISTEN", format!("127.0.0.1:{}", self.port))
            .env("NIL_URL", self.url())
            .env("NIL_CACHE", settings::cache())
            .envs(std::env::var_os("NIL_PG_BIN").filter(|dir| !dir.is_empty()).map(|dir| ("NIL_PG_BIN", dir)))
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.dir)
            .stdin(Stdio::null());
        command
    }

    /// Where it answers; stays the same when it is started again.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What survives a restart.
    pub fn home(&self) -> PathBuf {
        self.dir.join("home")
    }

    /// A directory for files of the test; goes with the rest.
    pub fn folder(&self) -> &Path {
        &self.dir
    }

    /// Its process id.
    ///
    /// # Panics
    ///
    /// If it does not run.
    pub fn pid(&self) -> u32 {
        match &self.child {
            Some(child) => child.id(),
            None => panic!("`nil up` does not run"),
        }
    }

    /// The compiler service, if it runs right now.
    pub fn compiler(&self) -> Option<TestProcess> {
        self.family().into_iter().find(|process| process.command.contains(" compiler "))
    }

    /// PostgreSQL's first process, if it runs right now.
    pub fn postgres(&self) -> Option<TestProcess> {
        let pid_file = fs::read_to_string(self.home().join("postgres/data/postmaster.pid")).ok()?;
        let pid: u32 = pid_file.lines().next()?.parse().ok()?;
        self.family().into_iter().find(|process| process.pid == pid)
    }

    /// Everything that belongs to it right now, itself not.
    pub fn family(&self) -> Vec<TestProcess> {
        let own = self.child.as_ref().map(Child::id);
        let mut family = own.map(processes::descendants).unwrap_or_default();
        for process in processes::working_in(&self.home()) {
            if Some(process.pid) != own && !family.contains(&process) {
                family.push(process);
            }
        }
        family
    }

    /// What has been written to stdout and stderr so far.
    pub fn log(&self) -> String {
        read_from(&self.log_file(), 0).unwrap_or_default()
    }

    /// `kill -9`: what a crash or the kernel's out-of-memory killer does.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub fn kill9(&mut self) {
        let Some(child) = &mut self.child else { return };
        let killed = child.kill().and_then(|()| child.wait());
        if let Err(error) = killed.map_err(anyhow::Error::from).and_then(|_| self.forget()) {
            panic!("failed to kill `nil up`: {error:#}");
        }
    }

    /// Ctrl-C, and waits for the end.
    ///
    /// # Panics
    ///
    /// If it does not run or does not end in time.
    pub fn interrupt(&mut self) -> ExitStatus {
        if let Some(process) = TestProcess::of(self.pid()) {
            process.signal(Signal::INT);
        }
        let mut ended = None;
        let child = self.child.as_mut();
        if let Some(child) = child {
            within(DOWN_WITHIN, || {
                ended = child.try_wait().ok().flatten();
                ended.is_some()
            });
        }
        match ended {
            Some(status) if self.forget().is_ok() => status,
            _ => panic!("`nil up` still runs {DOWN_WITHIN:?} after Ctrl-C\n{}", self.log()),
        }
    }

    fn forget(&mut self) -> anyhow::Result<()> {
        self.child = None;
        Ok(self.caretaker.runs(None)?)
    }

    fn log_file(&self) -> PathBuf {
        self.dir.join("log")
    }
}

impl Drop for NilUp {
    fn drop(&mut self) {
        let family = self.family();
        if let Some(mut child) = self.child.take() {
            // An orderly end takes seconds, and that it works has a test of its own.
            let _ = child.kill().and_then(|()| child.wait());
            let _ = self.caretaker.runs(None);
        }
        // The product sees to it that nothing outlives it. A broken one must not fill the machine.
        if !within(Duration::from_secs(5), || !family.iter().any(TestProcess::is_alive)) {
            family.iter().for_each(TestProcess::kill9);
        }
    }
}

fn read_from(path: &Path, start: u64) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A port nobody listens on, below those the kernel hands out by itself: a connection of somebody else's must not
/// take it while `nil up` is being started again.
fn free_port() -> anyhow::Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = std::process::id() as u16 % 12_000;
    (0..12_000)
        .map(|_| 20_000 + (start + NEXT.fetch_add(1, Ordering::Relaxed) % 12_000) % 12_000)
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .context("no port is free")
}
