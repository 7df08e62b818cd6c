//! The compilers that take a while to install, in their boxes, given good, wrong and hostile sources.
//!
//! `NIL_TEST_LANGUAGES="c zig"` says which are tested; `make test-languages` installs them and sets it. Others are
//! skipped, which the script says at its end.

#![expect(clippy::print_stderr, reason = "what is skipped is said, and the figures are shown with --nocapture")]

mod bench;
mod c;
mod cpp;
mod go;
mod rust;
mod zig;

/// Test programs are their own launchers, as `nil` is: before the harness starts, and with it threads.
#[ctor::ctor]
fn be_a_launcher() {
    if let Some(code) = nil_compiler::box_main() {
        std::process::exit(code);
    }
}
