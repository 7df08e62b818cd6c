//! The one connection that makes and drops databases, on a thread with a runtime of its own.
//!
//! Each test has its own runtime, and a connection is bound to the runtime it was made in; so is the work of a
//! `Drop`, which cannot wait.

use std::sync::OnceLock;
use std::thread;

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::{mpsc, oneshot};

use crate::TestCluster;

struct Statements {
    sql: Vec<String>,
    /// Nobody waits for the answer of a drop.
    reply: Option<oneshot::Sender<Result<(), String>>>,
}

/// Where statements are sent to be run one after another.
#[derive(Debug)]
pub(crate) struct Admin {
    sender: mpsc::UnboundedSender<Statements>,
}

impl Admin {
    /// The shared cluster's; starts that if need be, and blocks.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Admin> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(TestCluster::shared().cluster().connection_url()))
    }

    fn start(url: String) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.unwrap_or_else(|error| panic!("failed to make a runtime: {error}"));
        let thread = thread::Builder::new().name("test-databases".to_owned());
        let spawned = thread.spawn(move || runtime.block_on(serve(&url, receiver)));
        spawned.unwrap_or_else(|error| panic!("failed to start the thread that makes databases: {error}"));
        Self { sender }
    }

    /// Runs the statements, and panics if one fails.
    pub(crate) async fn run(&self, sql: Vec<String>) {
        check(&sql, self.send(sql.clone()).await.ok());
    }

    /// The same for callers outside of any runtime.
    pub(crate) fn run_blocking(&self, sql: Vec<String>) {
        check(&sql, self.send(sql.clone()).blocking_recv().ok());
    }

    /// Runs the statements some time, whatever comes of them.
    pub(crate) fn run_later(&self, sql: Vec<String>) {
        // The thread serves for as long as the process lives.
        let _ = self.sender.send(Statements { sql, reply: None });
    }

    fn send(&self, sql: Vec<String>) -> oneshot::Receiver<Result<(), String>> {
        let (reply, answer) = oneshot::channel();
        let _ = self.sender.send(Statements { sql, reply: Some(reply) });
        answer
    }
}

fn check(sql: &[String], answer: Option<Result<(), String>>) {
    match answer {
        Some(Ok(())) => {}
        Some(Err(reason)) => panic!("failed to run {sql:?}: {reason}"),
        None => panic!("failed to run {sql:?}: the thread that makes databases has ended"),
    }
}

async fn serve(url: &str, mut receiver: mpsc::UnboundedReceiver<Statements>) {
    let mut connection = None;
    while let Some(Statements { sql, reply }) = receiver.recv().await {
        let result = run_all(url, &mut connection, &sql).await;
        if let Some(reply) = reply {
            // A test that was given up does not wait any more.
            let _ = reply.send(result.map_err(|error| error.to_string()));
        }
    }
}

async fn run_all(url: &str, connection: &mut Option<PgConnection>, sql: &[String]) -> Result<(), sqlx::Error> {
    let mut open = match connection.take() {
        Some(open) => open,
        None => PgConnection::connect(url).await?,
    };
    for statement in sql {
        // A connection that an error was seen on is not used again: it may be broken.
        sqlx::raw_sql(AssertSqlSafe(statement.as_str())).execute(&mut open).await?;
    }
    *connection = Some(open);
    Ok(())
}
