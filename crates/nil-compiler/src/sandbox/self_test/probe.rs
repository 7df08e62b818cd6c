//! The program that tries to break out of its box. It is `nil` itself, so that there is something to run on every
//! machine; it does to the box what a taken-over compiler would.

use std::{
    fmt::Display,
    fs,
    io::{self, Write},
    net::{Ipv4Addr, TcpStream, UdpSocket},
    os::{
        linux::net::SocketAddrExt,
        unix::net::{SocketAddr, UnixStream},
    },
    path::Path,
    time::Duration,
};

use nix::{
    libc,
    sys::signal::{Signal, kill},
    unistd::{ForkResult, Pid, fork, geteuid, getpid},
};

use super::{
    Layer,
    attempts::{Attempt, Targets, Task},
};

/// Exit code when the task cannot be read.
const EXIT_NO_TASK: i32 = 64;

/// Several looks of a watchdog.
const FOR_A_WATCHDOG: Duration = Duration::from_secs(2);

/// Does what standard input says. The exit code for `main`.
pub(crate) fn probe_main() -> i32 {
    let Ok(task) = serde_json::from_reader(io::stdin().lock()) else { return EXIT_NO_TASK };
    match task {
        Task::Break(targets) => {
            let attempts: Vec<Attempt> = attempts(&targets);
            match serde_json::to_writer(io::stdout().lock(), &attempts) {
                Ok(()) => 0,
                Err(_) => EXIT_NO_TASK,
            }
        }
        Task::UseMemory { bytes } => use_memory(bytes),
        Task::UseDisk { bytes } => use_disk(bytes),
        Task::Fork { most } => fork_without_end(most),
        Task::Linger => linger(),
    }
}

fn attempts(targets: &Targets) -> Vec<Attempt> {
    let mut all = Vec::new();
    files(targets, &mut all);
    network(targets, &mut all);
    user(targets, &mut all);
    environment(&mut all);
    system_calls(&mut all);
    processes(targets, &mut all);
    all
}

/// Notes an attempt that must fail.
fn must_fail<T, E: Display>(all: &mut Vec<Attempt>, layer: Layer, what: impl Into<String>, result: Result<T, E>) {
    let (got_through, seen) = match result {
        Ok(_) => (true, "it worked".to_owned()),
        Err(error) => (false, error.to_string()),
    };
    all.push(Attempt { layer, what: what.into(), got_through, seen });
}

/// Notes something that must be so.
fn must_be(all: &mut Vec<Attempt>, layer: Layer, what: impl Into<String>, is: bool, seen: impl Display) {
    all.push(Attempt { layer, what: what.into(), got_through: !is, seen: seen.to_string() });
}

fn files(targets: &Targets, all: &mut Vec<Attempt>) {
    let layer = Layer::Files;
    for path in [Path::new("/etc/passwd"), Path::new("/etc/shadow"), &targets.file] {
        must_fail(all, layer, format!("read {}", path.display()), fs::read(path));
    }
    for path in ["/", "/home", "/root", "/etc", "/var", "/run", "/proc/1/root/etc"] {
        // What is shown of the root is the box's own tree; the folders below it are empty or not there.
        let names: io::Result<Vec<_>> =
            fs::read_dir(path).map(|entries| entries.flatten().map(|entry| entry.file_name()).collect());
        let foreign = match (path, names) {
            // The program's own folders are on the way to it.
            ("/", Ok(names)) => {
                names.iter().any(|name| name == "boot" || name == "sys").then_some("folders of the host")
            }
            ("/etc", Ok(names)) => names.iter().any(|name| name != "ld.so.cache").then_some("files of the host"),
            ("/root" | "/home", Ok(names)) => {
                (names.len() > 1).then_some("more than what is on the way to the program")
            }
            (_, Ok(names)) => (!names.is_empty()).then_some("files of the host"),
            (_, Err(_)) => None,
        };
        must_be(all, layer, format!("list {path}"), foreign.is_none(), foreign.unwrap_or("nothing of the host"));
    }
    let environment = fs::read(format!("/proc/{}/environ", targets.service));
    must_fail(all, layer, "read the service's environment", environment);
    must_fail(all, layer, "write beside its own folder", fs::write(targets.folder.join("written"), "x"));
    must_fail(all, layer, "write to /usr/lib", fs::write("/usr/lib/nil-was-here", "x"));
    must_fail(all, layer, "write to a setting of the kernel", fs::write("/proc/sys/kernel/hostname", "x"));
}

