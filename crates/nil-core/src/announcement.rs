//! What a compiler service says about itself, again every few seconds, for as long as it lives.

use serde::{Deserialize, Serialize};

use crate::{ids::CompilerId, language::Language};

/// One compiler service as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CompilerAnnouncement {
    /// Which one: a fresh id for each start.
    pub id: CompilerId,
    /// Where it runs, for people.
    pub host: String,
    /// Whether it takes jobs.
    pub state: CompilerState,
    /// Why it refuses jobs, or what an operator should know; each a sentence that names the layer or the part.
    #[serde(default)]
    pub problems: Vec<String>,
    /// The languages it was asked to serve, and whether it can.
    pub toolchains: Vec<AnnouncedToolchain>,
}

/// Whether a compiler service takes jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CompilerState {
    /// It takes jobs of the languages whose toolchains it has.
    Serving,
    /// It takes none until an operator acts: its sandbox does not hold.
    Refusing,
}

/// One language of a compiler service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnnouncedToolchain {
    /// The language.
    pub language: Language,
    /// Whether it is there.
    pub state: AnnouncedState,
    /// Versions of its parts, if it is installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Identifies it exactly, if it is installed: equal sources become equal modules where this is equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// What is wrong and what to do, if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// Whether a toolchain is on a compiler's machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnnouncedState {
    /// It is.
    Installed,
    /// It is not, or it is broken.
    Absent,
}

impl CompilerAnnouncement {
    /// Whether jobs of `language` are taken.
    #[must_use]
    pub fn serves(&self, language: Language) -> bool {
        self.state == CompilerState::Serving && self.installed(language).is_some()
    }

    /// The toolchain of `language`, if it is installed.
    #[must_use]
    pub fn installed(&self, language: Language) -> Option<&AnnouncedToolchain> {
        self.toolchains
            .iter()
            .find(|toolchain| toolchain.language == language && toolchain.state == AnnouncedState::Installed)
    }
}
