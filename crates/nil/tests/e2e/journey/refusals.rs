//! `nil up` that cannot or should not start says why and leaves nothing behind.

use nil_test::NilUp;

use crate::{
    cli::{Ran, nil_with},
    product::shared,
};

/// Runs `nil up` on a home of its own beside the shared one; it must end by itself.
async fn refused(home: &str, args: &[&str], env: &[(&str, &str)]) -> String {
    let up: &NilUp = shared();
    let args: Vec<&str> = ["up", "--home", home].iter().chain(args).copied().collect();
    let Ran { code, stdout, stderr } = nil_with(up.folder(), up, &args, env).await;
    assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
    assert!(!up.folder().join(home).join("postgres").exists(), "the database was made before the refusal");
    stderr
}

#[tokio::test]
async fn a_home_in_use() {
    let up = shared();
    let home = up.home().display().to_string();
    let ran = nil_with(up.folder(), up, &["up"], &[]).await.expect(1);
    let expected = format!(
        "error: another `nil up` is running on {home} (process {}, {}); stop it, or choose another directory with --home\n",
        up.pid(),
        up.url()
    );
    assert_eq!((ran.stdout, ran.stderr), (String::new(), expected));
}

#[tokio::test]
async fn a_port_in_use() {
    let stderr = refused("refused-port", &[], &[]).await;
    let address = format!("127.0.0.1:{}", shared().port());
    assert!(stderr.starts_with(&format!("error: cannot listen on {address}; choose another")), "{stderr}");
}

#[tokio::test]
async fn the_world_without_a_token() {
    for address in ["0.0.0.0:0", "[::]:0"] {
        let stderr = refused("refused-world", &["--listen", address], &[]).await;
        let expected = format!("error: refusing to listen on {address} without a token: set NIL_TOKEN");
        assert!(stderr.starts_with(&expected), "{stderr}");
    }
}

#[tokio::test]
async fn the_world_without_a_sandbox() {
    let token = [("NIL_TOKEN", "an-e2e-token-of-some-length")];
    let stderr = refused("refused-box", &["--listen", "0.0.0.0:0", "--insecure-no-sandbox"], &token).await;
    let expected = "error: refusing to compile without a sandbox: this server listens beyond loopback";
    assert!(stderr.starts_with(expected), "{stderr}");
}

#[tokio::test]
async fn a_token_that_can_be_guessed() {
    let stderr = refused("refused-token", &["--listen", "127.0.0.1:0"], &[("NIL_TOKEN", "secret")]).await;
    assert!(stderr.starts_with("error: NIL_TOKEN is too short; use at least 16 characters"), "{stderr}");
    assert!(!stderr.contains("secret"));
}

#[tokio::test]
async fn an_address_that_is_none() {
    let up = shared();
    let ran = nil_with(up.folder(), up, &["up", "--listen", "8080"], &[]).await.expect(2);
    assert!(ran.stderr.contains("127.0.0.1:8080"), "{}", ran.stderr);
}