fn network(targets: &Targets, all: &mut Vec<Attempt>) {
    let layer = Layer::Network;
    let at = (Ipv4Addr::LOCALHOST, targets.tcp_port).into();
    must_fail(
        all,
        layer,
        "connect to a port of this machine",
        TcpStream::connect_timeout(&at, Duration::from_millis(500)),
    );
    let sent = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))
        .and_then(|socket| socket.send_to(b"x", (Ipv4Addr::LOCALHOST, targets.udp_port)));
    must_fail(all, layer, "send a packet to this machine", sent);
    let outside = UdpSocket::bind("[::]:0").and_then(|socket| socket.connect("[2001:db8::1]:53"));
    must_fail(all, layer, "find a way to another machine", outside);
    let name = SocketAddr::from_abstract_name(&targets.abstract_name).and_then(|name| UnixStream::connect_addr(&name));
    must_fail(all, layer, "connect to an abstract socket", name);
    must_fail(all, layer, "connect to a socket by its path", UnixStream::connect(&targets.socket));
}

fn user(targets: &Targets, all: &mut Vec<Attempt>) {
    let layer = Layer::User;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let me = geteuid().as_raw();
    // In a user namespace the number is another; without one, root must have become somebody else.
    let is_root = me == 0 || (targets.service_user == 0 && me == targets.service_user);
    must_be(all, layer, "not be root", !is_root, format!("user {me}"));
    let capabilities =
        rustix::thread::capabilities(None).map(|sets| sets.effective | sets.permitted | sets.inheritable);
    let none = capabilities.as_ref().is_ok_and(|sets| sets.is_empty());
    must_be(all, layer, "have no capabilities", none, if none { "none" } else { "some" });
    let locked = rustix::thread::no_new_privs().unwrap_or(false);
    must_be(all, layer, "never gain privileges", locked, format!("no_new_privs is {}", u8::from(locked)));
    must_fail(all, layer, "become root", nix::unistd::setuid(0.into()));
    if !status.is_empty() {
        let groups = status.lines().find_map(|line| line.strip_prefix("Groups:")).unwrap_or_default().trim();
        // In a user namespace foreign groups stay, but are nobody's.
        let foreign = groups.split(' ').any(|group| !group.is_empty() && group != "65534");
        must_be(all, layer, "be in no other group", !foreign || me != 0, groups);
    }
}

fn environment(all: &mut Vec<Attempt>) {
    let layer = Layer::Environment;
    let mut names: Vec<_> = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    must_be(all, layer, "find an empty environment", names == ["HOME", "TMPDIR"], names.join(", "));
    // Not through /proc: there may be none. Numbers up to any that this service may have had.
    let open: Vec<i32> = (3..1024).filter(|number| is_open(*number)).collect();
    must_be(all, layer, "find no open descriptors", open.is_empty(), format!("{open:?}"));
}

fn is_open(descriptor: i32) -> bool {
    #[expect(unsafe_code, reason = "a number that nobody owns has no safe form")]
    // SAFETY: asking for the flags of a descriptor changes nothing, whoever owns it.
    let flags = unsafe { libc::fcntl(descriptor, libc::F_GETFD) };
    flags >= 0
}

