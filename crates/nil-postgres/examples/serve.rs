//! Runs a private PostgreSQL in a directory until standard input ends, and prints how to connect to it.
//!
//! `cargo run -p nil-postgres --example serve -- DIR`: a scratch database for development; the tests of this
//! crate use it as the process that gets killed. `NIL_PG_BIN` names the programs to use.

use std::error::Error;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use nil_postgres::{Binaries, Cluster, ClusterOptions, LocateOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let dir = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: serve DIR")?);
    let progress = |message: &str| {
        // Nobody reading the messages is no reason to stop.
        let _ = writeln!(io::stderr(), "{message}");
    };
    let mut options = LocateOptions::new(dir.join("cache"));
    options.pg_bin = std::env::var_os("NIL_PG_BIN").map(PathBuf::from);
    options.cluster_dir = Some(dir.clone());
    let binaries = Binaries::locate(&options, &progress)?;
    let cluster = Cluster::start(&ClusterOptions::new(binaries, dir), &progress)?;

    let mut out = io::stdout();
    writeln!(out, "{}", cluster.connection_url())?;
    out.flush()?;
    io::stdin().read_to_end(&mut Vec::new())?;
    progress(&format!("stopped: {:?}", cluster.stop()));
    Ok(())
}
