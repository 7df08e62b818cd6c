//! Arguments of `nil env` and `nil secrets`.

use std::str::FromStr;

use clap::{Args, Subcommand};
use nil_core::{EnvironmentName, FunctionRef, VariableName};

/// `nil env`.
#[derive(Debug, Args)]
pub(crate) struct EnvArgs {
    #[command(subcommand)]
    pub(crate) action: EnvAction,
}

/// What to do with environments.
#[derive(Debug, Subcommand)]
pub(crate) enum EnvAction {
    /// List environments, or show one
    List {
        /// Name of the environment
        environment: Option<EnvironmentName>,
    },
    /// Set variables; makes the environment if there is none
    Set {
        /// Name of the environment
        environment: EnvironmentName,

        /// Variables
        #[arg(required = true, value_name = "NAME=VALUE")]
        variables: Vec<Assignment>,
    },
    /// Set a secret; makes the environment if there is none
    Secret {
        /// Name of the environment
        environment: EnvironmentName,

        /// Name of the secret
        #[arg(value_name = "NAME")]
        name: VariableName,

        /// Read the value from a file [default: from stdin, where it is not shown]
        #[arg(long, value_name = "FILE")]
        from_file: Option<std::path::PathBuf>,
    },
    /// Remove variables and secrets
    Unset {
        /// Name of the environment
        environment: EnvironmentName,

        /// Names of variables and secrets
        #[arg(required = true, value_name = "NAME")]
        names: Vec<VariableName>,
    },
    /// Give a function these environments in place of those it had; the later one counts
    Attach {
        /// Name or id of the function
        #[arg(value_name = "FUNCTION")]
        function: FunctionRef,

        /// Names of environments; none takes all away
        environments: Vec<EnvironmentName>,
    },
    /// Remove an environment that no function has
    Rm {
        /// Name of the environment
        environment: EnvironmentName,
    },
}

/// `NAME=VALUE`.
#[derive(Debug, Clone)]
pub(crate) struct Assignment {
    pub(crate) name: VariableName,
    pub(crate) value: String,
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
        let name: VariableName = name.parse().map_err(|error: nil_core::InvalidVariable| error.to_string())?;
        Ok(Self { name, value: value.to_owned() })
    }
}

/// `nil secrets`.
#[derive(Debug, Args)]
pub(crate) struct SecretsArgs {
    #[command(subcommand)]
    pub(crate) action: SecretsAction,
}

/// What to do with the keys of secrets.
#[derive(Debug, Subcommand)]
pub(crate) enum SecretsAction {
    /// Seal every secret anew with the first key the server has
    Rotate {
        /// Make a new key first, in the server's key file
        #[arg(long)]
        new_key: bool,
    },
}