/// Each with arguments that would be fine, or would fail later than at being forbidden.
fn system_calls(all: &mut Vec<Attempt>) {
    let layer = Layer::SystemCalls;
    let namespace = nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWUSER);
    must_fail(all, layer, "enter a namespace of its own", namespace);
    let calls: &[(&str, libc::c_long, [u64; 5])] = &[
        ("trace a process", libc::SYS_ptrace, [libc::PTRACE_TRACEME as u64, 0, 0, 0, 0]),
        ("load a program into the kernel", libc::SYS_bpf, [0, 0, 0, 0, 0]),
        ("count the machine's events", libc::SYS_perf_event_open, [0, 0, 0, 0, 0]),
        ("handle its own page faults", libc::SYS_userfaultfd, [1, 0, 0, 0, 0]),
        ("keep keys in the kernel", libc::SYS_keyctl, [0, 0, 0, 0, 0]),
        ("queue input and output in the kernel", libc::SYS_io_uring_setup, [0, 0, 0, 0, 0]),
        ("read another process's memory", libc::SYS_process_vm_readv, [0, 0, 0, 0, 0]),
        ("mount", libc::SYS_mount, [0, 0, 0, 0, 0]),
    ];
    for (what, number, arguments) in calls {
        let [a, b, c, d, e] = *arguments;
        #[expect(unsafe_code, reason = "no library offers what no compiler needs")]
        // SAFETY: every pointer among the arguments is null, which the kernel refuses; the rest are flags.
        let result = unsafe { libc::syscall(*number, a, b, c, d, e) };
        let error = io::Error::last_os_error();
        // What fails for another reason was not forbidden.
        let forbidden = result < 0 && error.raw_os_error() == Some(libc::ENOSYS);
        must_be(all, layer, *what, forbidden, if result < 0 { error.to_string() } else { "it worked".to_owned() });
    }
}

fn processes(targets: &Targets, all: &mut Vec<Attempt>) {
    let layer = Layer::Processes;
    let service = Pid::from_raw(targets.service);
    // In a namespace of its own the probe is process 2, and the numbers 1 and 2 are not the service's.
    let is_another = getpid().as_raw() == 2 && targets.service <= 2;
    if !is_another {
        must_fail(all, layer, "signal the service", kill(service, None::<Signal>));
    }
    let others = fs::read_dir("/proc").map(|entries| {
        entries
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
            .filter(|pid| *pid > 2)
            .count()
    });
    match others {
        Ok(0) | Err(_) => must_be(all, layer, "see other processes", true, "none"),
        Ok(count) => must_be(all, layer, "see other processes", false, format!("{count} others")),
    }
}

/// Starts children that wait until somebody refuses one more. If nobody does, waits for a watchdog.
fn fork_without_end(most: u64) -> i32 {
    let mut children = Vec::new();
    let refused = loop {
        if children.len() as u64 == most {
            break false;
        }
        #[expect(unsafe_code, reason = "this is about `fork` itself")]
        // SAFETY: this process has one thread, and the child does nothing but wait.
        match unsafe { fork() } {
            Ok(ForkResult::Parent { child }) => children.push(child),
            Ok(ForkResult::Child) => loop {
                nix::unistd::pause();
            },
            Err(_) => break true,
        }
    };
    if !refused {
        std::thread::sleep(FOR_A_WATCHDOG);
    }
    for child in &children {
        let _ = kill(*child, Signal::SIGKILL);
    }
    let _ = writeln!(io::stdout(), "{}", children.len());
    0
}

/// In many files, since one alone has a limit of its own.
fn use_disk(bytes: u64) -> i32 {
    let chunk = vec![1; 64 << 10];
    let written = (0..bytes / chunk.len() as u64)
        .take_while(|number| fs::write(format!("file-{number}"), &chunk).is_ok())
        .count();
    std::thread::sleep(FOR_A_WATCHDOG);
    let _ = writeln!(io::stdout(), "{}", written * chunk.len());
    0
}

fn use_memory(bytes: u64) -> i32 {
    let mut memory: Vec<Vec<u8>> = Vec::new();
    let step = 4 << 20;
    for number in 0..bytes / step {
        // A value that differs: pages of zeros cost nothing.
        memory.push(vec![number as u8 | 1; step as usize]);
    }
    std::thread::sleep(FOR_A_WATCHDOG);
    let used: usize = memory.iter().map(Vec::len).sum();
    let _ = writeln!(io::stdout(), "{used}");
    0
}

fn linger() -> i32 {
    #[expect(unsafe_code, reason = "this is about `fork` itself")]
    // SAFETY: this process has one thread.
    if let Ok(ForkResult::Child) = unsafe { fork() } {
        // A session of its own: no group and no terminal ties it to its parent.
        let _ = nix::unistd::setsid();
    }
    loop {
        nix::unistd::pause();
    }
}
