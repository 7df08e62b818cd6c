//! The self-test passes where it can, and fails where something is taken away from it. With everything taken away
//! that matters for a layer, that layer must be found missing: otherwise the test proves nothing.

use super::{Bench, Layer, Means, Verdict};

async fn holding(without: &[Means]) -> (Vec<Layer>, Verdict, String) {
    let found = Bench::without(without).sandbox.self_test().await;
    let holds = found.layers.iter().filter(|state| state.holds).map(|state| state.layer).collect();
    (holds, found.verdict(), format!("{found:#?}"))
}

/// Whether this machine lets the test's user have namespaces at all.
async fn has_namespaces() -> bool {
    let found = Bench::new().sandbox.self_test().await;
    !found.made_of.iter().any(|made| made.starts_with("no namespaces"))
}

#[tokio::test]
async fn every_layer_holds_where_the_machine_has_namespaces() {
    let (holds, verdict, told) = holding(&[]).await;
    if has_namespaces().await {
        assert_eq!(holds, Layer::ALL, "{told}");
        assert_eq!(verdict, Verdict::Whole);
    } else {
        // Then what is missing must be said, and nothing be compiled unless everything required holds all the same.
        assert!(told.contains("no namespaces: "), "{told}");
        let required_hold = Layer::ALL.iter().filter(|layer| layer.is_required()).all(|layer| holds.contains(layer));
        assert_eq!(matches!(verdict, Verdict::Refused(_)), !required_hold, "{told}");
    }
}

#[tokio::test]
async fn without_any_means_the_required_layers_are_missing() {
    let all = [Means::Namespaces, Means::Mounts, Means::User, Means::Landlock, Means::Seccomp, Means::Cgroup];
    let (holds, verdict, told) = holding(&all).await;
    for layer in [Layer::Files, Layer::Network, Layer::Processes, Layer::SystemCalls] {
        assert!(!holds.contains(&layer), "{layer}: {told}");
    }
    // Whoever is not root is not root in a box either.
    assert_eq!(holds.contains(&Layer::User), !rustix::process::geteuid().is_root(), "{told}");
    let Verdict::Refused(why) = verdict else { panic!("{told}") };
    assert!(why.contains("files: a box could read /etc/passwd"), "{why}");
    assert!(why.contains("network: a box could connect to a port of this machine"), "{why}");
    // These are watched from outside on every machine.
    for layer in [Layer::Memory, Layer::Time, Layer::Environment] {
        assert!(holds.contains(&layer), "{layer}: {told}");
    }
}

/// In a container without privileges there are no namespaces; Landlock and the filter have to do.
#[tokio::test]
async fn landlock_and_the_filter_stand_in_for_namespaces() {
    let (holds, verdict, told) = holding(&[Means::Namespaces]).await;
    if told.contains("no Landlock") {
        assert!(!holds.contains(&Layer::Files), "{told}");
        return;
    }
    for layer in [Layer::Files, Layer::Network, Layer::SystemCalls, Layer::Memory] {
        assert!(holds.contains(&layer), "{layer}: {told}");
    }
    // Another user can signal nobody; the same user is kept from it by newer versions of Landlock.
    if rustix::process::geteuid().is_root() {
        assert_eq!(verdict, Verdict::Whole, "{told}");
    } else {
        let scoped =
            told.split("Landlock: version ").nth(1).and_then(|rest| rest.chars().next()?.to_digit(10)) >= Some(6);
        assert_eq!(holds.contains(&Layer::Processes), scoped, "{told}");
    }
}

#[tokio::test]
async fn either_wall_around_files_holds_alone() {
    if !has_namespaces().await {
        // Said by the test above; here there would be nothing left to compare.
        assert!(holding(&[]).await.2.contains("no namespaces"));
        return;
    }
    let (holds, _, told) = holding(&[Means::Landlock]).await;
    assert!(holds.contains(&Layer::Files) && holds.contains(&Layer::Network), "{told}");
    let (holds, _, told) = holding(&[Means::Seccomp]).await;
    assert!(holds.contains(&Layer::Files) && holds.contains(&Layer::Network), "{told}");
    assert!(!holds.contains(&Layer::SystemCalls), "{told}");
    assert!(matches!(holding(&[Means::Seccomp]).await.1, Verdict::Weak(_)));
}

#[tokio::test]
async fn memory_is_watched_where_there_are_no_control_groups() {
    let (holds, _, told) = holding(&[Means::Cgroup]).await;
    assert!(holds.contains(&Layer::Memory), "{told}");
    assert!(told.contains("no control group: switched off"), "{told}");
}
