//! The side of the service: opens what a box must keep closed, runs the probe in boxes, and judges.

use std::{
    fs::{self, Permissions},
    net::{Ipv4Addr, TcpListener, UdpSocket},
    os::{
        linux::net::SocketAddrExt,
        unix::{
            fs::PermissionsExt,
            net::{SocketAddr, UnixListener},
        },
    },
    path::PathBuf,
    time::Duration,
};

use super::{
    Layer, LayerState, SelfTest,
    attempts::{Attempt, Targets, Task},
};
use crate::{
    process::Exit,
    sandbox::{
        BoxLimits, BoxSpec, Sandbox, SandboxError,
        plan::{Means, Standing},
        run::{Completed, Ending},
        spec::Run,
    },
    toolchain::Limit,
};

/// Time for all attempts of one box; they take some milliseconds.
const ATTEMPTS_TIMEOUT: Duration = Duration::from_secs(20);

/// How long the one that waits for ever may wait.
const LINGER: Duration = Duration::from_millis(250);

/// Limits of the probe's boxes, small so that passing them costs little.
const LIMITS: BoxLimits = BoxLimits {
    memory_bytes: 96 << 20,
    processes: 16,
    threads: 24,
    scratch_bytes: 2 << 20,
    open_files: 64,
    cpu_seconds: 10,
};

/// Far more than allowed, far less than would harm a machine without limits.
const MOST_FORKS: u64 = 200;

impl Sandbox {
    /// Tries to break every layer from inside real boxes. Takes a tenth of a second or two; afterwards every box has
    /// to stand like those of the test.
    pub async fn self_test(&self) -> SelfTest {
        match self.try_to_break().await {
            Ok(found) => found,
            Err(error) => {
                let mut why = error.to_string();
                if let Some(source) = std::error::Error::source(&error) {
                    why.push_str(&format!(": {source}"));
                }
                SelfTest::impossible(&why)
            }
        }
    }

    async fn try_to_break(&self) -> Result<SelfTest, SandboxError> {
        let bait = Bait::lay(self).map_err(|error| SandboxError::scratch(self.root(), error))?;
        let memory = Task::UseMemory { bytes: LIMITS.memory_bytes * 3 };
        let mark = format!("{}-{:?}", std::process::id(), std::time::Instant::now());
        let disk = Task::UseDisk { bytes: LIMITS.scratch_bytes * 4 };
        let (attempts, memory, disk, forks, linger) = tokio::join!(
            self.probe(Task::Break(bait.targets.clone()), ATTEMPTS_TIMEOUT, &mark),
            self.probe(memory, ATTEMPTS_TIMEOUT, &mark),
            self.probe(disk, ATTEMPTS_TIMEOUT, &mark),
            self.probe(Task::Fork { most: MOST_FORKS }, ATTEMPTS_TIMEOUT, &mark),
            self.probe(Task::Linger, LINGER, &mark),
        );
        let (attempts, memory, disk, forks, linger) = (attempts?, memory?, disk?, forks?, linger?);
        let standing = attempts.standing.clone();
        let mut found = read_attempts(&attempts);
        found.push(judge_memory(&memory));
        found.push(judge_disk(&disk));
        found.push(judge_forks(&forks));
        found.extend(judge_linger(&linger, !is_anybody_marked(&mark)));
        if bait.was_reached() {
            found.push(attempt(Layer::Network, "reach a listener of this machine", true, "it was reached"));
        }
        let test = SelfTest {
            layers: Layer::ALL.iter().map(|layer| state(*layer, &found, &standing)).collect(),
            made_of: self.made_of(&standing),
        };
        self.set_expected(standing);
        Ok(test)
    }

    /// Runs the probe in a box like that of any compiler.
    async fn probe(&self, task: Task, timeout: Duration, mark: &str) -> Result<Completed, SandboxError> {
        // Children of a probe share its memory, but are counted each for itself.
        let memory_bytes =
            if matches!(task, Task::Fork { .. }) { 16 * LIMITS.memory_bytes } else { LIMITS.memory_bytes };
        let spec = BoxSpec {
            program: "/proc/self/exe".into(),
            args: vec![crate::PROBE_ARGUMENT.into(), mark.into()],
            read_only: Vec::new(),
            env: Vec::new(),
            limits: BoxLimits { memory_bytes, ..LIMITS },
        };
        let stdin = serde_json::to_vec(&task).map_err(SandboxError::no_box)?;
        self.run(&spec, Run { stdin: &stdin, files: &[], timeout, output_bytes: 256 << 10 }).await
    }

    fn made_of(&self, standing: &Standing) -> Vec<String> {
        let told = |means: Means, how: Result<&str, &str>| match how {
            Ok(how) => format!("{means}: {how}"),
            Err(why) => format!("no {means}: {why}"),
        };
        let cgroup = self.cgroup();
        let cgroup = cgroup.as_deref().map_err(String::as_str);
        let mut all: Vec<_> = standing.means.iter().map(|(means, _)| told(*means, standing.of(*means))).collect();
        all.push(told(Means::Cgroup, cgroup));
        all
    }
}

/// What is laid out for the probe to find.
struct Bait {
    targets: Targets,
    tcp: TcpListener,
    udp: UdpSocket,
    named: UnixListener,
    by_path: UnixListener,
    _folder: tempfile::TempDir,
}

