//! As whom a toolchain process runs. A service that is root gives root up for its toolchains where it can.

use std::{fmt, fs, os::unix::fs::PermissionsExt, path::Path};

/// `nobody` and `nogroup` on every distribution that has them; a number needs no entry in `/etc/passwd`.
const NOBODY: u32 = 65_534;

/// Capabilities needed to become another user and still look after it: `CHOWN`, `DAC_OVERRIDE`, `FOWNER`,
/// `KILL`, `SETGID`, `SETUID`, by their numbers in `capabilities(7)`.
const NEEDED_CAPABILITIES: &[u32] = &[0, 1, 3, 5, 6, 7];

/// As whom a toolchain process runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// As the service itself, which is not root.
    Same,
    /// The service is root; the toolchain runs as this user and group without further groups.
    Dropped {
        /// Numeric user and group id.
        id: u32,
    },
    /// The service is root and the toolchain has to be, too.
    Root {
        /// Why another user would not do, and what to change.
        why: String,
    },
}

impl Identity {
    /// Chooses the identity for a toolchain that must read `paths`.
    #[must_use]
    pub(super) fn choose(paths: &[&Path]) -> Self {
        if !rustix::process::geteuid().is_root() {
            return Self::Same;
        }
        match obstacle(paths) {
            None => Self::Dropped { id: NOBODY },
            Some(why) => Self::Root { why },
        }
    }

    /// The user and group id to change to, if any.
    #[must_use]
    pub(super) fn change_to(&self) -> Option<u32> {
        match self {
            Self::Dropped { id } => Some(*id),
            Self::Same | Self::Root { .. } => None,
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same => f.write_str("as the current user"),
            Self::Dropped { id } => write!(f, "as user and group {id}"),
            Self::Root { why } => write!(f, "as root, because {why}"),
        }
    }
}

fn obstacle(paths: &[&Path]) -> Option<String> {
    for map in ["/proc/self/uid_map", "/proc/self/gid_map"] {
        if !fs::read_to_string(map).is_ok_and(|text| maps(&text, NOBODY)) {
            return Some(format!("this user namespace does not have the id {NOBODY}; map at least 65,536 ids"));
        }
    }
    if !fs::read_to_string("/proc/self/status").is_ok_and(|text| has_capabilities(&text)) {
        return Some(
            "capabilities are missing; grant CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID and SETUID, or do not run as root"
                .to_owned(),
        );
    }
    paths.iter().find_map(|path| unreadable(path))
}

/// Whether a line of `inside outside count` covers `id`.
fn maps(map: &str, id: u32) -> bool {
    map.lines().any(|line| {
        let numbers: Vec<u64> = line.split_ascii_whitespace().filter_map(|number| number.parse().ok()).collect();
        matches!(numbers[..], [first, _, count] if (first..first + count).contains(&u64::from(id)))
    })
}

fn has_capabilities(status: &str) -> bool {
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let bits = effective.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or(0);
    NEEDED_CAPABILITIES.iter().all(|capability| bits >> capability & 1 == 1)
}

/// The first folder or file on the way to `path` that "others" may not pass or read.
fn unreadable(path: &Path) -> Option<String> {
    let Ok(real) = path.canonicalize() else {
        return Some(format!("`{}` does not exist", path.display()));
    };
    for (depth, part) in real.ancestors().enumerate() {
        let metadata = fs::metadata(part).ok();
        let mode = metadata.as_ref().map_or(0, |metadata| metadata.permissions().mode());
        let needed = match (depth, metadata.is_some_and(|metadata| metadata.is_dir())) {
            (0, true) => 0o005,
            (0, false) => 0o004,
            _ => 0o001,
        };
        if mode & needed != needed {
            return Some(format!(
                "`{}` is closed to other users; keep toolchains in a folder they may enter, or do not run as root",
                part.display()
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_map_covers_what_lies_in_its_ranges() {
        assert!(maps("         0          0 4294967295\n", NOBODY));
        assert!(maps("0 100000 65536\n", NOBODY));
        assert!(!maps("0 1000 1\n", NOBODY));
        assert!(!maps("", NOBODY));
    }

    #[test]
    fn a_capability_less_root_is_recognised() {
        assert!(has_capabilities("Name:\tx\nCapEff:\t000001fffeffffff\n"));
        assert!(has_capabilities("CapEff:\t00000000a80425fb\n"), "the default set of containers");
        assert!(!has_capabilities("CapEff:\t0000000000000000\n"));
    }

    #[test]
    fn a_closed_folder_on_the_way_is_named() {
        let outer = tempfile::tempdir().expect("a temporary folder");
        let inner = outer.path().join("inner");
        fs::create_dir(&inner).expect("a folder");
        fs::set_permissions(&inner, fs::Permissions::from_mode(0o755)).expect("chmod");
        fs::set_permissions(outer.path(), fs::Permissions::from_mode(0o700)).expect("chmod");
        let why = unreadable(&inner).expect("the outer folder is closed");
        assert!(why.contains(&*outer.path().canonicalize().expect("exists").to_string_lossy()), "{why}");
        fs::set_permissions(outer.path(), fs::Permissions::from_mode(0o711)).expect("chmod");
        assert_eq!(unreadable(&inner), None);
    }
}
