//! A database of its own for each test.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::TestCluster;
use crate::admin::Admin;

static NEXT: AtomicU64 = AtomicU64::new(1);

/// An empty or prepared database that no other test uses; dropped with the value, open connections and all.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    url: String,
}

impl TestDatabase {
    /// Makes an empty database. The first call in a process starts PostgreSQL, which takes a second or two;
    /// further ones take about 50 ms.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub async fn fresh() -> Self {
        let admin = shared_admin().await;
        let name = new_name();
        admin.run(vec![format!("CREATE DATABASE {name}")]).await;
        Self::named(name)
    }

    /// The same for tests without a runtime.
    ///
    /// # Panics
    ///
    /// If that fails, or in a runtime.
    pub fn fresh_blocking() -> Self {
        let name = new_name();
        Admin::shared().run_blocking(vec![format!("CREATE DATABASE {name}")]);
        Self::named(name)
    }

    /// Makes a copy of a database that `prepare` has filled, which is much faster than filling each anew.
    ///
    /// `prepare` gets the URL of an empty database and runs once in a process for each `template`, a word of
    /// letters, digits and `_`. Connections it leaves open are closed.
    ///
    /// # Panics
    ///
    /// If that or `prepare` fails.
    pub async fn prepared<F, E>(template: &str, prepare: impl FnOnce(String) -> F) -> Self
    where
        F: Future<Output = Result<(), E>>,
        E: Display,
    {
        let admin = shared_admin().await;
        let source = format!("template_{template}");
        template_cell(template).get_or_init(|| make_template(admin, &source, prepare)).await;
        let name = new_name();
        admin.run(vec![format!("CREATE DATABASE {name} TEMPLATE {source}")]).await;
        Self::named(name)
    }

    /// How to connect, in the form that sqlx reads.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn named(name: String) -> Self {
        let url = TestCluster::shared().cluster().database_url(&name);
        Self { name, url }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        Admin::shared().run_later(vec![format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)]);
    }
}

/// The first use blocks for seconds, which must not stop other tasks of the test's runtime.
async fn shared_admin() -> &'static Admin {
    match tokio::task::spawn_blocking(Admin::shared).await {
        Ok(admin) => admin,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

async fn make_template<F, E>(admin: &Admin, source: &str, prepare: impl FnOnce(String) -> F)
where
    F: Future<Output = Result<(), E>>,
    E: Display,
{
    // A `prepare` that panicked leaves its database behind, and the next test tries again.
    let anew = [format!("DROP DATABASE IF EXISTS {source} WITH (FORCE)"), format!("CREATE DATABASE {source}")];
    admin.run(anew.into()).await;
    let url = TestCluster::shared().cluster().database_url(source);
    if let Err(error) = prepare(url).await {
        panic!("failed to prepare the database {source}: {error}");
    }
    // A database can only be copied while nobody is connected to it.
    let seal = [
        format!("ALTER DATABASE {source} WITH ALLOW_CONNECTIONS false"),
        format!("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{source}'"),
    ];
    admin.run(seal.into()).await;
}

fn template_cell(template: &str) -> Arc<OnceCell<()>> {
    static CELLS: Mutex<Option<HashMap<String, Arc<OnceCell<()>>>>> = Mutex::new(None);
    let mut cells = CELLS.lock().unwrap_or_else(PoisonError::into_inner);
    cells.get_or_insert_default().entry(template.to_owned()).or_default().clone()
}

fn new_name() -> String {
    format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
