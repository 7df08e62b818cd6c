//! Death of the server, of its supervisor, and what both leave behind.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nil_postgres::{Cluster, ClusterError, ClusterState};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{SOON, ask, binaries, execute, options, processes_in, quiet, scratch, start, try_ask, wait_until};

/// A process that does not outlive a test that fails.
struct KilledOnDrop(Child);

impl Drop for KilledOnDrop {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn kill(pid: u32) {
    let pid = Pid::from_raw(pid.cast_signed()).expect("a process id");
    kill_process(pid, Signal::KILL).expect("kill the process");
}

fn running_pid(cluster: &Cluster) -> u32 {
    match cluster.state() {
        ClusterState::Running { pid } => pid,
        other => panic!("should be running: {other:?}"),
    }
}

#[test]
fn a_killed_postmaster_heals() {
    let home = scratch();
    let cluster = start(home.path());
    let url = cluster.connection_url();
    execute(&url, "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('still here')");
    let old = running_pid(&cluster);

    // A backend in the middle of a statement does not notice that its postmaster died.
    let busy_url = url.clone();
    let busy = std::thread::spawn(move || {
        let endless = "SELECT count(*)::text FROM generate_series(1, 1000000000000) AS busy";
        try_ask(&busy_url, endless)
    });
    let is_busy = "SELECT count(*)::text FROM pg_stat_activity WHERE query LIKE '%AS busy' AND state = 'active' \
                   AND pid <> pg_backend_pid()";
    wait_until("the statement runs", || (ask(&url, is_busy) == "1").then_some(()));

    let killed = Instant::now();
    kill(old);
    let healed = |state: &ClusterState| matches!(state, ClusterState::Running { pid } if *pid != old);
    cluster.wait_for(SOON, healed).expect("PostgreSQL runs again");
    let took = killed.elapsed();
    assert!(took < Duration::from_secs(5), "healing took {took:?}");
    assert_eq!(ask(&url, "SELECT word FROM kept"), "still here");
    assert!(busy.join().expect("the thread ends").is_err(), "the orphaned statement must not have gone on");

    // And again, right away.
    let old = running_pid(&cluster);
    kill(old);
    let healed = |state: &ClusterState| matches!(state, ClusterState::Running { pid } if *pid != old);
    cluster.wait_for(SOON, healed).expect("PostgreSQL runs again");
    assert_eq!(ask(&url, "SELECT word FROM kept"), "still here");
}

#[test]
fn a_server_that_cannot_come_back_is_tried_again_until_it_can() {
    let home = scratch();
    let cluster = start(home.path());
    let control = home.path().join("data/global/pg_control");
    let aside = home.path().join("data/global/aside");
    fs::rename(&control, &aside).expect("break the data");
    kill(running_pid(&cluster));
    let failing = |state: &ClusterState| matches!(state, ClusterState::Restarting { failures, .. } if *failures >= 2);
    let state = cluster.wait_for(SOON, failing).expect("it tries and says so");
    assert!(
        matches!(&state, ClusterState::Restarting { reason, .. } if reason.contains("database system")),
        "{state:?}"
    );
    fs::rename(&aside, &control).expect("mend the data");
    cluster.wait_for(SOON, |state| matches!(state, ClusterState::Running { .. })).expect("it runs again");
    assert_eq!(ask(&cluster.connection_url(), "SELECT 'mended'"), "mended");
}

#[test]
fn stopping_does_not_wait_for_a_server_that_cannot_come_back() {
    let home = scratch();
    let cluster = start(home.path());
    let control = home.path().join("data/global/pg_control");
    let aside = home.path().join("data/global/aside");
    fs::rename(&control, &aside).expect("break the data");
    kill(running_pid(&cluster));
    let failing = |state: &ClusterState| matches!(state, ClusterState::Restarting { failures, .. } if *failures >= 1);
    cluster.wait_for(SOON, failing).expect("it tries");
    cluster.stop();
    assert_eq!(cluster.state(), ClusterState::Stopped);
    drop(cluster);

    // It also frees the shared memory that the killed server left.
    fs::rename(&aside, &control).expect("mend the data");
    start(home.path());
}

#[test]
fn a_killed_supervisor_takes_the_server_along_and_the_next_start_has_the_data() {
    let home = scratch();
    let dir = home.path().join("postgres");
    let (process, url) = serve(&dir);
    execute(&url, "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('still here')");
    match Cluster::start(&options(&dir), &quiet) {
        Err(ClusterError::AlreadyRunning { pid, .. }) => assert_eq!(pid, Some(process.0.id())),
        other => panic!("the other process runs it: {other:?}"),
    }
    drop(process);
    let cluster = start(&dir);
    assert_eq!(ask(&cluster.connection_url(), "SELECT word FROM kept"), "still here");
    drop(cluster);

    let (process, _) = serve(&dir);
    drop(process);
    wait_until("the server ends by itself", || processes_in(&dir.join("data")).is_empty().then_some(()));
}

/// Starts the example in a process of its own and waits until it is ready.
fn serve(dir: &Path) -> (KilledOnDrop, String) {
    // target/debug/deps/cluster-… → target/debug/examples/serve
    let example: PathBuf = match std::env::var_os("NIL_SERVE_EXAMPLE") {
        Some(copy) => copy.into(),
        None => {
            let test = std::env::current_exe().expect("find the test program");
            test.ancestors().nth(2).expect("the target directory").join("examples/serve")
        }
    };
    let process = Command::new(example)
        .arg(dir)
        .env("NIL_PG_BIN", binaries().bin_dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut process =
        KilledOnDrop(process.expect("start the example, which `cargo test` builds if it is not told what to build"));
    let mut url = String::new();
    let stdout = process.0.stdout.take().expect("its output");
    BufReader::new(stdout).read_line(&mut url).expect("its first line");
    assert!(url.starts_with("postgres://"), "the example must print the URL: {url}");
    (process, url.trim().to_owned())
}

#[test]
fn a_postmaster_pid_whose_number_is_somebody_elses_is_stale() {
    let home = scratch();
    drop(start(home.path()));
    let data = home.path().join("data");
    // A process of the very user PostgreSQL runs as: it would believe the file and refuse to start.
    let owner = fs::metadata(&data).expect("look at the data").uid();
    let mut sleep = Command::new("sleep");
    if rustix::process::geteuid().is_root() {
        sleep.uid(owner);
    }
    let stranger = sleep.arg("1000").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut stranger = KilledOnDrop(stranger.expect("start a stranger"));
    let pid_file = format!(
        "{}\n{}\n1700000000\n5432\n/nowhere\n\n        0         0\nready   \n",
        stranger.0.id(),
        data.display()
    );
    fs::write(data.join("postmaster.pid"), pid_file).expect("leave a stale file");

    let cluster = start(home.path());
    assert_eq!(ask(&cluster.connection_url(), "SELECT 'started'"), "started");
    assert!(stranger.0.try_wait().expect("look at the stranger").is_none(), "the stranger must live");
}

#[test]
fn a_server_nobody_supervises_is_ended_first() {
    let home = scratch();
    drop(start(home.path()));
    let data = home.path().join("data");
    let owner = fs::metadata(&data).expect("look at the data");
    let mut command = Command::new(binaries().bin_dir.join("postgres"));
    command.arg("-D").arg(&data).args(["-c", "listen_addresses=", "-c", "unix_socket_directories=."]);
    if rustix::process::geteuid().is_root() {
        command.uid(owner.uid()).gid(owner.gid());
    }
    let mut stray =
        command.current_dir("/").stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("start a stray");
    let ready = || fs::read_to_string(data.join("postmaster.pid")).is_ok_and(|text| text.contains("ready"));
    wait_until("the stray is ready", || ready().then_some(()));
    // Reaped in the background, as init would.
    let reaper = std::thread::spawn(move || stray.wait());

    let cluster = start(home.path());
    assert_eq!(ask(&cluster.connection_url(), "SELECT 'started'"), "started");
    let status = reaper.join().expect("the thread ends").expect("reap the stray");
    assert!(status.success(), "the stray was stopped in order: {status}");
}
