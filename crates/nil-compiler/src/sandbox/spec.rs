//! What runs in a box and what the box allows it: the part of a toolchain that the sandbox needs to know.

use std::{ffi::OsString, path::PathBuf, time::Duration};

/// A program and its box. Everything that is not named here, and is not one of the system's shared libraries, is
/// not there for the program: no file, no variable, no network, no other process.
#[derive(Debug, Clone)]
pub struct BoxSpec {
    /// The program, absolute; `/proc/self/exe` for this very one. It and the files it is linked with can be read and executed.
    pub program: PathBuf,
    /// Its arguments, without its name.
    pub args: Vec<OsString>,
    /// Files and folders it may read and execute, absolute, under the same paths as outside. Those that do not
    /// exist are left out.
    pub read_only: Vec<PathBuf>,
    /// Its environment, besides `HOME` and `TMPDIR`, which name its scratch folder and working directory.
    pub env: Vec<(OsString, OsString)>,
    /// What it may use.
    pub limits: BoxLimits,
}

/// What a box may use over its life. A resident worker's jobs have limits of their own, within these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoxLimits {
    /// Memory of all its processes together, in bytes. Enforced by the kernel where there is a cgroup to do it;
    /// watched from outside everywhere.
    pub memory_bytes: u64,
    /// Processes at the same time, the program included. Watched from outside.
    pub processes: usize,
    /// Threads of all processes together: the kernel refuses one more. A fork bomb stops here until it is seen.
    pub threads: u64,
    /// Files in its scratch folder, in bytes.
    pub scratch_bytes: u64,
    /// Open descriptors of each process.
    pub open_files: u64,
    /// Processor time of each process, in seconds.
    pub cpu_seconds: u64,
}

/// One run of a program from start to end.
#[derive(Debug, Clone)]
pub struct Run<'a> {
    /// Written to its standard input, which is then closed.
    pub stdin: &'a [u8],
    /// Files put into its scratch folder before it starts: relative paths without `.` or `..`, and contents.
    /// Folders on the way are made.
    pub files: &'a [(&'a str, &'a [u8])],
    /// Wall-clock time; when it is over, the box is ended with everything in it.
    pub timeout: Duration,
    /// Bytes kept of each of its two outputs. When one of them passes sixteen times that, the box is ended.
    pub output_bytes: usize,
}
