//! Root drops to another user; normal users run PostgreSQL themselves.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::Command;

use nil_postgres::{Binaries, Cluster, ClusterError, ClusterOptions, LocateOptions, OsUserError};
use nix::unistd::User;

use crate::support::{ask, binaries, options, quiet, scratch, scratch_on_disk, start, wait_until};

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn nobody() -> User {
    User::from_name("nobody").expect("ask").expect("every system the tests run on has nobody")
}

/// As root this runs some of the other tests once more, as a normal user.
#[test]
fn everything_works_for_a_normal_user() {
    if !is_root() {
        // Then all tests run as one.
        return;
    }
    let home = scratch_on_disk();
    let (test, example) = (home.path().join("test"), home.path().join("serve"));
    let this = std::env::current_exe().expect("find the test program");
    fs::copy(&this, &test).expect("copy it to where nobody can go");
    let built = this.ancestors().nth(2).expect("the target directory").join("examples/serve");
    fs::copy(built, &example).expect("copy the example to where nobody can go");

    let nobody = nobody();
    let mut as_nobody = Command::new(test);
    as_nobody
        .args(["data_survives_a_restart", "faults::a_killed_", "whose_number_is_somebody_elses"])
        .uid(nobody.uid.as_raw())
        .gid(nobody.gid.as_raw())
        .current_dir("/")
        .env_remove("TMPDIR")
        .env("HOME", "/nonexistent")
        .env("NIL_SERVE_EXAMPLE", example)
        // Its programs are those found here, wherever the cache is.
        .env("PATH", format!("{}:/usr/bin:/bin", binaries().bin_dir.display()))
        .env("NIL_TEST_PG", "system");
    // Busy while another test's child, forked during the copy, has the file open.
    let output = wait_until("the copy can be run", || match as_nobody.output() {
        Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => None,
        output => Some(output.expect("run the tests as nobody")),
    });
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("a_killed_postmaster_heals ... ok"), "{text}");
}

#[test]
fn a_directory_the_other_user_cannot_reach_is_named() {
    if !is_root() {
        // Nobody else is involved then, and a private parent is no obstacle.
        let home = scratch();
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o700)).expect("close it");
        assert_eq!(ask(&start(&home.path().join("postgres")).connection_url(), "SELECT 'in'"), "in");
        return;
    }
    let home = scratch();
    let private = home.path().join("private");
    fs::create_dir(&private).expect("make it");
    fs::set_permissions(&private, fs::Permissions::from_mode(0o700)).expect("close it");
    match Cluster::start(&options(&private.join("deep/postgres")), &quiet) {
        Err(error @ ClusterError::Unreachable { .. }) => {
            let text = error.to_string();
            let private = private.canonicalize().expect("it exists");
            assert!(text.contains(&format!("chmod o+x {}", private.display())), "{text}");
            assert!(text.contains("/var/lib"), "{text}");
            assert!(!private.join("deep").exists(), "nothing may be made in vain");
        }
        other => panic!("PostgreSQL's user cannot get there: {other:?}"),
    }
    // The cluster's own directory is opened as far as needed, whoever made it.
    let own = home.path().join("own");
    fs::create_dir(&own).expect("make it");
    fs::set_permissions(&own, fs::Permissions::from_mode(0o700)).expect("close it");
    assert_eq!(ask(&start(&own).connection_url(), "SELECT 'in'"), "in");
}

#[test]
fn data_of_a_normal_user_stays_theirs_when_root_starts_it() {
    if !is_root() {
        // The other side of it: what belongs to root is refused with a way out.
        let mut options = options(std::path::Path::new("/"));
        options.os_user = Some("root".to_owned());
        let refused = Cluster::start(&options, &quiet);
        assert!(matches!(refused, Err(ClusterError::User(OsUserError::NotRoot { .. }))), "{refused:?}");
        return;
    }
    let home = scratch();
    let mut as_nobody = options(home.path());
    as_nobody.os_user = Some("nobody".to_owned());
    drop(Cluster::start(&as_nobody, &quiet).expect("start as nobody"));
    let owner = || fs::metadata(home.path().join("data")).expect("look at it").uid();
    assert_eq!(owner(), nobody().uid.as_raw());

    let mut locate = LocateOptions::new(home.path());
    locate.pg_bin = Some(binaries().bin_dir);
    locate.cluster_dir = Some(home.path().to_owned());
    let found = Binaries::locate(&locate, &quiet).expect("nobody can use them too");
    let cluster = Cluster::start(&ClusterOptions::new(found, home.path()), &quiet).expect("start with nothing said");
    assert_eq!(ask(&cluster.connection_url(), "SELECT current_user::text"), "nil");
    assert_eq!(owner(), nobody().uid.as_raw());
    drop(cluster);

    // Restored by root, it belongs to root, and goes to the usual account.
    std::os::unix::fs::chown(home.path().join("data"), Some(0), Some(0)).expect("take it");
    let cluster = start(home.path());
    assert_ne!(owner(), 0);
    assert_eq!(ask(&cluster.connection_url(), "SELECT 'restored'"), "restored");
}
