//! Which languages can be deployed, judged by what compiler services say about themselves.

use std::{collections::BTreeSet, time::Duration};

use nil_api::{LanguageInfo, LanguageState, ProblemKind};
use nil_core::{CompilerState, Language};
use nil_store::{Builders, SeenCompiler, StoreError};

use crate::{app::App, http::ApiError};

/// A compiler service that went away comes back, as a rule: what only it serves is not refused before this.
const REMEMBERED: Duration = Duration::from_secs(600);

/// The compiler services there are, and were a moment ago.
pub(crate) struct Languages {
    seen: Vec<SeenCompiler>,
}

impl Languages {
    /// Asks the database.
    pub(crate) async fn look(app: &App) -> Result<Self, StoreError> {
        Ok(Self { seen: app.store().compilers(REMEMBERED).await? })
    }

    /// Whether functions in `language` can be deployed.
    pub(crate) fn state(&self, language: Language) -> LanguageState {
        let served = |seen: &SeenCompiler| seen.alive && seen.announcement.serves(language);
        let could = |seen: &SeenCompiler| seen.announcement.installed(language).is_some();
        if !language.is_compiled() || self.seen.iter().any(served) {
            LanguageState::Installed
        } else if self.seen.iter().any(|seen| seen.alive) && !self.seen.iter().any(could) {
            LanguageState::Absent
        } else {
            LanguageState::Unserved
        }
    }

    /// Refuses a language that no compiler service has.
    ///
    /// # Errors
    /// 415 with the command that installs it.
    pub(crate) fn require(&self, language: Language) -> Result<(), ApiError> {
        match self.state(language) {
            LanguageState::Absent => Err(ApiError::new(ProblemKind::UnsupportedLanguage, absent(language))),
            LanguageState::Installed | LanguageState::Unserved => Ok(()),
        }
    }

    /// An entry of the list.
    pub(crate) fn info(&self, language: Language) -> LanguageInfo {
        let state = self.state(language);
        let toolchain = self.seen.iter().find_map(|seen| seen.announcement.installed(language));
        LanguageInfo {
            language,
            state,
            version: toolchain.and_then(|toolchain| toolchain.version.clone()),
            digest: toolchain.and_then(|toolchain| toolchain.digest.clone()),
            hint: match state {
                LanguageState::Installed => None,
                LanguageState::Absent => Some(absent(language)),
                LanguageState::Unserved => Some(self.unserved(language)),
            },
            handler: language.handler().to_owned(),
            entry_file: language.entry_file().to_owned(),
            extensions: language.extensions().iter().map(|&extension| extension.to_owned()).collect(),
        }
    }

    /// What keeps compiler services from working, for `/ready`; `None` if nothing does.
    pub(crate) fn problem(&self) -> Option<String> {
        let alive: Vec<_> = self.seen.iter().filter(|seen| seen.alive).map(|seen| &seen.announcement).collect();
        if alive.is_empty() {
            return Some("no compiler service is running; deploys wait in the queue".to_owned());
        }
        let refusing: Vec<_> = alive
            .iter()
            .filter(|compiler| compiler.state == CompilerState::Refusing)
            .map(|compiler| format!("the compiler on {} refuses jobs: {}", compiler.host, compiler.problems.join("; ")))
            .collect();
        (!refusing.is_empty()).then(|| refusing.join("; "))
    }

    /// What would build a source now, where that is certain: every live compiler of the language has the same toolchain.
    pub(crate) fn builders(&self, app: &App) -> Builders {
        let certain = |language: Language| {
            if !language.is_compiled() {
                return Some(builder(app, ""));
            }
            let serving = self.seen.iter().filter(|seen| seen.alive && seen.announcement.serves(language));
            let digests: BTreeSet<_> =
                serving.map(|seen| seen.announcement.installed(language).and_then(|it| it.digest.as_deref())).collect();
            match digests.into_iter().collect::<Vec<_>>()[..] {
                [Some(digest)] => Some(builder(app, digest)),
                _ => None,
            }
        };
        Language::ALL.iter().filter_map(|&language| Some((language, certain(language)?))).collect()
    }

    fn unserved(&self, language: Language) -> String {
        let refusing = self
            .seen
            .iter()
            .find(|seen| seen.alive && seen.announcement.installed(language).is_some())
            .map(|seen| seen.announcement.problems.join("; "));
        match refusing {
            Some(problems) => format!("its compiler refuses jobs: {problems}"),
            None => "no compiler service that serves it is running; deploys wait in the queue".to_owned(),
        }
    }
}

fn absent(language: Language) -> String {
    format!(
        "no compiler has the toolchain of `{language}`; run `nil toolchain install {language}` where `nil compiler` or \
         `nil up` runs, and start that again"
    )
}

/// Everything but the source that a build depends on: the toolchain, this program, and the limits it publishes under.
pub(crate) fn builder(app: &App, toolchain_digest: &str) -> Vec<u8> {
    let (module_bytes, memory_bytes) = (app.config().compile_limits.module_bytes, app.config().maxima.memory_bytes);
    format!("{toolchain_digest} {} {module_bytes} {memory_bytes}", env!("CARGO_PKG_VERSION")).into_bytes()
}
