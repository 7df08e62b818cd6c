//! Installing a recipe without packages: needs Node.js and npm, no network.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::Mutex,
    time::{Duration, SystemTime},
};

use nil_core::Language;

use super::{
    InstallError, InstallStep, Installation, Recipe, installation::inspect, npm::install_recipe,
    prune::remove_superseded,
};

const PACKAGE: &str = r#"{ "name": "empty", "version": "1.0.0", "private": true }"#;
const LOCK: &str = r#"{ "name": "empty", "version": "1.0.0", "lockfileVersion": 3, "requires": true,
  "packages": { "": { "name": "empty", "version": "1.0.0" } } }"#;

const EMPTY: Recipe = Recipe {
    language: Language::AssemblyScript,
    files: &[("package.json", PACKAGE), ("package-lock.json", LOCK), ("lib/a.ts", ""), ("worker.mjs", "")],
    packages: &[],
    entry: "worker.mjs",
    needs_node: true,
};

async fn install(recipe: &Recipe, root: &Path) -> (Result<Installation, InstallError>, Vec<InstallStep>) {
    let steps = Mutex::new(Vec::new());
    let result = install_recipe(recipe, root, &|step| steps.lock().expect("unpoisoned").push(step)).await;
    (result, steps.into_inner().expect("unpoisoned"))
}

fn names(root: &Path) -> Vec<String> {
    let entries = fs::read_dir(root).expect("the root").flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).filter(|name| name != ".lock").collect()
}

#[tokio::test]
async fn an_installation_appears_whole_and_only_once() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let root = root.path().join("not/yet/there");
    let ((first, _), (second, _)) = tokio::join!(install(&EMPTY, &root), install(&EMPTY, &root));
    let first = first.expect("installed");
    assert_eq!(first, second.expect("installed or found"));
    assert_eq!(names(&root), [EMPTY.folder()]);
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&first.dir), mode(&first.dir.join("worker.mjs"))), (0o755, 0o644));

    let (again, steps) = install(&EMPTY, &root).await;
    assert_eq!((again.expect("found"), steps), (first, Vec::new()));
}

#[tokio::test]
async fn a_second_installer_waits_and_says_so() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let lock = super::lock::InstallLock::acquire(root.path(), || ()).await.expect("the lock");
    let waiting = tokio::sync::Notify::new();
    let progress = |step| {
        if step == InstallStep::WaitingForAnotherInstall {
            waiting.notify_one();
        }
    };
    let installing = install_recipe(&EMPTY, root.path(), &progress);
    let (installed, ()) = tokio::join!(installing, async {
        waiting.notified().await;
        assert_eq!(names(root.path()), Vec::<String>::new());
        drop(lock);
    });
    installed.expect("installed after the wait");
}

#[tokio::test]
async fn leftovers_and_damage_are_replaced() {
    let root = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir_all(root.path().join(".installing-killed/node_modules")).expect("a leftover");
    let target = root.path().join(EMPTY.folder());
    fs::create_dir_all(target.join("half")).expect("half an installation");
    assert!(inspect(&EMPTY, &target).expect_err("no marker").contains("incomplete"));
    let (installed, _) = install(&EMPTY, root.path()).await;
    let dir = installed.expect("installed").dir;
    assert_eq!(names(root.path()), [EMPTY.folder()]);

    fs::write(dir.join("worker.mjs"), "something else").expect("write");
    assert!(inspect(&EMPTY, &dir).expect_err("a changed file").contains("was changed"));
    install(&EMPTY, root.path()).await.0.expect("repaired");
    assert!(matches!(inspect(&EMPTY, &dir), Ok(Some(_))));
}

#[tokio::test]
async fn what_npm_says_is_passed_on_and_nothing_stays() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let broken = Recipe { files: &[("package.json", PACKAGE), ("package-lock.json", "{")], ..EMPTY };
    let (result, _) = install(&broken, root.path()).await;
    let error = result.expect_err("the lock file is no JSON");
    assert!(matches!(error, InstallError::Npm { .. }), "{error}");
    assert_eq!(names(root.path()), Vec::<String>::new());
}

#[tokio::test]
async fn a_package_that_did_not_arrive_is_named() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let wanting = Recipe { packages: &["json-as"], ..EMPTY };
    let error = install(&wanting, root.path()).await.0.expect_err("the recipe has no packages");
    assert!(error.to_string().contains("package `json-as` is missing"), "{error}");
    assert_eq!(names(root.path()), Vec::<String>::new());
}

#[tokio::test]
async fn a_superseded_installation_goes_unless_it_is_young_or_in_use() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let other = Recipe { files: &[("package.json", PACKAGE), ("package-lock.json", LOCK)], ..EMPTY };
    let old = install(&other, root.path()).await.0.expect("the old one");
    let new = install(&EMPTY, root.path()).await.0.expect("the new one");
    assert!(old.dir.exists(), "it is young");

    let in_two_days = SystemTime::now() + Duration::from_secs(2 * 24 * 3600);
    let in_use = old.hold().expect("held");
    remove_superseded(&EMPTY, root.path(), in_two_days);
    assert!(old.dir.exists(), "it is in use");
    drop(in_use);
    remove_superseded(&EMPTY, root.path(), in_two_days);
    assert!(!old.dir.exists());
    assert!(new.dir.exists());
}
