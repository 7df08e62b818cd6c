//! Makes a test database, prints the directory of its cluster, and waits to be killed; a test does that.

use std::io::{self, Read, Write};

use nil_test::{TestCluster, TestDatabase};

fn main() -> io::Result<()> {
    let shared = TestDatabase::fresh_blocking();
    let private = TestCluster::start();
    let mut out = io::stdout();
    writeln!(out, "{}", shared.url())?;
    writeln!(out, "{}", private.cluster().dir().display())?;
    out.flush()?;
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
