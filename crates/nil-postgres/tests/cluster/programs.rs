//! Which PostgreSQL is found.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nil_postgres::{Binaries, Cluster, ClusterOptions, Durability, LocateError, LocateOptions, Origin, Source};

use crate::support::{ask, binaries, cache_dir, quiet, scratch, scratch_on_disk};

/// A directory with a `postgres` that only knows its version.
fn pretend(parent: &Path, version: &str) -> PathBuf {
    let dir = parent.join(version);
    fs::create_dir(&dir).expect("make it");
    for program in ["postgres", "initdb"] {
        let file = dir.join(program);
        fs::write(&file, format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")).expect("write it");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("make it a program");
    }
    dir
}

#[test]
fn the_portable_build_is_fetched_once_and_runs() {
    let mut options = LocateOptions::new(cache_dir());
    options.source = Source::Portable;
    let found = Binaries::locate(&options, &quiet).expect("fetch the portable build");
    assert_eq!((found.origin, found.major), (Origin::Portable, 18));
    let again = Binaries::locate(&options, &|message| panic!("fetched again: {message}")).expect("find it again");
    assert_eq!(found, again);

    let home = scratch();
    let mut options = ClusterOptions::new(found, home.path());
    options.durability = Durability::Disposable;
    let cluster = Cluster::start(&options, &quiet).expect("start the portable build");
    let url = cluster.connection_url();
    assert!(ask(&url, "SELECT version()").starts_with("PostgreSQL 18"));
    assert_eq!(ask(&url, "SELECT string_agg(w, '' ORDER BY w) FROM (VALUES ('b'), ('B'), ('a')) AS v(w)"), "Bab");
}

#[test]
fn the_operators_choice_is_used_or_refused_with_a_reason() {
    let home = scratch_on_disk();
    let mut options = LocateOptions::new(home.path());
    options.pg_bin = Some(binaries().bin_dir);
    let found = Binaries::locate(&options, &quiet).expect("use the named programs");
    assert_eq!((found.origin, found.bin_dir), (Origin::Configured, binaries().bin_dir));

    for (dir, expected) in [
        (pretend(home.path(), "14.11 (Debian 14.11-1)"), "older than 15"),
        (pretend(home.path(), "unheard-of"), "unknown version"),
        (home.path().join("nowhere"), "both `postgres` and `initdb`"),
    ] {
        options.pg_bin = Some(dir);
        match Binaries::locate(&options, &quiet) {
            Err(error @ LocateError::Configured { .. }) => assert!(error.to_string().contains(expected), "{error}"),
            other => panic!("must be refused ({expected}): {other:?}"),
        }
    }
}

#[test]
fn the_path_is_searched_in_its_order_and_old_versions_are_passed_over() {
    let home = scratch_on_disk();
    let dirs = ["14.2", "17.5", "18beta1"].map(|version| pretend(home.path(), version));
    let mut options = LocateOptions::new(home.path());
    options.source = Source::System;
    options.path = Some(std::env::join_paths(&dirs).expect("join them"));
    let found = Binaries::locate(&options, &quiet).expect("find one");
    assert_eq!((found.major, found.origin), (17, Origin::System));
    assert_eq!(found.bin_dir, dirs[1].canonicalize().expect("it exists"));
}

#[test]
fn existing_data_decides_the_major_version() {
    let home = scratch_on_disk();
    let data = home.path().join("data");
    fs::create_dir(&data).expect("make it");
    let dirs = ["17.5", "18.1", "99.1"].map(|version| pretend(home.path(), version));
    let mut options = LocateOptions::new(home.path().join("cache"));
    options.cluster_dir = Some(home.path().to_owned());
    options.path = Some(std::env::join_paths(&dirs).expect("join them"));

    fs::write(data.join("PG_VERSION"), "99\n").expect("write it");
    assert_eq!(Binaries::locate(&options, &quiet).expect("find it").major, 99);

    fs::write(data.join("PG_VERSION"), "98\n").expect("write it");
    match Binaries::locate(&options, &quiet) {
        Err(error @ LocateError::MajorNotFound { major: 98, .. }) => {
            let text = error.to_string();
            assert!(text.contains("is PostgreSQL 17, not 98") && text.contains("postgresql-98"), "{text}");
        }
        other => panic!("nothing has that version: {other:?}"),
    }
    options.pg_bin = Some(dirs[1].clone());
    let refused = Binaries::locate(&options, &quiet);
    assert!(matches!(refused, Err(LocateError::MajorNotFound { major: 98, .. })), "{refused:?}");
    assert!(!options.cache_dir.exists(), "a build of another version must not be fetched");
}
