//! From the command line to what there is to be on the server.

use std::path::PathBuf;

use nil_core::FunctionSettings;

use super::{
    targets::{Wanted, resolve},
    wish::{Settings, Wish, Wishes},
};
use crate::{cli::DeployArgs, commands::project, failure::Failure};

/// What is to be there, and whether it comes from a project, which says all of it.
///
/// # Errors
/// [`Failure::Usage`] for what cannot be read or understood.
pub(super) fn wishes(args: &DeployArgs) -> Result<(Wishes, bool), Failure> {
    let here = [PathBuf::from(".")];
    let files = if args.files.is_empty() { &here[..] } else { args.files.as_slice() };
    if let [only] = files
        && project::is_project(only)
    {
        let flags = args.name.is_some() || args.language.is_some() || args.description.is_some();
        if flags || args.settings.given() != FunctionSettings::default() {
            let message = "a project says names, languages, descriptions and settings itself";
            return Err(Failure::usage(message, format!("change them in {}", project::MANIFEST)));
        }
        return Ok((project::load(only)?, true));
    }
    if args.files.is_empty() {
        let message = format!("no file was given, and there is no {} here", project::MANIFEST);
        return Err(Failure::usage(message, "name a source file or a folder"));
    }
    let wish = |target| Wish {
        description: args.description.clone(),
        settings: Settings::Over(args.settings.given()),
        ..Wish::of(target)
    };
    let sources = Wanted { files, name: args.name.as_ref(), language: args.language };
    let functions = resolve(&sources)?.into_iter().map(wish).collect();
    Ok((Wishes { environments: Vec::new(), functions }, false))
}

/// What is to be there for these paths, without any flag.
///
/// # Errors
/// [`Failure::Usage`] for what cannot be read or understood.
pub(in crate::commands) fn wishes_of(paths: &[PathBuf]) -> Result<Wishes, Failure> {
    if let [only] = paths
        && project::is_project(only)
    {
        return project::load(only);
    }
    let sources = Wanted { files: paths, name: None, language: None };
    let functions = resolve(&sources)?.into_iter().map(Wish::of).collect();
    Ok(Wishes { environments: Vec::new(), functions })
}
