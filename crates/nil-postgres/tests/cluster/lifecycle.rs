//! Start, stop, start again; settings; only one at a time.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use nil_postgres::{Cluster, ClusterError, ClusterOptions, ClusterState, LaunchError, Shutdown};

use crate::support::{ask, binaries, execute, options, processes_in, quiet, scratch, scratch_on_disk, start, try_ask};

#[test]
fn data_survives_a_restart() {
    let home = scratch_on_disk();
    let dir = home.path().join("postgres");
    let cluster = Cluster::start(&ClusterOptions::new(binaries(), &dir), &quiet).expect("start");
    let url = cluster.connection_url();
    execute(&url, "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('still here')");
    assert_eq!(cluster.stop(), Shutdown::Fast);
    assert_eq!(cluster.state(), ClusterState::Stopped);
    assert_eq!(cluster.stop(), Shutdown::NotRunning);
    assert!(try_ask(&url, "SELECT 'x'").is_err(), "a stopped cluster must not answer");
    drop(cluster);

    let cluster = Cluster::start(&ClusterOptions::new(binaries(), &dir), &quiet).expect("start again");
    assert_eq!(ask(&cluster.connection_url(), "SELECT word FROM kept"), "still here");
    let data = dir.join("data");
    assert!(!processes_in(&data).is_empty());
    drop(cluster);
    assert!(processes_in(&data).is_empty(), "dropping the cluster must end its server");
}

#[test]
fn a_durable_cluster_is_safe_and_private() {
    let home = scratch();
    let cluster = Cluster::start(&ClusterOptions::new(binaries(), home.path()), &quiet).expect("start");
    let url = cluster.connection_url();
    for (question, answer) in [
        ("SELECT current_setting('fsync')", "on"),
        ("SELECT current_setting('synchronous_commit')", "on"),
        ("SELECT current_setting('full_page_writes')", "on"),
        ("SELECT current_setting('data_checksums')", "on"),
        ("SELECT current_setting('listen_addresses')", ""),
        ("SELECT current_setting('recovery_init_sync_method')", "syncfs"),
        ("SELECT current_setting('jit')", "off"),
        ("SELECT current_setting('server_encoding')", "UTF8"),
        ("SELECT current_database()::text", "nil"),
        ("SELECT current_user::text", "nil"),
        // Code-point order: capitals first, and characters outside ASCII by their number.
        ("SELECT string_agg(w, '' ORDER BY w) FROM (VALUES ('b'), ('B'), ('a'), ('é')) AS v(w)", "Babé"),
    ] {
        assert_eq!(ask(&url, question), answer, "{question}");
    }
    let major: u32 = ask(&url, "SELECT current_setting('server_version_num')").parse().expect("a number");
    assert_eq!(major / 10_000, cluster.major());

    for dir in [cluster.dir().join("data"), cluster.socket_dir().to_owned()] {
        let mode = fs::metadata(&dir).expect("it exists").permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", dir.display());
    }
    let as_other = url.replace("postgres://nil@", "postgres://somebody@");
    execute(&url, "CREATE ROLE somebody LOGIN SUPERUSER");
    let error = try_ask(&as_other, "SELECT 'in'").expect_err("only the role nil may connect");
    assert!(error.to_string().contains("pg_hba.conf"), "{error}");
}

#[test]
fn settings_go_over_the_defaults_but_open_no_door() {
    let home = scratch();
    let mut options = options(home.path());
    options.settings = BTreeMap::from([
        ("work_mem".to_owned(), "7MB".to_owned()),
        ("application_name".to_owned(), r"a'b\c".to_owned()),
        ("listen_addresses".to_owned(), "*".to_owned()),
    ]);
    let cluster = Cluster::start(&options, &quiet).expect("start");
    let url = cluster.connection_url();
    assert_eq!(ask(&url, "SELECT current_setting('work_mem')"), "7MB");
    assert_eq!(ask(&url, "SELECT reset_val FROM pg_settings WHERE name = 'application_name'"), r"a'b\c");
    assert_eq!(ask(&url, "SELECT current_setting('listen_addresses')"), "");
    drop(cluster);

    options.settings = BTreeMap::from([("x = 'y'\nfsync".to_owned(), "off".to_owned())]);
    assert!(matches!(Cluster::start(&options, &quiet), Err(ClusterError::Setting { .. })));
}

#[test]
fn only_one_at_a_time() {
    let home = scratch();
    let first = start(home.path());
    match Cluster::start(&options(home.path()), &quiet) {
        Err(ClusterError::AlreadyRunning { pid, .. }) => assert_eq!(pid, Some(std::process::id())),
        other => panic!("a second start must be refused: {other:?}"),
    }
    assert_eq!(ask(&first.connection_url(), "SELECT 'unharmed'"), "unharmed");
    drop(first);
    start(home.path());
}

#[test]
fn a_start_that_fails_shows_the_log_and_leaves_nothing() {
    let home = scratch();
    let mut broken = options(home.path());
    broken.settings.insert("shared_buffers".to_owned(), "plenty".to_owned());
    match Cluster::start(&broken, &quiet) {
        Err(ClusterError::Launch(LaunchError::Ended { log, .. })) => assert!(log.contains("shared_buffers"), "{log}"),
        other => panic!("PostgreSQL must refuse the setting: {other:?}"),
    }
    assert!(processes_in(&home.path().join("data")).is_empty());

    let mut hurried = options(home.path());
    hurried.start_timeout = Duration::ZERO;
    match Cluster::start(&hurried, &quiet) {
        Err(ClusterError::Launch(LaunchError::Timeout { .. })) => {}
        other => panic!("nothing is ready in no time: {other:?}"),
    }
    assert!(processes_in(&home.path().join("data")).is_empty());
    start(home.path());
}
