//! Native code on disk: loads need no module while it is there and good, and heal when it is not.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use nil_runtime::{
    CodeCacheConfig, LiveFunction, LoadError, LoadRequest, Outcome, PublishLimits, Runtime, RuntimeConfig,
};

use crate::support::{Neighbour, assemble, execute};

const ECHO: &str = include_str!("../cases/echo/module.wat");
const SNAPSHOT: &str = include_str!("../cases/snapshot_of_start/module.wat");

fn runtime(dir: &Path) -> Runtime {
    let cache = CodeCacheConfig::new(dir.join("code"), dir.join("secret/key"));
    Runtime::new(RuntimeConfig { slots: 16, code_cache: Some(cache), ..RuntimeConfig::default() }).expect("a runtime")
}

fn load(runtime: &Runtime, wasm_digest: [u8; 32], wasm: Option<&[u8]>) -> Result<Arc<LiveFunction>, LoadError> {
    let mut fetch = || wasm.map(<[u8]>::to_vec).ok_or_else(|| Box::<dyn Error + Send + Sync>::from("no module here"));
    runtime.load(&mut LoadRequest { wasm_digest, wasm: &mut fetch, limits: &PublishLimits::default() })
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> =
        fs::read_dir(dir.join("code")).expect("the cache").flatten().map(|entry| entry.path()).collect();
    entries.sort();
    entries
}

fn output(runtime: &Runtime, live: &LiveFunction) -> String {
    match execute(runtime, live, r#"{"a":1}"#).outcome {
        Outcome::Completed { output } => output,
        Outcome::Failed(failure) => panic!("{}", failure.message()),
    }
}

#[test]
fn a_restart_loads_without_the_module() {
    let dir = tempfile::tempdir().expect("a directory");
    let published = runtime(dir.path()).publish(&assemble(SNAPSHOT), &PublishLimits::default()).expect("a function");
    let restarted = runtime(dir.path());
    let live = load(&restarted, published.wasm_digest, None).expect("the cached function");
    assert_eq!(output(&restarted, &live), "42");
    assert_eq!(*live.abi(), published.abi);
    let stats = restarted.code_cache_stats().expect("a cache");
    assert_eq!((stats.hits, stats.misses, stats.stored), (1, 0, 0));
}

#[test]
fn damaged_entries_are_rebuilt_while_neighbours_run() {
    let dir = tempfile::tempdir().expect("a directory");
    let runtime = runtime(dir.path());
    let neighbour = Neighbour::start(&runtime);
    let published = runtime.publish(&assemble(SNAPSHOT), &PublishLimits::default()).expect("a function");
    let before = entries(dir.path());
    assert_eq!(before.len(), 2, "the neighbour's and this one");
    let damage: [fn(&mut Vec<u8>); 4] = [
        |bytes| bytes.truncate(100),
        Vec::clear,
        |bytes| bytes.iter_mut().skip(2_000).step_by(997).for_each(|byte| *byte ^= 0xff),
        |bytes| *bytes = vec![0x7f; 60_000],
    ];
    for (round, damage) in damage.iter().enumerate() {
        for path in &before {
            let mut bytes = fs::read(path).expect("the entry");
            damage(&mut bytes);
            // Replaced, not changed in place: the neighbour has the old file mapped.
            fs::remove_file(path).expect("the entry");
            fs::write(path, bytes).expect("space");
        }
        let live = load(&runtime, published.wasm_digest, Some(&published.wasm)).expect("a rebuilt function");
        assert_eq!(output(&runtime, &live), "42");
        let stats = runtime.code_cache_stats().expect("a cache");
        assert_eq!(stats.discarded, round as u64 + 1);
        let again = load(&runtime, published.wasm_digest, None).expect("the rebuilt entry");
        assert_eq!(output(&runtime, &again), "42");
        neighbour.must_answer();
    }
    neighbour.stop();
}

#[test]
fn swapped_entries_are_not_loaded() {
    let dir = tempfile::tempdir().expect("a directory");
    let runtime = runtime(dir.path());
    let limits = PublishLimits::default();
    let one = runtime.publish(&assemble(SNAPSHOT), &limits).expect("a function");
    let two = runtime.publish(&assemble(ECHO), &limits).expect("a function");
    let [a, b] = &entries(dir.path())[..] else { panic!("two entries") };
    let spare = dir.path().join("spare");
    fs::rename(a, &spare).and_then(|()| fs::rename(b, a)).and_then(|()| fs::rename(&spare, b)).expect("a swap");
    assert!(matches!(load(&runtime, one.wasm_digest, None), Err(LoadError::Fetch(_))));
    let live = load(&runtime, one.wasm_digest, Some(&one.wasm)).expect("a rebuilt function");
    assert_eq!(output(&runtime, &live), "42");
    let live = load(&runtime, two.wasm_digest, Some(&two.wasm)).expect("a rebuilt function");
    assert_eq!(output(&runtime, &live), r#"{"a":1}"#);
    assert_eq!(runtime.code_cache_stats().expect("a cache").discarded, 2);
}

#[test]
fn a_module_of_another_digest_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let runtime = runtime(dir.path());
    let published = runtime.publish(&assemble(ECHO), &PublishLimits::default()).expect("a function");
    let other = assemble(SNAPSHOT);
    let wrong = [7; 32];
    assert!(matches!(load(&runtime, wrong, Some(&other)), Err(LoadError::Digest)));
    assert!(load(&runtime, published.wasm_digest, None).is_ok());
}

#[test]
fn a_vanished_directory_costs_the_cache_not_the_call() {
    let dir = tempfile::tempdir().expect("a directory");
    let runtime = runtime(dir.path());
    let published = runtime.publish(&assemble(SNAPSHOT), &PublishLimits::default()).expect("a function");
    fs::remove_dir_all(dir.path().join("code")).expect("the cache");
    let live = load(&runtime, published.wasm_digest, Some(&published.wasm)).expect("a function from memory");
    assert_eq!(output(&runtime, &live), "42");
    assert_eq!(runtime.code_cache_stats().expect("a cache").failed, 1);
}

#[test]
fn servers_with_one_key_share_sealed_code() {
    let (here, there) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let first = runtime(here.path());
    let published = first.publish(&assemble(SNAPSHOT), &PublishLimits::default()).expect("a function");
    let mut sealed = first.sealed_code(&published.wasm_digest).expect("sealed code");
    fs::create_dir_all(there.path().join("secret")).expect("a directory");
    fs::copy(here.path().join("secret/key"), there.path().join("secret/key")).expect("the key");
    let second = runtime(there.path());
    assert!(second.accept_sealed_code(&published.wasm_digest, &sealed).expect("space"));
    let live = load(&second, published.wasm_digest, None).expect("the shared function");
    assert_eq!(output(&second, &live), "42");
    // The same bytes for another function, or changed on the way, are not accepted.
    assert!(!second.accept_sealed_code(&[1; 32], &sealed).expect("space"));
    sealed[4_200] ^= 1;
    assert!(!second.accept_sealed_code(&published.wasm_digest, &sealed).expect("space"));
    let stranger = tempfile::tempdir().expect("a directory");
    let third = runtime(stranger.path());
    assert!(!third.accept_sealed_code(&published.wasm_digest, &sealed).expect("space"));
}
