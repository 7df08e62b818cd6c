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
    // The compiler's box starts this program once more, as its launcher.
    if let Some(code) = nil_compiler::box_main() {
        std::process::exit(code);
    }
    divan::main();
    history::stop();
}
