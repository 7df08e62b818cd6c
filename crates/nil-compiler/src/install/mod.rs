//! Toolchains on disk: pinned recipes out of the binary, into a folder of their own.
//!
//! An installation lives in `<root>/<language>-<digest of the recipe>`, so a changed recipe never meets old
//! files, and the digest names the toolchain. Nothing here starts a compiler.

mod built;
mod command;
mod installation;
mod lock;
mod node;
mod npm;
mod package;
mod prune;
mod recipe;

#[cfg(test)]
mod tests;

pub use installation::{Installation, ToolchainState, check};
pub use node::NodeError;
pub use npm::{InstallError, InstallStep, install};

pub(crate) use built::{Build, BuiltRecipe, Needs, nothing};
pub(crate) use command::run;
pub(crate) use node::{NODE_READS, find_node};
pub(crate) use package::{Archive, Package};
pub(crate) use prune::InUse;
pub(crate) use recipe::{Recipe, RecipeFile};
