//! The `nil up` that tests share.

use std::{path::PathBuf, sync::OnceLock, time::Duration};

use nil_test::{NilUp, TestHttp};

/// The binary under test.
pub(crate) const NIL: &str = env!("CARGO_BIN_EXE_nil");

/// The workspace.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Started by the first test that asks; ends with the test process.
pub(crate) fn shared() -> &'static NilUp {
    static SHARED: OnceLock<NilUp> = OnceLock::new();
    SHARED.get_or_init(|| NilUp::start(NIL))
}

/// A client of [`shared`].
pub(crate) fn http() -> TestHttp {
    TestHttp::new(shared().url())
}

/// Far more than anything here takes on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(60);
