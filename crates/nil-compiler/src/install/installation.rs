//! What is installed, judged by the files alone: cheap enough for every start and every `list`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use nil_core::{Language, ToolchainInfo};
use serde::{Deserialize, Serialize};

use super::{node::find_node, package::Package, recipe::Recipe};
use crate::toolchains::{Provision, provision};

/// Written last; a folder without it is not an installation.
pub(super) const MARKER: &str = "nil-toolchain.json";

/// A toolchain on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The language it compiles.
    pub language: Language,
    /// Where it is.
    pub dir: PathBuf,
    /// Versions of its parts, such as `assemblyscript 0.28.20, json-as 1.6.0`.
    pub version: String,
    /// Identifies recipe and pinned packages: 16 hexadecimal digits.
    pub digest: String,
}

impl Installation {
    /// A compiler that is part of this program.
    pub(super) fn built_in(language: Language, root: &Path, version: &str) -> Self {
        Self { language, dir: root.to_owned(), version: version.to_owned(), digest: version.replace(' ', "-") }
    }

    /// A package that the toolchain is made of: it is beside it.
    pub(crate) fn beside(&self, package: &Package) -> PathBuf {
        self.dir.parent().unwrap_or(&self.dir).join(package.folder())
    }

    /// As artifacts name it.
    #[must_use]
    pub fn info(&self) -> ToolchainInfo {
        ToolchainInfo { language: self.language, version: self.version.clone(), digest: self.digest.clone() }
    }
}

/// Whether a toolchain can be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolchainState {
    /// It can.
    Installed(Installation),
    /// It was never installed, or only in another version.
    Missing {
        /// The command that installs it.
        hint: String,
    },
    /// It is there but cannot work.
    Broken {
        /// What is wrong.
        why: String,
        /// What to do.
        hint: String,
    },
}

/// Looks for the toolchain of `language` below `root`. Starts no compiler.
pub async fn check(language: Language, root: &Path) -> ToolchainState {
    let recipe = match provision(language) {
        Provision::Npm(recipe) => recipe,
        Provision::Built(recipe) => {
            return super::built::state(&recipe, root).await;
        }
        Provision::BuiltIn(version) => {
            return ToolchainState::Installed(Installation::built_in(language, root, version));
        }
        Provision::Nothing(hint) => return ToolchainState::Missing { hint: hint.to_owned() },
    };
    let installation = match inspect(&recipe, &root.join(recipe.folder())) {
        Ok(Some(installation)) => installation,
        Ok(None) => return ToolchainState::Missing { hint: install_hint(language) },
        Err(why) => return ToolchainState::Broken { why, hint: install_hint(language) },
    };
    if !recipe.needs_node {
        return ToolchainState::Installed(installation);
    }
    match find_node().await {
        Ok(_) => ToolchainState::Installed(installation),
        Err(error) => {
            let text = error.to_string();
            let (why, hint) = text.split_once("; ").unwrap_or((&text, ""));
            ToolchainState::Broken { why: why.to_owned(), hint: hint.to_owned() }
        }
    }
}

pub(super) fn install_hint(language: Language) -> String {
    format!("run `nil toolchain install {language}`")
}

#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    language: Language,
    digest: String,
    version: String,
}

/// Reads a folder: an installation, none, or why it is broken.
pub(super) fn inspect(recipe: &Recipe, dir: &Path) -> Result<Option<Installation>, String> {
    if !dir.is_dir() {
        return Ok(None);
    }
    let marker = fs::read(dir.join(MARKER)).map_err(|_| format!("`{}` is incomplete", dir.display()))?;
    let marker: Marker =
        serde_json::from_slice(&marker).map_err(|_| format!("`{}` is damaged", dir.join(MARKER).display()))?;
    let version = version(recipe, dir)?;
    if marker.version != version {
        return Err(format!("it was installed as {} but holds {version}", marker.version));
    }
    for (name, content) in recipe.files {
        if fs::read(dir.join(name)).ok().as_deref() != Some(content.as_bytes()) {
            return Err(format!("`{}` was changed", dir.join(name).display()));
        }
    }
    Ok(Some(Installation { language: recipe.language, dir: dir.to_owned(), version, digest: recipe.digest() }))
}

/// Completes an installation.
pub(super) fn write_marker(recipe: &Recipe, dir: &Path, version: &str) -> std::io::Result<()> {
    let marker = Marker { language: recipe.language, digest: recipe.digest(), version: version.to_owned() };
    fs::write(dir.join(MARKER), serde_json::to_vec_pretty(&marker)?)
}

/// The versions of the packages that are really there.
pub(super) fn version(recipe: &Recipe, dir: &Path) -> Result<String, String> {
    #[derive(Deserialize)]
    struct Package {
        version: String,
    }
    let mut parts = Vec::new();
    for name in recipe.packages {
        let path = dir.join("node_modules").join(name).join("package.json");
        let package = fs::read(&path).ok().and_then(|text| serde_json::from_slice::<Package>(&text).ok());
        let package = package.ok_or_else(|| format!("package `{name}` is missing"))?;
        parts.push(format!("{name} {}", package.version));
    }
    Ok(parts.join(", "))
}
