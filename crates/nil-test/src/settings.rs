//! The environment the tests listen to.

use std::path::{Path, PathBuf};

use nil_postgres::{LocateOptions, Source};

/// Which PostgreSQL to test with:
///
/// - `NIL_TEST_PG`: `any` (the default: the system's, or else the portable build), `system` or `portable`;
/// - `NIL_PG_BIN`: the directory of the programs to use, over all else;
/// - `NIL_CACHE`: where the portable build is kept, by default `.local` in the workspace.
pub(crate) fn locate_options() -> LocateOptions {
    let mut options = LocateOptions::new(cache());
    options.pg_bin = std::env::var_os("NIL_PG_BIN").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    options.source = match std::env::var("NIL_TEST_PG").as_deref() {
        Ok("any") | Err(_) => Source::Any,
        Ok("system") => Source::System,
        Ok("portable") => Source::Portable,
        Ok(other) => panic!("NIL_TEST_PG is `{other}`, but must be `any`, `system` or `portable`"),
    };
    options
}

/// Where toolchains and the portable PostgreSQL are kept: `NIL_CACHE`, by default `.local` in the workspace.
pub(crate) fn cache() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local");
    std::env::var_os("NIL_CACHE").map_or(workspace, PathBuf::from)
}
