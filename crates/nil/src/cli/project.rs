//! Arguments of the commands about projects.

use std::path::PathBuf;

use clap::Args;

/// `nil diff`.
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The project: a folder with a `nil.toml`, or that file
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) project: PathBuf,
}
