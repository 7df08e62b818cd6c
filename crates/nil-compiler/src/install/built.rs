//! Recipes whose toolchain is built here from pinned packages, such as a C library from its source. Built where it
//! stays, because compilers note where they found things; the marker is written last.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use nil_core::Language;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    InstallError, InstallStep, Installation, RecipeFile, ToolchainState,
    installation::{MARKER, install_hint},
    lock::InstallLock,
    npm::{UNFINISHED, open_for_readers, remove_unfinished, write_files},
    package::{self, Package},
    prune::remove_others,
};
use crate::toolchain::BoxFuture;

/// How to install a toolchain that is built.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BuiltRecipe {
    pub(crate) language: Language,
    /// Files of ours.
    pub(crate) files: &'static [RecipeFile],
    pub(crate) packages: &'static [Package],
    /// How sources are compiled later: it decides what comes out as much as the compiler does.
    pub(crate) settings: &'static [&'static [&'static str]],
    /// What it takes of this machine: its versions, as part of the toolchain's own; or what is missing, and what to do.
    /// Given the folder of all toolchains, where an installation may have noted what it was built with.
    pub(crate) machine: for<'a> fn(&'a Path) -> BoxFuture<'a, Result<String, Needs>>,
    pub(crate) build: for<'a> fn(&'a Build<'a>) -> BoxFuture<'a, Result<(), String>>,
}

/// Something of the machine's that a toolchain needs and does not find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Needs {
    pub(crate) why: String,
    pub(crate) hint: String,
}

/// For recipes that take nothing of the machine.
pub(crate) fn nothing(_: &Path) -> BoxFuture<'_, Result<String, Needs>> {
    Box::pin(async { Ok(String::new()) })
}

/// What a recipe builds with.
pub(crate) struct Build<'a> {
    /// Where the toolchain is and stays; our files are there.
    pub(crate) dir: &'a Path,
    /// For what is not kept.
    pub(crate) scratch: &'a Path,
    root: &'a Path,
    progress: &'a (dyn Fn(InstallStep) + Send + Sync),
}

impl Build<'_> {
    /// Where a package is.
    pub(crate) fn package(&self, package: &Package) -> PathBuf {
        self.root.join(package.folder())
    }

    /// Tells what is being built.
    pub(crate) fn say(&self, what: &'static str) {
        (self.progress)(InstallStep::Building { what });
    }
}

/// A recipe on this machine.
struct Here<'a> {
    recipe: &'a BuiltRecipe,
    version: String,
    digest: String,
}

impl<'a> Here<'a> {
    async fn of(recipe: &'a BuiltRecipe, root: &Path) -> Result<Self, Needs> {
        let machine = (recipe.machine)(root).await?;
        let mut hasher = Sha256::new();
        let mut add = |part: &str| {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        };
        add(&machine);
        for (name, content) in recipe.files {
            add(name);
            add(content);
        }
        for package in recipe.packages {
            add(&package.folder());
            add(package.archive().map_or("", |archive| archive.sha256));
        }
        for word in recipe.settings.iter().copied().flatten() {
            add(word);
        }
        let digest = hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let packages = recipe.packages.iter().map(|package| format!("{} {}", package.name, package.version));
        let machine = machine.lines().next().map(str::to_owned);
        let version =
            machine.into_iter().filter(|line| !line.is_empty()).chain(packages).collect::<Vec<_>>().join(", ");
        Ok(Self { recipe, version, digest })
    }

    fn dir(&self, root: &Path) -> PathBuf {
        root.join(format!("{}-{}", self.recipe.language, self.digest))
    }

    fn installation(&self, root: &Path) -> Installation {
        let (version, digest) = (self.version.clone(), self.digest.clone());
        Installation { language: self.recipe.language, dir: self.dir(root), version, digest }
    }

