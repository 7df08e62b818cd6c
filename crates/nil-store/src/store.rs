//! The pool and the schema. Queries live in the file of their table.

use std::{net::IpAddr, str::FromStr, time::Duration};

use sqlx::{
    ConnectOptions as _, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::error::StoreError;

/// How to reach the database.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// A `postgres://` URL; a unix socket directory goes into `?host=`.
    pub url: String,
    /// Connections at the most.
    pub max_connections: u32,
    /// How long a caller waits for a free connection before the store counts as unavailable.
    pub acquire_timeout: Duration,
    /// Shown in `pg_stat_activity`.
    pub application_name: &'static str,
}

impl ConnectOptions {
    /// Defaults for a server: 16 connections, 3 s of waiting.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), max_connections: 16, acquire_timeout: Duration::from_secs(3), application_name: "nil" }
    }
}

/// A handle on the database; clones share one pool.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) pool: PgPool,
    options: PgConnectOptions,
}

/// The pool in numbers.
#[derive(Debug, Clone, Copy)]
pub struct PoolUsage {
    /// Open connections.
    pub open: usize,
    /// Those nobody uses.
    pub idle: usize,
}

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

impl Store {
    /// Prepares a pool. No connection is opened yet, so a database that is down shows on first use.
    ///
    /// # Errors
    /// When the URL cannot be read.
    pub fn open(options: &ConnectOptions) -> Result<Self, StoreError> {
        let connect = PgConnectOptions::from_str(&options.url)
            .map_err(StoreError::Statement)?
            .application_name(options.application_name)
            .log_slow_statements(tracing::log::LevelFilter::Off, Duration::from_secs(1));
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections)
            .acquire_timeout(options.acquire_timeout)
            // A ping before every use is a round trip; a dead connection shows by itself and is retried above.
            .test_before_acquire(false)
            .connect_lazy_with(connect.clone());
        Ok(Self { pool, options: connect })
    }

    /// Whether the database is on this machine: reached by a socket's path or a loopback address.
    #[must_use]
    pub fn is_local(&self) -> bool {
        let host = self.options.get_host();
        let loopback = || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        self.options.get_socket().is_some() || host.starts_with('/') || host == "localhost" || loopback()
    }

    /// Brings the schema up to date: pgmq's functions, then our migrations, then the day partitions.
    /// Servers that start together take turns.
    ///
    /// # Errors
    /// When the database is unavailable or a migration fails; nothing is left half done.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        pgmq::install::install_sql_from_embedded(&self.pool)
            .await
            .map_err(|error| StoreError::Migrate(error.to_string()))?;
        MIGRATOR.run(&self.pool).await.map_err(|error| match error {
            sqlx::migrate::MigrateError::Execute(error) => StoreError::from(error),
            other => StoreError::Migrate(other.to_string()),
        })?;
        self.ensure_partitions(chrono::Utc::now()).await
    }

    /// Lets a PostgreSQL role work as a compiler service: the compilation queues and nothing else.
    ///
    /// # Errors
    /// When the role does not exist or the caller may not grant.
    pub async fn grant_compiler_role(&self, role: &str) -> Result<(), StoreError> {
        let granted = sqlx::query!("SELECT grant_compiler_role(($1::text)::name)", role).fetch_one(&self.pool).await;
        match granted {
            Ok(_) => Ok(()),
            // 42704: undefined object.
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42704") => {
                Err(StoreError::UnknownRole { name: role.to_owned() })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Answers when the database does.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] otherwise.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Whether every migration this binary knows has run.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn is_migrated(&self) -> Result<bool, StoreError> {
        let applied: Result<i64, _> =
            sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations WHERE success").fetch_one(&self.pool).await;
        match applied {
            Ok(applied) => Ok(usize::try_from(applied).unwrap_or(0) >= MIGRATOR.iter().count()),
            // 42P01: the table does not exist yet.
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42P01") => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// How many connections the pool has open, and how many of them nobody uses.
    #[must_use]
    pub fn pool_usage(&self) -> PoolUsage {
        PoolUsage { open: usize::try_from(self.pool.size()).unwrap_or(usize::MAX), idle: self.pool.num_idle() }
    }

    /// A connection outside the pool, for a loop that keeps it: one round trip a query instead of two or three.
    pub(crate) async fn held_connection(&self) -> Result<PgConnection, StoreError> {
        Ok(self.options.connect().await?)
    }

    /// Closes the pool after the connections in use came back.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_is_local_by_its_address() {
        let is_local = |url: &str| Store::open(&ConnectOptions::new(url)).expect("a URL").is_local();
        for url in [
            "postgres://nil@localhost/nil",
            "postgres://nil@127.0.0.1:5433/nil",
            "postgres://nil@[::1]/nil",
            "postgres://nil@localhost/nil?host=%2Frun%2Fpostgresql",
        ] {
            assert!(is_local(url), "{url}");
        }
        for url in [
            "postgres://nil@db.internal/nil",
            "postgres://nil@10.0.0.7/nil",
            "postgres://nil@localhost.example/nil",
            "postgres://nil@localhost/nil?host=db.internal",
        ] {
            assert!(!is_local(url), "{url}");
        }
    }
}
