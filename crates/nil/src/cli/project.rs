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

/// `nil dev`.
#[derive(Debug, Args)]
pub(crate) struct DevArgs {
    /// A project, or source files and folders as `nil deploy` takes them
    #[arg(value_name = "FILE", default_value = ".")]
    pub(crate) files: Vec<PathBuf>,

    /// Do not print what functions write
    #[arg(long)]
    pub(crate) no_logs: bool,
}