    /// Reads the folder: an installation, none, or why it is broken.
    fn inspect(&self, root: &Path) -> Result<Option<Installation>, String> {
        let dir = self.dir(root);
        if !dir.is_dir() {
            return Ok(None);
        }
        let marker = fs::read(dir.join(MARKER)).map_err(|_| format!("`{}` is incomplete", dir.display()))?;
        let marker: BuiltMarker =
            serde_json::from_slice(&marker).map_err(|_| format!("`{}` is damaged", dir.join(MARKER).display()))?;
        if marker.digest != self.digest {
            return Err(format!("`{}` is another toolchain", dir.display()));
        }
        for (name, content) in self.recipe.files {
            if fs::read(dir.join(name)).ok().as_deref() != Some(content.as_bytes()) {
                return Err(format!("`{}` was changed", dir.join(name).display()));
            }
        }
        if let Some(missing) = marker.packages.iter().find(|package| !root.join(package).is_dir()) {
            return Err(format!("`{}` is missing", root.join(missing).display()));
        }
        Ok(Some(self.installation(root)))
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct BuiltMarker {
    language: Language,
    digest: String,
    version: String,
    /// Folders beside the toolchain's that it needs.
    packages: Vec<String>,
}

/// Looks for the toolchain below `root`.
pub(super) async fn state(recipe: &BuiltRecipe, root: &Path) -> ToolchainState {
    let hint = install_hint(recipe.language);
    let here = match Here::of(recipe, root).await {
        Ok(here) => here,
        Err(Needs { why, hint: first }) => {
            return ToolchainState::Missing { hint: format!("{why}: {first}; then {hint}") };
        }
    };
    match here.inspect(root) {
        Ok(Some(installation)) => ToolchainState::Installed(installation),
        Ok(None) => ToolchainState::Missing { hint },
        Err(why) => ToolchainState::Broken { why, hint },
    }
}

pub(super) async fn install(
    recipe: &BuiltRecipe,
    root: &Path,
    progress: &(dyn Fn(InstallStep) + Send + Sync),
) -> Result<Installation, InstallError> {
    let language = recipe.language;
    let here = Here::of(recipe, root).await.map_err(|needs| InstallError::Needs {
        language,
        why: needs.why,
        hint: needs.hint,
    })?;
    if let Ok(Some(installation)) = here.inspect(root) {
        return Ok(installation);
    }
    let failed = |source| InstallError::Files { path: root.to_owned(), source };
    fs::create_dir_all(root).map_err(failed)?;
    // Paths are noted by compilers, and those that lead through links are noted as they are.
    let root = &fs::canonicalize(root).map_err(failed)?;
    let _lock = InstallLock::acquire(root, || progress(InstallStep::WaitingForAnotherInstall)).await.map_err(failed)?;
    if let Ok(Some(installation)) = here.inspect(root) {
        return Ok(installation);
    }
    remove_unfinished(root);
    for package in recipe.packages {
        package::provide(package, root, progress).await?;
    }
    progress(InstallStep::WritingRecipe);
    let dir = here.dir(root);
    if dir.exists() {
        // Broken, or it would have been used.
        let aside = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(root).map_err(failed)?;
        fs::rename(&dir, aside.path().join("broken")).map_err(failed)?;
    }
    fs::create_dir(&dir).map_err(failed)?;
    write_files(recipe.files, &dir).map_err(failed)?;
    let scratch = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(root).map_err(failed)?;
    let build = Build { dir: &dir, scratch: scratch.path(), root, progress };
    if let Err(why) = (recipe.build)(&build).await {
        let _ = fs::remove_dir_all(&dir);
        return Err(InstallError::Build { language, why });
    }
    progress(InstallStep::Verifying);
    complete(&here, root, &dir).map_err(failed)?;
    remove_others(language, &dir, root, SystemTime::now());
    remove_unused_packages(recipe, root);
    here.inspect(root)
        .and_then(|found| found.ok_or_else(|| "it is gone again".to_owned()))
        .map_err(|why| InstallError::Incomplete { why, dir: dir.clone() })
}

/// Everything is on disk before the marker, so that no crash leaves one on half an installation.
fn complete(here: &Here<'_>, root: &Path, dir: &Path) -> std::io::Result<()> {
    open_for_readers(dir)?;
    rustix::fs::syncfs(fs::File::open(dir)?)?;
    let marker = BuiltMarker {
        language: here.recipe.language,
        digest: here.digest.clone(),
        version: here.version.clone(),
        packages: here.recipe.packages.iter().map(Package::folder).collect(),
    };
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(root)?;
    std::io::Write::write_all(&mut file, &serde_json::to_vec_pretty(&marker)?)?;
    file.persist(dir.join(MARKER))?;
    open_for_readers(dir)
}

/// Removes packages that no installation needs any more. The caller holds the install lock.
fn remove_unused_packages(recipe: &BuiltRecipe, root: &Path) {
    let mut needed: BTreeSet<String> = recipe.packages.iter().map(Package::folder).collect();
    let mut found = Vec::new();
    for entry in fs::read_dir(root).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(package::PREFIX) {
            found.push(name);
        } else if let Ok(marker) = fs::read(entry.path().join(MARKER))
            && let Ok(marker) = serde_json::from_slice::<BuiltMarker>(&marker)
        {
            needed.extend(marker.packages);
        }
    }
    for name in found.iter().filter(|name| !needed.contains(*name)) {
        match fs::remove_dir_all(root.join(name)) {
            Ok(()) => tracing::info!(name, "removed a package that nothing needs any more"),
            Err(error) => tracing::warn!(name, %error, "cannot remove a package that nothing needs any more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: BuiltRecipe = BuiltRecipe {
        language: Language::Wat,
        files: &[("a/b.txt", "b")],
        packages: &[],
        settings: &[&["-O2"]],
        machine: nothing,
        build: |build| {
            Box::pin(async move {
                build.say("a library");
                fs::copy(build.dir.join("a/b.txt"), build.dir.join("lib")).map(drop).map_err(|error| error.to_string())
            })
        },
    };

    async fn digest(recipe: &BuiltRecipe) -> String {
        Here::of(recipe, Path::new("/")).await.expect("it needs nothing").digest
    }

    #[tokio::test]
    async fn it_is_built_once_and_again_when_it_is_damaged() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let root = home.path().join("not/yet/there");
        assert!(matches!(state(&RECIPE, &root).await, ToolchainState::Missing { .. }));
        let steps = std::sync::Mutex::new(Vec::new());
        let say = |step: InstallStep| steps.lock().expect("unpoisoned").push(step.to_string());
        let first = install(&RECIPE, &root, &say).await.expect("installed");
        assert!(steps.lock().expect("unpoisoned").contains(&"building a library".to_owned()));
        assert_eq!(fs::read(first.dir.join("lib")).expect("built"), b"b");
        assert_eq!(state(&RECIPE, &root).await, ToolchainState::Installed(first.clone()));

        fs::remove_file(first.dir.join("lib")).expect("removed");
        assert_eq!(install(&RECIPE, &root, &|_| ()).await.expect("found"), first);
        assert!(!first.dir.join("lib").exists(), "it was there, as far as its marker says");
        fs::write(first.dir.join("a/b.txt"), "c").expect("changed");
        let broken = state(&RECIPE, &root).await;
        let ToolchainState::Broken { why, .. } = &broken else { panic!("{broken:?}") };
        assert!(why.contains("was changed"), "{why}");
        assert_eq!(install(&RECIPE, &root, &|_| ()).await.expect("installed again"), first);
        assert!(first.dir.join("lib").exists());
    }

    #[tokio::test]
    async fn what_fails_to_build_leaves_nothing() {
        const FAILS: BuiltRecipe =
            BuiltRecipe { build: |_| Box::pin(async { Err("no such compiler".to_owned()) }), ..RECIPE };
        let home = tempfile::tempdir().expect("a temporary folder");
        let error = install(&FAILS, home.path(), &|_| ()).await.expect_err("it fails").to_string();
        assert!(error.contains("no such compiler"), "{error}");
        let left: Vec<_> = fs::read_dir(home.path()).expect("a folder").flatten().map(|it| it.file_name()).collect();
        assert_eq!(left, [".lock"]);
    }

    #[tokio::test]
    async fn the_digest_follows_everything_that_decides_what_comes_out() {
        let first = digest(&RECIPE).await;
        assert_eq!((first.len(), &digest(&RECIPE).await), (16, &first));
        fn machine(_: &Path) -> BoxFuture<'_, Result<String, Needs>> {
            Box::pin(async { Ok("rustc 1".to_owned()) })
        }
        for other in [
            BuiltRecipe { files: &[("a/b.txt", "c")], ..RECIPE },
            BuiltRecipe { settings: &[&["-O3"]], ..RECIPE },
            BuiltRecipe { machine, ..RECIPE },
        ] {
            assert_ne!(digest(&other).await, first);
        }
    }
}
