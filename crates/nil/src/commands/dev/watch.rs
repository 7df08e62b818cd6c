//! Hearing of changed files.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use nil_core::SourceFiles;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use crate::failure::Failure;

/// Editors write a file in several steps; nothing is read before it was quiet for so long.
const QUIET: Duration = Duration::from_millis(30);

/// A watch over the folders of what is deployed.
pub(super) struct Watch {
    events: mpsc::UnboundedReceiver<()>,
    _watcher: RecommendedWatcher,
}

impl Watch {
    /// Starts to watch; a file is watched through its folder, because editors replace files.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn start(paths: &[PathBuf]) -> Result<Self, Failure> {
        let failed = |error: notify::Error| Failure::local(format!("cannot watch for changes: {error}"));
        let (sender, events) = mpsc::unbounded_channel();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| matters(&event)) {
                // The loop has ended when nobody listens.
                let _ = sender.send(());
            }
        })
        .map_err(failed)?;
        for path in paths {
            let (folder, mode) = match path.parent() {
                Some(parent) if path.is_file() => (here(parent), RecursiveMode::NonRecursive),
                _ => (path.as_path(), RecursiveMode::Recursive),
            };
            watcher.watch(folder, mode).map_err(failed)?;
        }
        Ok(Self { events, _watcher: watcher })
    }

    /// Returns when something changed and no more does.
    pub(super) async fn changed(&mut self) {
        if self.events.recv().await.is_none() {
            return std::future::pending().await;
        }
        while let Ok(Some(())) = tokio::time::timeout(QUIET, self.events.recv()).await {}
    }
}

fn here(parent: &Path) -> &Path {
    if parent.as_os_str().is_empty() { Path::new(".") } else { parent }
}

/// Reading is no change, and neither is what happens in folders that no function has.
fn matters(event: &Event) -> bool {
    let is_change = !matches!(event.kind, EventKind::Access(_));
    let hidden = |path: &Path| {
        path.components().any(|part| {
            let name = part.as_os_str().to_string_lossy();
            name != "."
                && name != ".."
                && (name.starts_with('.') || name == "node_modules")
                && SourceFiles::is_rejected_name(&name)
        })
    };
    is_change && !event.paths.iter().all(|path| hidden(path))
}
