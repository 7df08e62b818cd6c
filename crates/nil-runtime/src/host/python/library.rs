//! The descriptors of one instance: the root folder, and the archive as often as it was opened.

/// The path of the archive, where CPython looks for one by itself.
pub(super) const ARCHIVE: &str = "lib/python314.zip";

/// The first folder a program finds open.
pub(super) const ROOT: u32 = 3;

/// Open files at a time.
const MAX_OPEN: usize = 64;

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Node {
    Folder,
    Archive,
}

/// The node at `path`, relative to the root.
pub(super) fn find(path: &str) -> Option<Node> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    match parts.join("/").as_str() {
        "" | "lib" => Some(Node::Folder),
        ARCHIVE => Some(Node::Archive),
        _ => None,
    }
}

/// Descriptors beyond the standard streams.
#[derive(Debug, Default)]
pub(crate) struct Library {
    /// Where the archive lies in the guest.
    pub(super) at: u32,
    pub(super) size: u32,
    /// By descriptor, from the one after the root on: what is open, and where it is read next.
    open: Vec<Option<(Node, u64)>>,
}

impl Library {
    /// An archive of `size` bytes at `at`.
    pub(crate) fn new((at, size): (u32, u32)) -> Self {
        Self { at, size, open: Vec::new() }
    }

    /// The descriptor of a file that is opened now; `None` when there are too many.
    pub(super) fn open(&mut self, node: Node) -> Option<u32> {
        let free = self.open.iter().position(Option::is_none).unwrap_or(self.open.len());
        if free >= MAX_OPEN {
            return None;
        }
        if free == self.open.len() {
            self.open.push(None);
        }
        self.open[free] = Some((node, 0));
        Some(ROOT + 1 + free as u32)
    }

    /// What `descriptor` is, and where it is read next.
    pub(super) fn get(&mut self, descriptor: u32) -> Option<&mut (Node, u64)> {
        self.open.get_mut(descriptor.checked_sub(ROOT + 1)? as usize)?.as_mut()
    }

    /// The kind of `descriptor`.
    pub(super) fn node(&mut self, descriptor: u32) -> Option<Node> {
        if descriptor == ROOT { Some(Node::Folder) } else { self.get(descriptor).map(|(node, _)| *node) }
    }

    /// Whether `descriptor` was open.
    pub(super) fn close(&mut self, descriptor: u32) -> bool {
        let slot = descriptor.checked_sub(ROOT + 1).and_then(|at| self.open.get_mut(at as usize));
        slot.is_some_and(|slot| slot.take().is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_file() {
        assert_eq!(find("lib/python314.zip"), Some(Node::Archive));
        assert_eq!(find("./lib//x/../python314.zip"), Some(Node::Archive));
        assert_eq!(find("../../lib"), Some(Node::Folder));
        assert_eq!(find("etc/passwd"), None);
        assert_eq!(find("lib/python314.zip/x"), None);
    }

    #[test]
    fn descriptors_are_given_again_and_run_out() {
        let mut library = Library::new((0, 10));
        assert_eq!(library.open(Node::Archive), Some(4));
        assert_eq!(library.open(Node::Archive), Some(5));
        assert!(library.close(4));
        assert!(!library.close(4));
        assert!(!library.close(3));
        assert_eq!(library.open(Node::Folder), Some(4));
        let opened = std::iter::from_fn(|| library.open(Node::Archive)).count();
        assert_eq!(opened, MAX_OPEN - 2);
    }
}
