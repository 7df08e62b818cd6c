//! The error numbers preview 1 answers with. Source: WebAssembly/WASI, preview1/docs.md, `errno`.

/// An error number.
pub(in crate::host) type Errno = u32;

pub(in crate::host) const SUCCESS: Errno = 0;
pub(in crate::host) const BADF: Errno = 8;
pub(in crate::host) const FAULT: Errno = 21;
pub(in crate::host) const INVAL: Errno = 28;
pub(in crate::host) const ISDIR: Errno = 31;
pub(in crate::host) const MFILE: Errno = 33;
pub(in crate::host) const NOENT: Errno = 44;
pub(in crate::host) const NOTDIR: Errno = 54;
pub(in crate::host) const NOTSOCK: Errno = 57;
pub(in crate::host) const NOTSUP: Errno = 58;
pub(in crate::host) const ROFS: Errno = 69;
pub(in crate::host) const SPIPE: Errno = 70;
