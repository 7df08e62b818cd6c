//! Installs a recipe whose packages come from npm. All or nothing: a folder appears under its name only when
//! it is complete.

use std::{
    fmt, fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use nil_core::{Language, escape_control, truncate_to_char_boundary};
use tokio::process::Command;

use super::{
    command::run,
    installation::{Installation, inspect, version, write_marker},
    lock::InstallLock,
    node::{NodeError, find_node, find_npm},
    prune::remove_superseded,
    recipe::{Recipe, RecipeFile},
};
use crate::toolchains::{Provision, provision};

/// Fetching some 30 MB; a slow line needs a minute or two.
const NPM_TIMEOUT: Duration = Duration::from_secs(600);

/// What an installation is doing. Displays as a person reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstallStep {
    /// Another process installs below the same root.
    WaitingForAnotherInstall,
    /// Writing the files that come with this binary.
    WritingRecipe,
    /// Fetching the pinned packages.
    FetchingPackages,
    /// Checking what arrived.
    Verifying,
    /// Fetching one pinned archive.
    FetchingPackage {
        /// Its name.
        name: &'static str,
        /// MiB that have arrived.
        fetched_mb: u64,
        /// MiB that it has, where the other side says so.
        total_mb: Option<u64>,
    },
    /// Unpacking it.
    Unpacking {
        /// Its name.
        name: &'static str,
    },
    /// Building a part of the toolchain.
    Building {
        /// Which.
        what: &'static str,
    },
}

impl fmt::Display for InstallStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WaitingForAnotherInstall => f.write_str("waiting for another installation to finish"),
            Self::WritingRecipe => f.write_str("writing the toolchain's files"),
            Self::FetchingPackages => f.write_str("fetching packages with npm"),
            Self::Verifying => f.write_str("verifying the installation"),
            Self::FetchingPackage { name, fetched_mb, total_mb: Some(total_mb) } => {
                write!(f, "fetching {name}: {fetched_mb} of {total_mb} MiB")
            }
            Self::FetchingPackage { name, fetched_mb, total_mb: None } => {
                write!(f, "fetching {name}: {fetched_mb} MiB")
            }
            Self::Unpacking { name } => write!(f, "unpacking {name}"),
            Self::Building { what } => write!(f, "building {what}"),
        }
    }
}

/// A toolchain could not be installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// The language has no toolchain.
    #[error("there is no toolchain for `{language}`: {why}")]
    Nothing {
        /// The language.
        language: Language,
        /// What to do instead.
        why: &'static str,
    },
    /// Node.js or npm is not there, or too old.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The folder cannot be written.
    #[error("cannot write `{}`; check that the folder is yours and the disk has space", path.display())]
    Files {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// npm did not get the packages.
    #[error("npm could not fetch the packages: {why}; check the network and npm's registry and proxy settings")]
    Npm {
        /// What npm said, shortened.
        why: String,
    },
    /// A pinned archive cannot be had.
    #[error("cannot fetch the package `{name}` {version}: {why}; check the network, and `HTTPS_PROXY` behind a proxy")]
    Package {
        /// Its name.
        name: &'static str,
        /// Its version.
        version: &'static str,
        /// What went wrong.
        why: String,
    },
    /// The machine lacks something.
    #[error("the `{language}` toolchain cannot be installed: {why}; {hint}")]
    Needs {
        /// The language.
        language: Language,
        /// What is missing.
        why: String,
        /// What to do.
        hint: String,
    },
    /// A part of the toolchain cannot be built.
    #[error("the `{language}` toolchain cannot be built: {why}")]
    Build {
        /// The language.
        language: Language,
        /// What the compiler said, shortened.
        why: String,
    },
    /// npm succeeded, but what is there is not what the recipe asks for.
    #[error("the installed toolchain is not complete: {why}; remove `{}` and install again", dir.display())]
    Incomplete {
        /// What is missing.
        why: String,
        /// Where it would have been.
        dir: PathBuf,
    },
}

/// Installs the toolchain of `language` below `root`, or finds that it is there. Any number of processes may
/// try at once. `progress` hears each step as it begins.
///
/// # Errors
/// When Node.js or npm is missing, the disk refuses, or the packages cannot be fetched. Nothing half-done stays.
pub async fn install(
    language: Language,
    root: &Path,
    progress: &(dyn Fn(InstallStep) + Send + Sync),
) -> Result<Installation, InstallError> {
    match provision(language) {
        Provision::Npm(recipe) => install_recipe(&recipe, root, progress).await,
        Provision::Built(recipe) => super::built::install(&recipe, root, progress).await,
        Provision::BuiltIn(version) => Ok(Installation::built_in(language, root, version)),
        Provision::Nothing(why) => Err(InstallError::Nothing { language, why }),
    }
}

