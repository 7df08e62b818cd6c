//! The parts of a cluster that need no PostgreSQL: the lock, the socket's directory, what is written.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::lock::Lock;
use super::{ClusterError, ClusterOptions, Durability, Layout, configuration, sockets};
use crate::os_user::OsUser;
use crate::{Binaries, Origin};

fn user() -> OsUser {
    OsUser::resolve(None, None).unwrap()
}

/// A directory that the user PostgreSQL runs as may enter, and its layout.
fn layout() -> (tempfile::TempDir, Layout) {
    let home = tempfile::tempdir().unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o711)).unwrap();
    let layout = Layout::prepare(&home.path().join("postgres"), &user()).unwrap();
    (home, layout)
}

fn options(layout: &Layout) -> ClusterOptions {
    let binaries =
        Binaries { bin_dir: PathBuf::from("/nowhere"), major: 15, version: "15.1".to_owned(), origin: Origin::System };
    ClusterOptions::new(binaries, &layout.dir)
}

#[test]
fn the_lock_names_its_holder_and_is_free_once_dropped() {
    let (_home, layout) = layout();
    let lock = Lock::take(&layout).unwrap();
    let refused = Lock::take(&layout);
    assert!(matches!(refused, Err(ClusterError::AlreadyRunning { pid, .. }) if pid == Some(std::process::id())));
    // What a child has between fork and exec.
    let copy = lock.copy();
    drop(lock);
    Lock::take(&layout).unwrap();
    drop(copy);
}

#[test]
fn a_link_in_place_of_the_lock_or_the_configuration_is_not_followed() {
    let (home, layout) = layout();
    let precious = home.path().join("precious");
    fs::write(&precious, "untouched").unwrap();
    for path in [&layout.lock, &layout.configuration, &layout.hba, &layout.ident] {
        std::os::unix::fs::symlink(&precious, path).unwrap();
    }
    assert!(matches!(Lock::take(&layout), Err(ClusterError::File { .. })));
    configuration::write(&layout, &options(&layout), &user(), &layout.run).unwrap();
    assert_eq!(fs::read_to_string(&precious).unwrap(), "untouched");
    assert!(fs::read_to_string(&layout.hba).unwrap().contains("peer map=nil"));
}

#[test]
fn only_disposable_clusters_go_without_fsync() {
    let (_home, layout) = layout();
    let mut options = options(&layout);
    let written = |options: &ClusterOptions| {
        configuration::write(&layout, options, &user(), &layout.run).unwrap();
        fs::read_to_string(&layout.configuration).unwrap()
    };
    assert!(written(&options).contains("\nfsync = 'on'\n"));
    options.durability = Durability::Disposable;
    let disposable = written(&options);
    assert!(disposable.contains("\nfsync = 'off'\n") && disposable.contains("\nsynchronous_commit = 'on'\n"));
}

#[test]
fn a_squatted_socket_directory_is_passed_over() {
    let (home, layout) = layout();
    let squatted = home.path().join("squatted");
    std::os::unix::fs::symlink("/etc", &squatted).unwrap();
    let chosen = sockets::prepare(&layout, Some(&squatted), &user()).unwrap();
    assert_ne!(chosen, squatted);
    // It is made from the cluster's directory, so the next start chooses it again.
    assert_eq!(chosen, sockets::prepare(&layout, Some(&squatted), &user()).unwrap());
    fs::remove_dir(chosen).unwrap();
}

#[test]
fn connection_urls_are_escaped() {
    let url = sockets::connection_url(Path::new("/a b/é&c?d=e%f"), "x/y");
    let expected = "postgres://nil@localhost/x%2Fy?host=%2Fa%20b%2F%C3%A9%26c%3Fd%3De%25f&port=5432&sslmode=disable";
    assert_eq!(url, expected);
}
