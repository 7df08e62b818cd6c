//! What the service and the launcher of a box tell each other: one message a packet, over a socket that only the
//! two of them have. Once the program runs, nobody in the box holds the socket any more.

use std::{ffi::OsString, fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

/// Everything the launcher has to know. The program's standard descriptors come with it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) program: PathBuf,
    pub(super) args: Vec<OsString>,
    pub(super) env: Vec<(OsString, OsString)>,
    /// Exist and are absolute.
    pub(super) read_only: Vec<PathBuf>,
    /// A private folder of the service: the scratch folder itself, or where the box's own tree is put together.
    pub(super) folder: PathBuf,
    pub(super) scratch_bytes: u64,
    pub(super) threads: u64,
    pub(super) open_files: u64,
    pub(super) cpu_seconds: u64,
    /// Means to do without, as if this machine did not have them.
    pub(super) without: Vec<Means>,
}

/// The second message of the service: the scratch folder is as the program shall find it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Go;

/// What the launcher answers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// The box stands and the program has not started. The scratch folder's descriptor comes with it.
    Ready(Standing),
    /// The box could not be put up, or the program could not be started in it.
    Failed {
        /// What was being done.
        step: String,
        /// What the system said.
        error: String,
        /// The program itself could not be executed; everything else was fine.
        program: bool,
    },
}

/// How a box stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// The scratch folder is a file system of its own, with its own size.
    pub(super) own_scratch: bool,
    /// The user by which its processes are told from others, where no PID namespace holds them together.
    pub(super) own_user: Option<u32>,
    /// How each means was applied, or why not.
    pub(super) means: Vec<(Means, Result<String, String>)>,
}

impl Standing {
    /// How `means` was applied, or why not.
    pub(super) fn of(&self, means: Means) -> Result<&str, &str> {
        let found = self.means.iter().find(|(found, _)| *found == means);
        found.map_or(Err("it was not tried"), |(_, how)| how.as_deref().map_err(String::as_str))
    }
}

/// Something of the kernel's that boxes are made of. Each is used as far as the machine has it; what that is worth
/// is for the self-test to find out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Means {
    /// Mount, PID, network, IPC and UTS namespaces, and a user namespace where this is not root.
    Namespaces,
    /// A file tree of its own.
    Mounts,
    /// A `/proc` of its own.
    Proc,
    /// A user other than the service's.
    User,
    /// Landlock.
    Landlock,
    /// A filter of system calls.
    Seccomp,
    /// Control groups. The service's matter, not the launcher's.
    Cgroup,
}

impl fmt::Display for Means {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Namespaces => "namespaces",
            Self::Mounts => "own file tree",
            Self::Proc => "own /proc",
            Self::User => "own user",
            Self::Landlock => "Landlock",
            Self::Seccomp => "system call filter",
            Self::Cgroup => "control group",
        })
    }
}
