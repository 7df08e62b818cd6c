//! The parts of the supervisor that need no PostgreSQL: the log's bounds and waiting for a state.

use std::fs;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use super::ClusterState;
use super::log_file;
use super::state::SharedState;

#[test]
fn a_log_that_grew_too_large_is_moved_and_its_writer_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let log = home.path().join("server.log");
    let mut writer = log_file::open(&log).unwrap();
    writer.write_all(b"small\n").unwrap();
    log_file::bound(&log).unwrap();
    assert_eq!(fs::read_to_string(&log).unwrap(), "small\n");

    let megabyte = [b'x'; 1 << 20];
    for round in 0..3 {
        for _ in 0..9 {
            writer.write_all(&megabyte).unwrap();
        }
        writeln!(writer, "end of round {round}").unwrap();
        log_file::bound(&log).unwrap();
        assert_eq!(fs::metadata(&log).unwrap().len(), 0);
        let old = fs::read(home.path().join("server.log.1")).unwrap();
        assert_eq!(old.len(), 8 << 20);
        assert!(old.ends_with(format!("end of round {round}\n").as_bytes()));
    }
    writer.write_all(b"goes on\n").unwrap();
    assert_eq!(fs::read_to_string(&log).unwrap(), "goes on\n");
}

#[test]
fn the_end_of_the_log_is_that_of_this_start() {
    let home = tempfile::tempdir().unwrap();
    let log = home.path().join("server.log");
    fs::write(&log, "earlier\n").unwrap();
    let start = fs::metadata(&log).unwrap().len();
    assert_eq!(log_file::tail(&log, start), "");
    let mut writer = log_file::open(&log).unwrap();
    for line in 0..100 {
        writeln!(writer, "line {line}").unwrap();
    }
    let tail = log_file::tail(&log, start);
    assert_eq!(tail.lines().count(), 20);
    assert!(tail.starts_with("line 80\n") && tail.ends_with("line 99"), "{tail}");
    assert!(log_file::tail(&home.path().join("missing"), 0).contains("cannot be read"));
}

#[test]
fn waiting_for_a_state_ends_with_the_state_or_the_timeout() {
    let state = Arc::new(SharedState::new());
    assert_eq!(state.wait_for(Duration::ZERO, |state| *state == ClusterState::Stopped), None);
    let setter = state.clone();
    let thread = std::thread::spawn(move || setter.set(ClusterState::Running { pid: 7 }));
    let running = state.wait_for(Duration::from_secs(60), |state| matches!(state, ClusterState::Running { .. }));
    assert_eq!(running, Some(ClusterState::Running { pid: 7 }));
    thread.join().unwrap();
}
