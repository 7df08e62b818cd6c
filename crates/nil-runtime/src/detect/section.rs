//! The `nil:abi` custom section our toolchains write: authoritative, but held against the real exports.

use nil_core::{Abi, UnknownAbi};
use serde::Deserialize;

use super::{AbiDescription, Param, ScalarType, rules};
use crate::{
    Rejection,
    shown::shown,
    validate::{ModuleSummary, Signature},
};

/// Longest parameter name, in bytes; every wrong call repeats them.
const MAX_PARAM_NAME_BYTES: usize = 128;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Section {
    abi: String,
    export: String,
    #[serde(default)]
    params: Vec<String>,
    #[serde(default)]
    types: Vec<String>,
    #[serde(default)]
    result: Option<String>,
    #[serde(default)]
    language: Option<String>,
    /// See [`reads_environ_later`].
    #[serde(default)]
    live_environ: bool,
}

/// Whether the section promises that the language asks for its environment at each call (`"liveEnviron": true`).
pub(super) fn reads_environ_later(payload: &[u8]) -> bool {
    serde_json::from_slice::<Section>(payload).is_ok_and(|section| section.live_environ)
}

/// Reads the section's JSON and checks it against `module`.
pub(super) fn read(payload: &[u8], module: &ModuleSummary<'_>) -> Result<AbiDescription, Rejection> {
    let section: Section = serde_json::from_slice(payload).map_err(|error| {
        Rejection::new(format!("the custom section `nil:abi` cannot be read: {}", shown(&error.to_string())))
    })?;
    let abi: Abi = section.abi.parse().map_err(|error: UnknownAbi| {
        Rejection::new(format!("the custom section `nil:abi` is not understood: {}", shown(&error.to_string())))
    })?;
    match abi {
        Abi::AssemblyScript | Abi::Buffer | Abi::WasiCommand => {
            rules::check_named(abi, module, &section.export)?;
            Ok(AbiDescription {
                abi,
                export: section.export,
                params: Vec::new(),
                results: Vec::new(),
                language: section.language,
            })
        }
        Abi::Scalar => scalar(section, module),
        // What it carries is read when it is evaluated.
        Abi::JavaScript => Ok(AbiDescription {
            abi,
            export: section.export,
            params: Vec::new(),
            results: Vec::new(),
            language: section.language,
        }),
    }
}

fn scalar(section: Section, module: &ModuleSummary<'_>) -> Result<AbiDescription, Rejection> {
    let parse = |name: &String| {
        name.parse::<ScalarType>().map_err(|()| {
            Rejection::new(format!("the custom section `nil:abi` names the unknown type `{}`", shown(name)))
        })
    };
    if let Some(name) = section.params.iter().find(|name| name.len() > MAX_PARAM_NAME_BYTES) {
        return Err(Rejection::new(format!("the custom section `nil:abi` has the overlong name `{}`", shown(name))));
    }
    let types = section.types.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    let results = match section.result.as_ref().filter(|name| *name != "void") {
        Some(name) => vec![parse(name)?],
        None => Vec::new(),
    };
    let declared = Signature {
        params: types.iter().map(|ty| ty.wasm()).collect(),
        results: results.iter().map(|ty| ty.wasm()).collect(),
    };
    match module.function(&section.export) {
        None => Err(Rejection::new(format!(
            "the custom section `nil:abi` names the export `{}`, which is not an exported function; found {}",
            shown(&section.export),
            rules::exported_functions(module)
        ))),
        Some(real) if *real != declared => Err(Rejection::new(format!(
            "the custom section `nil:abi` describes `{}` as {declared}, but the export is {real}",
            shown(&section.export)
        ))),
        Some(_) => {
            let names = section.params.into_iter().map(Some).chain(std::iter::repeat(None));
            let params = names.zip(types).map(|(name, ty)| Param { name, ty }).collect();
            Ok(AbiDescription { abi: Abi::Scalar, export: section.export, params, results, language: section.language })
        }
    }
}
