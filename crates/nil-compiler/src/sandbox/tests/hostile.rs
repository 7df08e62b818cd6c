//! Programs that do what a taken-over compiler would, each twice, beside a neighbour that must stay unharmed.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::*;

/// What is expected of a hostile program.
enum Outcome {
    /// It is ended for this.
    Limit(fn(&Limit) -> bool),
    /// It ends by itself and says this.
    Says(&'static str),
}

const CASES: &[(&str, &str, Outcome)] = &[
    ("reads /etc/passwd", "cat /etc/passwd || echo denied", Outcome::Says("denied\n")),
    ("reads the service's files", "cat $OLDHOME/secret || echo denied", Outcome::Says("denied\n")),
    (
        "reads the environment",
        "env | sed 's/=.*//' | sort | grep -vE '^(HOME|PATH|PWD|TMPDIR|SHLVL|_)$' || echo empty",
        Outcome::Says("empty\n"),
    ),
    ("writes another job's folder", "echo x > $OLDHOME/x || echo denied", Outcome::Says("denied\n")),
    ("writes the system", "echo x > /usr/lib/x || echo denied", Outcome::Says("denied\n")),
    ("signals everybody", "kill -9 -1; echo alive", Outcome::Says("alive\n")),
    (
        "forks without end",
        "bomb() { bomb | bomb & }; bomb; while true; do :; done",
        Outcome::Limit(|limit| matches!(limit, Limit::Processes { .. } | Limit::Time { .. })),
    ),
    ("waits for ever", "sleep 1000", Outcome::Limit(|limit| matches!(limit, Limit::Time { .. }))),
    ("becomes a daemon", "(setsid sleep 303.5 > /dev/null 2>&1 &); echo started", Outcome::Says("started\n")),
    ("needs 10 GB of memory", "tail -n 1 /dev/zero", Outcome::Limit(|limit| matches!(limit, Limit::Memory { .. }))),
    (
        "writes 10 GB",
        "i=0; while true; do head -c 1M /dev/zero > file$i || exit 1; i=$((i+1)); done",
        Outcome::Limit(|limit| matches!(limit, Limit::Scratch { .. })),
    ),
    (
        "writes 10 GB into one file",
        "head -c 10G /dev/zero > file",
        Outcome::Limit(|limit| matches!(limit, Limit::Scratch { .. })),
    ),
    (
        "makes files without end",
        "i=0; while true; do : > file$i || exit 1; i=$((i+1)); done",
        Outcome::Limit(|limit| matches!(limit, Limit::Scratch { .. })),
    ),
    ("prints 1 GB", "head -c 1G /dev/zero", Outcome::Limit(|limit| matches!(limit, Limit::Output { .. }))),
    (
        "prints 1 GB of diagnostics",
        "head -c 1G /dev/zero >&2",
        Outcome::Limit(|limit| matches!(limit, Limit::Output { .. })),
    ),
    ("runs what it built", "cp /bin/true it; chmod +x it; ./it || echo denied", Outcome::Says("denied\n")),
];

#[tokio::test]
async fn hostile_programs_end_at_their_limits_and_harm_nobody() {
    let bench = Bench::new();
    fs::write(bench.home.path().join("secret"), "secret").expect("written");
    let (over, served) = (AtomicBool::new(false), AtomicU32::new(0));
    let neighbour = async {
        while !over.load(Ordering::Relaxed) {
            let completed =
                bench.run_with(&shell("sort in.txt > out.txt; cat out.txt"), &[("in.txt", b"b\na\n")]).await;
            assert_eq!(text(&completed), "a\nb\n", "the neighbour was harmed");
            assert_eq!(completed.fetch("out.txt", 4).expect("fetched"), b"a\nb\n");
            served.fetch_add(1, Ordering::Relaxed);
        }
    };
    let hostile = async {
        for (name, script, expected) in CASES.iter().chain(CASES) {
            let before = served.load(Ordering::Relaxed);
            let mut spec = shell(script);
            spec.env.push(("OLDHOME".into(), bench.home.path().into()));
            if *name == "reads the environment" {
                spec.env.pop();
            }
            let run = Run { stdin: b"", files: &[], timeout: Duration::from_secs(3), output_bytes: 64 << 10 };
            let completed = bench.sandbox.run(&spec, run).await.expect("a box");
            match (expected, completed.ending) {
                (Outcome::Limit(fits), Ending::Limit(limit)) => assert!(fits(&limit), "{name}: {limit:?}"),
                (Outcome::Says(expected), _) => {
                    assert_eq!(
                        String::from_utf8_lossy(&completed.stdout.bytes),
                        *expected,
                        "{name}: {:?} {:?}",
                        completed.ending,
                        String::from_utf8_lossy(&completed.stderr.bytes)
                    );
                }
                (_, other) => panic!("{name}: {other:?} {:?}", String::from_utf8_lossy(&completed.stderr.bytes)),
            }
            // It was served while this one raged, or is right afterwards.
            until_served(&served, before).await;
        }
        over.store(true, Ordering::Relaxed);
    };
    tokio::join!(neighbour, hostile);
    assert!(!is_alive("sleep 303.5"), "a daemon has outlived its box");
    assert!(!is_alive("sleep 1000"));
}

/// Without namespaces nothing ends with the first process. What left its group, its session, its parent and its
/// environment is found by the user it runs as, where boxes have one each.
#[tokio::test]
async fn a_daemon_without_an_environment_does_not_outlive_a_box_without_namespaces() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let bench = Bench::without(&[Means::Namespaces, Means::Mounts, Means::Cgroup]);
    for nap in ["304.5", "305.5"] {
        let script = format!(
            "(env -i /usr/bin/setsid /bin/sh -c 'setsid sleep {nap} >/dev/null 2>&1 &' &); sleep 0.1; echo started"
        );
        assert_eq!(text(&bench.run(&script).await), "started\n");
        assert!(!is_alive(&format!("sleep {nap}")), "a daemon has outlived its box");
    }
}

async fn until_served(served: &AtomicU32, before: u32) {
    until("the neighbour is served", || served.load(Ordering::Relaxed) > before).await;
}

/// `kill -9 -1` in one box, and a file in its scratch folder, are nothing to the other.
#[tokio::test]
async fn boxes_do_not_see_each_other() {
    let bench = Bench::new();
    let first = shell("echo mine > mine; ls; exec sleep 2");
    let second = shell("sleep 0.5; ls; kill -9 -1; ls /proc | grep -c '^[0-9]' ");
    let (first, second) = tokio::join!(bench.run_with(&first, &[]), bench.run_with(&second, &[]));
    assert_eq!(text(&first), "mine\n");
    assert!(!text(&second).contains("mine"));
}