impl Bait {
    fn lay(sandbox: &Sandbox) -> std::io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("bait-").tempdir_in(sandbox.root())?;
        let open = |path: &std::path::Path, mode| fs::set_permissions(path, Permissions::from_mode(mode));
        open(folder.path(), 0o777)?;
        let file = folder.path().join("secret");
        fs::write(&file, "secret")?;
        open(&file, 0o666)?;
        let socket = folder.path().join("socket");
        let by_path = UnixListener::bind(&socket)?;
        open(&socket, 0o777)?;
        let abstract_name = format!("nil-self-test-{}-{}", std::process::id(), folder.path().display());
        let named = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&abstract_name)?)?;
        let (tcp, udp) = (TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?, UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?);
        let targets = Targets {
            file,
            folder: folder.path().to_owned(),
            tcp_port: tcp.local_addr()?.port(),
            udp_port: udp.local_addr()?.port(),
            abstract_name,
            socket,
            service: std::process::id().cast_signed(),
            service_user: rustix::process::geteuid().as_raw(),
        };
        for made in [
            tcp.set_nonblocking(true),
            udp.set_nonblocking(true),
            named.set_nonblocking(true),
            by_path.set_nonblocking(true),
        ] {
            made?;
        }
        Ok(Self { targets, tcp, udp, named, by_path, _folder: folder })
    }

    /// Whether anybody came, whatever the probe says.
    fn was_reached(&self) -> bool {
        let written: PathBuf = self.targets.folder.join("written");
        self.tcp.accept().is_ok()
            || self.udp.recv(&mut [0; 8]).is_ok()
            || self.named.accept().is_ok()
            || self.by_path.accept().is_ok()
            || written.exists()
    }
}

fn attempt(layer: Layer, what: &str, got_through: bool, seen: impl Into<String>) -> Attempt {
    Attempt { layer, what: what.to_owned(), got_through, seen: seen.into() }
}

/// A probe that did not answer has proved nothing.
fn read_attempts(completed: &Completed) -> Vec<Attempt> {
    let answer = match completed.ending {
        Ending::Exited(Exit::Code(0)) => serde_json::from_slice(&completed.stdout.bytes).ok(),
        _ => None,
    };
    answer.unwrap_or_else(|| {
        let seen = format!("the probe did not answer: {:?}", completed.ending);
        Layer::ALL.iter().map(|layer| attempt(*layer, "try", true, &*seen)).collect()
    })
}

fn judge_memory(completed: &Completed) -> Attempt {
    let held = matches!(completed.ending, Ending::Limit(Limit::Memory { .. }));
    attempt(Layer::Memory, "use three times its memory", !held, format!("{:?}", completed.ending))
}

fn judge_disk(completed: &Completed) -> Attempt {
    let held = matches!(completed.ending, Ending::Limit(Limit::Scratch { .. }));
    attempt(Layer::Disk, "write four times its scratch space", !held, format!("{:?}", completed.ending))
}

/// Held by the kernel, or by the watchdog before the kernel.
fn judge_forks(completed: &Completed) -> Attempt {
    let started: Option<u64> =
        std::str::from_utf8(&completed.stdout.bytes).ok().and_then(|text| text.trim().parse().ok());
    let (held, seen) = match completed.ending {
        Ending::Limit(Limit::Processes { .. }) => (true, "it was ended".to_owned()),
        Ending::Exited(Exit::Code(0)) => {
            (started.is_some_and(|started| started <= LIMITS.threads), format!("{started:?} started"))
        }
        other => (false, format!("{other:?}")),
    };
    attempt(Layer::Processes, "start processes without end", !held, seen)
}

/// Whether a probe is alive: only probes have the mark among their arguments.
fn is_anybody_marked(mark: &str) -> bool {
    fs::read_dir("/proc").into_iter().flatten().flatten().any(|entry| {
        fs::read(entry.path().join("cmdline"))
            .is_ok_and(|line| line.windows(mark.len()).any(|part| part == mark.as_bytes()))
    })
}

fn judge_linger(completed: &Completed, nobody: bool) -> [Attempt; 2] {
    let held = matches!(completed.ending, Ending::Limit(Limit::Time { .. }));
    [
        attempt(Layer::Time, "run for ever", !held, format!("{:?}", completed.ending)),
        attempt(
            Layer::Processes,
            "leave a process behind",
            !nobody,
            if nobody { "it was ended" } else { "it is alive" },
        ),
    ]
}

/// What the attempts say about one layer.
fn state(layer: Layer, found: &[Attempt], standing: &Standing) -> LayerState {
    let broken: Vec<_> = found.iter().filter(|one| one.layer == layer && one.got_through).collect();
    if broken.is_empty() {
        let count = found.iter().filter(|one| one.layer == layer).count();
        let plural = if count == 1 { "attempt" } else { "attempts" };
        return LayerState { layer, holds: count > 0, detail: format!("{count} {plural} to break it failed") };
    }
    let told: Vec<_> = broken.iter().map(|one| format!("a box could {} ({})", one.what, one.seen)).collect();
    let missing =
        means_of(layer).iter().find_map(|means| standing.of(*means).err().map(|why| format!("; no {means}: {why}")));
    LayerState { layer, holds: false, detail: format!("{}{}", told.join(", "), missing.unwrap_or_default()) }
}

/// What a layer is made of in the first place.
fn means_of(layer: Layer) -> &'static [Means] {
    match layer {
        Layer::Files => &[Means::Mounts, Means::Landlock],
        Layer::Network => &[Means::Namespaces, Means::Seccomp],
        Layer::Processes => &[Means::Namespaces, Means::User],
        Layer::User => &[Means::User],
        Layer::SystemCalls => &[Means::Seccomp],
        Layer::Disk => &[Means::Mounts],
        Layer::Memory | Layer::Time | Layer::Environment => &[],
    }
}
