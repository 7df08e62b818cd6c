//! Servers without compilers on one database.

use std::{
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use nil_test::{TestHttp, eventually, try_send};
use reqwest::Method;
use serde_json::{Value, json};

use crate::product::{NIL, SOON};

/// A server of a fleet; killed when dropped.
pub(crate) struct Server {
    url: String,
    database_url: String,
    cache: PathBuf,
    env: Vec<(String, String)>,
    child: Option<Child>,
}

impl Server {
    pub(crate) async fn start(database_url: &str) -> Self {
        Self::start_with(database_url, &[]).await
    }

    /// The same with further environment variables.
    pub(crate) async fn start_with(database_url: &str, env: &[(&str, &str)]) -> Self {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port();
        let cache = std::env::temp_dir().join(format!("nil-fleet-{}-{port}", std::process::id()));
        let url = format!("http://127.0.0.1:{port}");
        let mut server = Self { url, database_url: database_url.to_owned(), cache, env, child: None };
        server.start_again().await;
        server
    }

    pub(crate) fn http(&self) -> TestHttp {
        TestHttp::new(self.url.clone())
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn start_again(&mut self) {
        let child = Command::new(NIL)
            .args(["server", "--listen", self.url.trim_start_matches("http://")])
            .env("DATABASE_URL", &self.database_url)
            .env("NIL_CACHE", &self.cache)
            // One file for all servers of a database, as in production.
            .env("NIL_SECRETS_KEY_FILE", secrets_key_file(&self.database_url))
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.expect("the server can be started"));
        let http = self.http();
        eventually("the server answers", SOON, async || {
            try_send(http.request(Method::GET, "/health")).await.is_ok_and(|answer| answer.status == 200)
        })
        .await;
    }

    /// Memory of its own, in KiB.
    pub(crate) fn memory_kib(&self) -> u64 {
        let pid = self.child.as_ref().map_or(0, Child::id);
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
    }

    pub(crate) fn kill9(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill9();
        let _ = std::fs::remove_dir_all(&self.cache);
        // The last one of the database takes the keys along; a server that still runs has them in memory.
        let keys = secrets_key_file(&self.database_url);
        let _ = std::fs::remove_file(&keys);
        let _ = keys.parent().map(std::fs::remove_dir);
    }
}

/// Where the servers of this database have the keys of secrets.
fn secrets_key_file(database_url: &str) -> PathBuf {
    let name: String = database_url.chars().filter(char::is_ascii_alphanumeric).collect();
    let start = name.len().saturating_sub(60);
    std::env::temp_dir().join(format!("nil-fleet-{}-{}", std::process::id(), &name[start..])).join("secrets.key")
}

/// Counts to twenty million, which takes some milliseconds, and returns that.
pub(crate) const BUSY: &str = "AGFzbQEAAAABBQFgAAF/AwIBAAcIAQRidXN5AAAKGgEYAQF/A0AgAEEBaiIAQYDaxAlJDQALIAAL";

/// Adds two numbers.
pub(crate) const ADD: &str = "AGFzbQEAAAABBwFgAn9/AX8DAgEABwcBA2FkZAAACgkBBwAgACABags=";

/// Uploads a module and waits until it is ready.
pub(crate) async fn upload(http: &TestHttp, name: &str, module: &str, settings: Value) {
    let body = json!({ "name": name, "language": "wasm", "wasmBase64": module, "settings": settings });
    http.post("/functions", &body).await.expect(201);
    eventually("it is ready", SOON, async || {
        http.get(&format!("/functions/{name}?waitMs=10000")).await.expect(200).json()["status"] == "READY"
    })
    .await;
}
