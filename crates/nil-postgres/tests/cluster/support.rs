//! What the tests share: programs to run, directories to run in, a client to ask.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use nil_postgres::{Binaries, Cluster, ClusterOptions, Durability, LocateOptions, Source};
use sqlx::{ConnectOptions, Connection, PgConnection};
use tempfile::TempDir;

/// How long anything may take that should happen soon, on a machine that is busy compiling.
pub(crate) const SOON: Duration = Duration::from_secs(60);

pub(crate) fn quiet(_: &str) {}

/// Where the portable build is kept between runs: `NIL_CACHE`, or `.local` in the workspace.
pub(crate) fn cache_dir() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local");
    std::env::var_os("NIL_CACHE").map_or(workspace, PathBuf::from)
}

pub(crate) fn binaries() -> Binaries {
    static FOUND: OnceLock<Binaries> = OnceLock::new();
    let find = || {
        let mut options = LocateOptions::new(cache_dir());
        options.source = match std::env::var("NIL_TEST_PG").as_deref() {
            Ok("portable") => Source::Portable,
            Ok("system") => Source::System,
            _ => Source::Any,
        };
        Binaries::locate(&options, &quiet).expect("find PostgreSQL for the tests")
    };
    FOUND.get_or_init(find).clone()
}

/// What all tests together may need in a directory that is kept in memory.
const ROOM_BYTES: u64 = 2 << 30;

/// A temporary directory that the user PostgreSQL runs as may enter: in memory if there is room, where making and
/// removing a database takes a third of the time.
pub(crate) fn scratch() -> TempDir {
    let memory = Path::new("/dev/shm");
    let room = rustix::fs::statvfs(memory).is_ok_and(|found| found.f_bavail * found.f_frsize >= ROOM_BYTES);
    let in_memory = if room { tempfile::tempdir_in(memory).ok() } else { None };
    in_memory.map_or_else(scratch_on_disk, opened)
}

/// The same where programs can be run from it and what is written can be synchronised.
pub(crate) fn scratch_on_disk() -> TempDir {
    opened(tempfile::tempdir().expect("make a temporary directory"))
}

fn opened(dir: TempDir) -> TempDir {
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).expect("open it");
    dir
}

/// Fast to make; what is tested does not depend on surviving a power cut.
pub(crate) fn options(dir: &Path) -> ClusterOptions {
    let mut options = ClusterOptions::new(binaries(), dir);
    options.durability = Durability::Disposable;
    options
}

pub(crate) fn start(dir: &Path) -> Cluster {
    Cluster::start(&options(dir), &quiet).expect("start the cluster")
}

/// The one value that `sql` yields, as text.
pub(crate) fn ask(url: &str, sql: &'static str) -> String {
    try_ask(url, sql).expect(sql)
}

pub(crate) fn try_ask(url: &str, sql: &'static str) -> Result<String, sqlx::Error> {
    block_on(async {
        let mut connection = PgConnection::connect(url).await?;
        let answer = sqlx::query_scalar::<_, String>(sql).fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok(answer)
    })
}

pub(crate) fn execute(url: &str, sql: &'static str) {
    let work = async {
        let mut connection = url.parse::<sqlx::postgres::PgConnectOptions>()?.connect().await?;
        sqlx::raw_sql(sql).execute(&mut connection).await?;
        connection.close().await
    };
    block_on(work).expect(sql);
}

pub(crate) fn block_on<F: Future>(work: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("make a runtime");
    runtime.block_on(work)
}

/// Waits until `condition` yields something.
pub(crate) fn wait_until<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = std::time::Instant::now() + SOON;
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(std::time::Instant::now() < deadline, "not within {SOON:?}: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Process ids of everything that runs with `data` as its working directory and is called `postgres`.
pub(crate) fn processes_in(data: &Path) -> Vec<i32> {
    let data = data.canonicalize().expect("find the data directory");
    let processes = fs::read_dir("/proc").expect("list processes").flatten();
    let in_data = processes.filter(|process| {
        let named = fs::read_to_string(process.path().join("comm")).is_ok_and(|name| name.trim() == "postgres");
        named && fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd == data)
    });
    in_data.filter_map(|process| process.file_name().to_str()?.parse().ok()).collect()
}