pub(super) async fn install_recipe(
    recipe: &Recipe,
    root: &Path,
    progress: &(dyn Fn(InstallStep) + Send + Sync),
) -> Result<Installation, InstallError> {
    find_node().await?;
    let target = root.join(recipe.folder());
    if let Ok(Some(installation)) = inspect(recipe, &target) {
        return Ok(installation);
    }
    let npm = find_npm()?;
    let failed = |source| InstallError::Files { path: root.to_owned(), source };
    fs::create_dir_all(root).map_err(failed)?;
    let _lock = InstallLock::acquire(root, || progress(InstallStep::WaitingForAnotherInstall)).await.map_err(failed)?;
    if let Ok(Some(installation)) = inspect(recipe, &target) {
        return Ok(installation);
    }
    remove_unfinished(root);
    // Dropped on every failure below, and then removed.
    let stage = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(root).map_err(failed)?;
    progress(InstallStep::WritingRecipe);
    write_files(recipe.files, stage.path()).map_err(failed)?;
    progress(InstallStep::FetchingPackages);
    npm_ci(&npm, stage.path()).await?;
    progress(InstallStep::Verifying);
    let incomplete = |why| InstallError::Incomplete { why, dir: target.clone() };
    let found = version(recipe, stage.path()).map_err(incomplete)?;
    write_marker(recipe, stage.path(), &found).map_err(failed)?;
    publish(stage, &target).map_err(failed)?;
    remove_superseded(recipe, root, SystemTime::now());
    inspect(recipe, &target).map_err(incomplete)?.ok_or_else(|| incomplete("it is gone again".to_owned()))
}

pub(super) fn write_files(files: &[RecipeFile], dir: &Path) -> io::Result<()> {
    for (name, content) in files {
        let path = dir.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, content)?;
    }
    Ok(())
}

/// Folders of installations that were killed begin so; their lock is free by now.
pub(super) const UNFINISHED: &str = ".installing-";

pub(super) fn remove_unfinished(root: &Path) {
    for entry in fs::read_dir(root).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED)
            && let Err(error) = fs::remove_dir_all(entry.path())
        {
            tracing::warn!(path = %entry.path().display(), %error, "cannot remove an unfinished installation");
        }
    }
}

async fn npm_ci(npm: &Path, dir: &Path) -> Result<(), InstallError> {
    let mut command = Command::new(npm);
    command
        .args(["ci", "--ignore-scripts", "--omit=dev", "--prefer-offline", "--no-audit", "--no-fund"])
        .args(["--no-update-notifier", "--loglevel=error"])
        .current_dir(dir);
    let output = run(command, NPM_TIMEOUT).await.map_err(|error| InstallError::Npm { why: error.to_string() })?;
    if output.success {
        return Ok(());
    }
    let said = if output.stderr.trim().is_empty() { &output.stdout } else { &output.stderr };
    Err(InstallError::Npm { why: escape_control(truncate_to_char_boundary(said.trim(), 500)) })
}

/// Gives the finished folder its name. Everything is on disk before, so that no crash leaves a name on half
/// an installation.
fn publish(stage: tempfile::TempDir, target: &Path) -> io::Result<()> {
    open_for_readers(stage.path())?;
    let synced = fs::File::open(stage.path())?;
    rustix::fs::syncfs(&synced)?;
    if target.exists() {
        // Broken, or it would have been used: out of the way first, since a full folder cannot be replaced.
        let parent = target.parent().unwrap_or(target);
        let aside = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(parent)?;
        fs::rename(target, aside.path().join("broken"))?;
    }
    fs::rename(stage.path(), target)?;
    // Its old name is free again: nothing is left to remove.
    let _ = stage.keep();
    Ok(())
}

/// A service that is root runs its toolchains as another user, who must be able to read them whatever the
/// umask was.
pub(super) fn open_for_readers(dir: &Path) -> io::Result<()> {
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        add_mode(&dir, 0o055)?;
        for entry in fs::read_dir(&dir)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                open.push(entry.path());
            } else if kind.is_file() {
                add_mode(&entry.path(), 0o044)?;
            }
        }
    }
    Ok(())
}

fn add_mode(path: &Path, bits: u32) -> io::Result<()> {
    let mut permissions = fs::metadata(path)?.permissions();
    let mode = (permissions.mode() | bits) & !0o022;
    if mode != permissions.mode() {
        permissions.set_mode(mode);
        fs::set_permissions(path, permissions)?;
    }
    Ok(())
}
