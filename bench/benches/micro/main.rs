//! Microbenchmarks of the parts a call consists of: `cargo bench -p nil-bench`, or `make bench-micro`. Behind `--` a word
//! takes those whose name contains it, and `--sample-count N` more samples.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run should say where")]

mod calls;
mod guests;
mod history;
mod transcode;

/// The product's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
    history::stop();
}
