//! Hearing of changed files.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

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
        let folders: Vec<_> = paths.iter().map(|path| folder_of(path)).collect::<Result<_, _>>()?;
        let roots: Vec<PathBuf> = folders.iter().map(|(folder, _)| folder.clone()).collect();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| matters(&event, &roots)) {
                // The loop has ended when nobody listens.
                let _ = sender.send(());
            }
        })
        .map_err(failed)?;
        for (folder, mode) in &folders {
            watcher.watch(folder, *mode).map_err(failed)?;
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

/// The folder to watch, as the system will name it.
fn folder_of(path: &Path) -> Result<(PathBuf, RecursiveMode), Failure> {
    let unreadable = |error| Failure::usage(format!("cannot watch `{}`: {error}", path.display()), "check the path");
    let whole = path.canonicalize().map_err(unreadable)?;
    Ok(match whole.parent() {
        Some(parent) if whole.is_file() => (parent.to_owned(), RecursiveMode::NonRecursive),
        _ => (whole, RecursiveMode::Recursive),
    })
}

/// Reading is no change, and neither is what happens in folders that no function has.
fn matters(event: &Event, roots: &[PathBuf]) -> bool {
    !matches!(event.kind, EventKind::Access(_)) && event.paths.iter().any(|path| !is_hidden(path, roots))
}

fn is_hidden(path: &Path, roots: &[PathBuf]) -> bool {
    let below = roots.iter().find_map(|root| path.strip_prefix(root).ok()).unwrap_or(path);
    below.components().any(|part| {
        let name = part.as_os_str().to_string_lossy();
        name.starts_with('.') || name == "node_modules"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_below_the_project_does_not_matter_and_above_it_does() {
        let roots = [PathBuf::from("/home/ada/.work/shop")];
        for (path, expected) in [
            ("/home/ada/.work/shop/price/index.ts", false),
            ("/home/ada/.work/shop/.git/index", true),
            ("/home/ada/.work/shop/price/.index.ts.swp", true),
            ("/home/ada/.work/shop/node_modules/a/b.js", true),
        ] {
            assert_eq!(is_hidden(Path::new(path), &roots), expected, "{path}");
        }
    }
}
