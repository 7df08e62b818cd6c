//! The `nil up` that tests share.

use std::{panic::catch_unwind, path::PathBuf, sync::OnceLock, time::Duration};

use nil_test::{NilUp, TestHttp};

/// The binary under test.
pub(crate) const NIL: &str = env!("CARGO_BIN_EXE_nil");

/// The workspace.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Started by the first test that asks; ends with the test process.
pub(crate) fn shared() -> &'static NilUp {
    static SHARED: OnceLock<Option<NilUp>> = OnceLock::new();
    // A product that does not start would not for the next test either, and each try takes its time.
    let shared = SHARED.get_or_init(|| catch_unwind(|| NilUp::start(NIL)).ok());
    shared.as_ref().expect("the shared `nil up` did not start; the first test that failed says why")
}

/// A client of [`shared`].
pub(crate) fn http() -> TestHttp {
    TestHttp::new(shared().url())
}

/// Far more than anything here takes on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(60);
