//! The error numbers preview 1 answers with. Source: WebAssembly/WASI, preview1/docs.md, `errno`.

/// An error number.
pub(super) type Errno = u32;

pub(super) const SUCCESS: Errno = 0;
pub(super) const BADF: Errno = 8;
pub(super) const FAULT: Errno = 21;
pub(super) const INVAL: Errno = 28;
pub(super) const NOTDIR: Errno = 54;
pub(super) const NOTSOCK: Errno = 57;
pub(super) const NOTSUP: Errno = 58;
pub(super) const SPIPE: Errno = 70;
