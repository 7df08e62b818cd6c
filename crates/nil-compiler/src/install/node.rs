//! Finds Node.js on `PATH` and checks that it is new enough. Installs nothing.

use std::{
    env,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::process::Command;

use super::command::run;

/// The oldest major version the pinned packages run on.
const LEAST_MAJOR: u32 = 20;

/// What Node.js reads besides its program and libraries, where there is such a thing: Debian keeps parts of it in a
/// folder, and its cryptography wants a configuration.
pub(crate) const NODE_READS: &[&str] = &["/usr/share/nodejs", "/etc/ssl/openssl.cnf"];

/// What to do about it.
const HOW_TO_GET_NODE: &str = "install Node.js 20 or later with npm (on Debian 13 or Ubuntu 25.04 and later: `apt-get install nodejs npm`; elsewhere with nvm)";

/// Node.js or npm is not usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NodeError {
    /// Not on `PATH`.
    #[error("`{program}` is not on PATH; {HOW_TO_GET_NODE}")]
    Missing {
        /// `node` or `npm`.
        program: &'static str,
    },
    /// Older than the packages need.
    #[error("`{}` is Node.js {found}; {HOW_TO_GET_NODE}", path.display())]
    TooOld {
        /// Where it is.
        path: PathBuf,
        /// Its version.
        found: String,
    },
    /// It does not run.
    #[error("`{} --version` failed: {why}; {HOW_TO_GET_NODE}", path.display())]
    Broken {
        /// Where it is.
        path: PathBuf,
        /// What happened.
        why: String,
    },
}

/// The path of a Node.js that is new enough.
pub(crate) async fn find_node() -> Result<PathBuf, NodeError> {
    let path = find_program("node", env::var_os("PATH").as_deref())?;
    let mut command = Command::new(&path);
    command.arg("--version");
    let broken = |why: String| NodeError::Broken { path: path.clone(), why };
    let output = run(command, Duration::from_secs(15)).await.map_err(|error| broken(error.to_string()))?;
    if !output.success {
        return Err(broken(output.stderr.trim().to_owned()));
    }
    let found = output.stdout.trim().trim_start_matches('v').to_owned();
    match found.split('.').next().and_then(|major| major.parse::<u32>().ok()) {
        Some(major) if major >= LEAST_MAJOR => Ok(path),
        Some(_) => Err(NodeError::TooOld { path, found }),
        None => Err(broken(format!("it printed `{}`", nil_core::escape_control(&found)))),
    }
}

/// The path of npm.
pub(super) fn find_npm() -> Result<PathBuf, NodeError> {
    find_program("npm", env::var_os("PATH").as_deref())
}

/// Searches a list of folders as a shell would. Links are kept: npm finds itself through the one it has.
fn find_program(program: &'static str, path: Option<&std::ffi::OsStr>) -> Result<PathBuf, NodeError> {
    path.into_iter()
        .flat_map(env::split_paths)
        .map(|folder| folder.join(program))
        .find(|candidate| is_executable(candidate))
        .ok_or(NodeError::Missing { program })
}

fn is_executable(path: &Path) -> bool {
    path.is_absolute()
        && path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named_with_what_to_install() {
        let empty = tempfile::tempdir().expect("a temporary folder");
        let error = find_program("node", Some(empty.path().as_os_str())).expect_err("the folder is empty");
        assert!(error.to_string().starts_with("`node` is not on PATH; install Node.js 20"), "{error}");
    }

    #[test]
    fn only_executable_files_count() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("node");
        std::fs::write(&file, "").expect("write");
        assert!(find_program("node", Some(folder.path().as_os_str())).is_err());
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("chmod");
        assert_eq!(find_program("node", Some(folder.path().as_os_str())), Ok(file));
    }
}
