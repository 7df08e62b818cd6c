//! From the manifest and the sources beside it to what there is to be on the server.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use nil_api::ExampleBody;
use nil_core::Language;
use serde_json::value::RawValue;

use super::manifest::{self, FunctionSpec, MANIFEST, Manifest};
use crate::{
    commands::deploy::{Settings, Wish, Wishes, read_target},
    failure::Failure,
};

/// Whether a path is a project: its manifest, or a folder with one.
pub(in crate::commands) fn is_project(path: &Path) -> bool {
    manifest_of(path).is_some()
}

fn manifest_of(path: &Path) -> Option<PathBuf> {
    if path.is_file() {
        return path.file_name().is_some_and(|name| name == MANIFEST).then(|| path.to_owned());
    }
    Some(path.join(MANIFEST)).filter(|manifest| manifest.is_file())
}

/// Reads a project before anything is sent.
///
/// # Errors
/// [`Failure::Usage`] for whatever in it cannot be understood or read.
pub(in crate::commands) fn load(path: &Path) -> Result<Wishes, Failure> {
    let manifest = manifest_of(path)
        .ok_or_else(|| Failure::usage(format!("`{}` has no {MANIFEST}", path.display()), "see docs/projects.md"))?;
    let folder = manifest.parent().map(Path::to_owned).unwrap_or_default();
    let Manifest { environments, functions } = manifest::read(&manifest)?;
    let functions = functions.into_iter().map(|(name, spec)| wish(&folder, &name, spec)).collect::<Result<_, _>>()?;
    Ok(Wishes { environments: environments.0, functions })
}

fn wish(folder: &Path, key: &str, spec: FunctionSpec) -> Result<Wish, Failure> {
    let name = manifest::name(key)?;
    let source = match &spec.source {
        Some(source) => folder.join(source),
        None => find(folder, key)?,
    };
    let target = read_target(&source, name, spec.language)?;
    let mut examples = BTreeMap::new();
    for (example, spec) in spec.examples {
        let wrong = |reason: String| {
            Failure::usage(format!("{MANIFEST}: example `{example}` of `{key}`: {reason}"), "see docs/projects.md")
        };
        let raw = |text: String| RawValue::from_string(text).map_err(|error| wrong(error.to_string()));
        let (input, output) = (spec.input().map_err(wrong)?, spec.output().map_err(wrong)?);
        let body = ExampleBody { input: raw(input)?, output: raw(output)? };
        examples.insert(example, body);
    }
    Ok(Wish {
        target,
        description: spec.description,
        settings: Settings::Exactly(spec.settings),
        examples: Some(examples),
        environments: Some(spec.environments.0),
        schedules: Some(spec.schedules.0),
    })
}

/// The folder of the function's name, or the file of its name in whatever language.
fn find(folder: &Path, name: &str) -> Result<PathBuf, Failure> {
    let own = folder.join(name);
    if own.is_dir() {
        return Ok(own);
    }
    let extensions = Language::ALL.iter().flat_map(|language| language.extensions());
    extensions.map(|extension| folder.join(format!("{name}.{extension}"))).find(|file| file.is_file()).ok_or_else(
        || {
            Failure::usage(
                format!(
                    "{MANIFEST}: there is neither a folder nor a source file `{name}` for the function of this name"
                ),
                "say where it is with `source`",
            )
        },
    )
}
