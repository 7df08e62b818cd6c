//! What host functions need of the function that calls them.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use nil_core::Script;

use crate::{host::Library, shared::quickjs::SourceMaps};

/// A part of [`HostState`](crate::host::HostState), there for scripts only.
pub(crate) struct ScriptHost {
    /// Room in the guest for results of its own functions; the host's own calls use its other half.
    pub scratch: u32,
    /// The paths of the function's modules.
    pub paths: Arc<[String]>,
    /// Puts stacks that are printed into lines of the source.
    pub maps: Arc<SourceMaps>,
    /// The files of the runtime itself.
    pub library: Library,
    /// Sources by path, while modules are being parsed.
    sources: HashMap<String, String>,
    loaded: HashSet<String>,
}

impl ScriptHost {
    /// For calls, when every module is parsed already.
    pub(crate) fn new(scratch: u32, paths: Arc<[String]>, maps: Arc<SourceMaps>) -> Self {
        Self { scratch, paths, maps, library: Library::default(), sources: HashMap::new(), loaded: HashSet::new() }
    }

    /// With the archive of a standard library, by its place in the guest and its length.
    pub(crate) fn with_library(self, archive: (u32, u32)) -> Self {
        Self { library: Library::new(archive), ..self }
    }

    /// For parsing `script`.
    pub(crate) fn with_sources(self, script: &Script) -> Self {
        let sources = script.modules.iter().map(|module| (module.path.clone(), module.code.clone())).collect();
        Self { sources, ..self }
    }

    /// Whether the module at `path` is still to be parsed; from now on it is not.
    pub(crate) fn begin_loading(&mut self, path: &str) -> bool {
        self.loaded.insert(path.to_owned())
    }

    /// The source of a module that is imported for the first time.
    pub(super) fn load(&mut self, path: &str) -> Option<String> {
        self.begin_loading(path).then(|| self.sources.get(path).cloned()).flatten()
    }
}
