//! Directories: long, strange, occupied, unfinished.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use nil_postgres::{Cluster, ClusterError};

use crate::support::{ask, options, quiet, scratch, start};

#[test]
fn a_long_path_gets_a_short_socket_elsewhere() {
    let home = scratch();
    let dir = home.path().join("a-rather-long-name".repeat(8));
    let cluster = start(&dir);
    let sockets = cluster.socket_dir().to_owned();
    assert!(!sockets.starts_with(&dir), "{}", sockets.display());
    assert!(sockets.join(".s.PGSQL.5432").as_os_str().len() <= 100);
    assert_eq!(fs::metadata(&sockets).expect("it exists").permissions().mode() & 0o777, 0o700);
    assert_eq!(ask(&cluster.connection_url(), "SELECT 'short'"), "short");
    drop(cluster);
    assert!(!sockets.exists(), "nothing may be left in {}", sockets.display());
}

#[test]
fn a_strange_path_works() {
    let home = scratch();
    let dir = home.path().join(r#"it's, "a" & b\c %41 é"#);
    let cluster = start(&dir);
    assert!(cluster.socket_dir().starts_with(dir.canonicalize().expect("it exists")));
    assert_eq!(ask(&cluster.connection_url(), "SELECT 'strange'"), "strange");
    drop(cluster);
    let refused = Cluster::start(&options(&home.path().join("line\nbreak")), &quiet);
    assert!(matches!(refused, Err(ClusterError::Path { .. })), "{refused:?}");
}

#[test]
fn a_socket_directory_that_is_not_private_is_left_alone() {
    let home = scratch();
    let public = home.path().join("public");
    fs::create_dir(&public).expect("make it");
    fs::set_permissions(&public, fs::Permissions::from_mode(0o755)).expect("open it");
    let before = fs::metadata(&public).expect("look at it");

    let mut options = options(&home.path().join("postgres"));
    options.socket_dir = Some(public.clone());
    let cluster = Cluster::start(&options, &quiet).expect("start with another directory");
    assert_ne!(cluster.socket_dir(), public);
    let after = fs::metadata(&public).expect("look at it");
    assert_eq!((before.mode(), before.uid()), (after.mode(), after.uid()));
    drop(cluster);

    let own = home.path().join("own");
    options.socket_dir = Some(own.clone());
    let cluster = Cluster::start(&options, &quiet).expect("start with the wanted directory");
    assert_eq!(cluster.socket_dir(), own);
}

#[test]
fn foreign_files_are_not_touched() {
    let home = scratch();
    let data = home.path().join("data");
    fs::create_dir(&data).expect("make it");
    fs::write(data.join("thesis.txt"), "irreplaceable").expect("fill it");
    let refused = Cluster::start(&options(home.path()), &quiet);
    assert!(matches!(refused, Err(ClusterError::NotData { .. })), "{refused:?}");
    assert_eq!(fs::read_to_string(data.join("thesis.txt")).expect("still there"), "irreplaceable");
}

#[test]
fn an_unfinished_data_directory_is_removed_and_made_anew() {
    let home = scratch();
    let unfinished = home.path().join("data.new-abc123");
    fs::create_dir(&unfinished).expect("make it");
    fs::write(unfinished.join("PG_VERSION"), "15").expect("fill it");
    let cluster = start(home.path());
    assert!(!unfinished.exists());
    assert_eq!(ask(&cluster.connection_url(), "SELECT 'made'"), "made");
}

#[test]
fn data_of_another_major_version_is_refused() {
    let home = scratch();
    let data = home.path().join("data");
    fs::create_dir(&data).expect("make it");
    fs::write(data.join("PG_VERSION"), "14\n").expect("fill it");
    match Cluster::start(&options(home.path()), &quiet) {
        Err(ClusterError::WrongMajor { data_major: 14, .. }) => {}
        other => panic!("the data is older: {other:?}"),
    }
}
