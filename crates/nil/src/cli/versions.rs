//! Arguments of the commands about versions.

use std::str::FromStr;

use clap::Args;
use nil_core::{AliasName, FunctionRef};

/// `nil versions`.
#[derive(Debug, Args)]
pub(crate) struct VersionsArgs {
    /// Name or id of the function
    #[arg(value_name = "NAME")]
    pub(crate) function: FunctionRef,

    /// Show what this version changed, instead of listing all
    #[arg(value_name = "VERSION", value_parser = clap::value_parser!(i32).range(1..))]
    pub(crate) version: Option<i32>,

    /// Compare it with this version [default: the one before it]
    #[arg(long, value_name = "VERSION", requires = "version", value_parser = clap::value_parser!(i32).range(1..))]
    pub(crate) against: Option<i32>,

    /// The most versions to list, newest first
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
}

/// `nil rollback`.
#[derive(Debug, Args)]
pub(crate) struct RollbackArgs {
    /// Name or id of the function
    #[arg(value_name = "NAME")]
    pub(crate) function: FunctionRef,

    /// The version that is to answer calls [default: the newest that is ready before the live one]
    #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(i32).range(1..))]
    pub(crate) to: Option<i32>,

    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// `nil promote`.
#[derive(Debug, Args)]
pub(crate) struct PromoteArgs {
    /// Name or id of the function
    #[arg(value_name = "NAME")]
    pub(crate) function: FunctionRef,

    /// The alias whose newest version is to answer all calls
    #[arg(value_name = "ALIAS", default_value = "canary")]
    pub(crate) alias: AliasName,
}

/// `nil alias`.
#[derive(Debug, Args)]
pub(crate) struct AliasArgs {
    /// Name or id of the function
    #[arg(value_name = "NAME")]
    pub(crate) function: FunctionRef,

    /// The alias to set [default: list all]
    #[arg(value_name = "ALIAS")]
    pub(crate) alias: Option<AliasName>,

    /// Where it is to point: versions, with weights if there are several, such as `3=90 4=10`
    #[arg(value_name = "VERSION[=WEIGHT]", conflicts_with = "remove")]
    pub(crate) targets: Vec<Target>,

    /// Remove the alias
    #[arg(long, requires = "alias")]
    pub(crate) remove: bool,
}

/// `nil examples`.
#[derive(Debug, Args)]
pub(crate) struct ExamplesArgs {
    /// Name or id of the function
    #[arg(value_name = "NAME")]
    pub(crate) function: FunctionRef,

    /// Run them against this version [default: the live one]
    #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(i32).range(1..))]
    pub(crate) version: Option<i32>,

    /// List them instead of running them
    #[arg(long, conflicts_with = "version")]
    pub(crate) list: bool,
}

/// A version and its weight.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    pub(crate) version: i32,
    pub(crate) weight: i32,
}

impl FromStr for Target {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (version, weight) = text.split_once('=').unwrap_or((text, "1"));
        let number = |text: &str| text.parse::<i32>().ok().filter(|number| *number > 0);
        match (number(version), number(weight)) {
            (Some(version), Some(weight)) => Ok(Self { version, weight }),
            _ => Err("use a version and its weight, such as `4=10`"),
        }
    }
}
