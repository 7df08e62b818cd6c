//! Renews `.sqlx`, the checked description of every query: on a throwaway PostgreSQL with the migrations
//! applied, the query macros of `nil-store` describe themselves anew. Run by `make sqlx`.
//!
//! It cannot use `nil-store` itself, which does not build while a query is new.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, ensure};
use nil_test::TestDatabase;
use sqlx::{PgPool, migrate::Migrator};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let database = TestDatabase::fresh().await;
    let pool = PgPool::connect(database.url()).await?;
    pgmq::install::install_sql_from_embedded(&pool).await?;
    Migrator::new(root.join("crates/nil-store/migrations")).await?.run(&pool).await?;
    pool.close().await;

    let queries = root.join(".sqlx");
    let renewed = root.join("target/sqlx-renewed");
    let _ = fs::remove_dir_all(&renewed);
    fs::create_dir_all(&renewed)?;
    // A changed file makes cargo expand the macros again.
    let library = root.join("crates/nil-store/src/lib.rs");
    fs::File::options().append(true).open(&library)?.set_modified(std::time::SystemTime::now())?;
    // The whole workspace, so that everything is built with the features everybody builds it with. Crates above may not
    // build yet while a query is new; only `nil-store` has to.
    let checked = Command::new(env!("CARGO"))
        .args(["check", "--workspace", "--lib", "--keep-going", "--message-format", "json-render-diagnostics"])
        .current_dir(&root)
        .env("DATABASE_URL", database.url())
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", &renewed)
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    let built = String::from_utf8_lossy(&checked.stdout)
        .lines()
        .any(|line| line.contains(r#""reason":"compiler-artifact""#) && line.contains(r#""name":"nil_store""#));
    ensure!(built, "nil-store does not build against the migrated database");
    let _ = fs::remove_dir_all(&queries);
    fs::rename(&renewed, &queries).context("cannot replace .sqlx")?;
    Ok(())
}
