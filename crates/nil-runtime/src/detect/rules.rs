//! Detection from exports alone, for modules that come without a `nil:abi` section.

use nil_core::Abi;
use wasmparser::ValType;

use super::{AbiDescription, Param, ScalarType};
use crate::{
    Rejection,
    shown::shown,
    validate::{ExportKind, ModuleSummary, Signature},
};

/// What AssemblyScript's `--exportRuntime` exports and the host calls, with its type.
const RUNTIME: &[(&str, &[ValType], &[ValType])] = &[
    ("__new", &[ValType::I32, ValType::I32], &[ValType::I32]),
    ("__pin", &[ValType::I32], &[ValType::I32]),
    ("__unpin", &[ValType::I32], &[]),
];

const LOOKED_FOR: &str = "looked for AssemblyScript's `handle(input: string): string` with `--exportRuntime`, or for \
                          exactly one exported function over numbers";

/// Reads the ABI off the exports.
pub(super) fn apply(module: &ModuleSummary<'_>) -> Result<AbiDescription, Rejection> {
    let has_runtime = RUNTIME.iter().any(|(name, ..)| module.function(name).is_some());
    if has_runtime {
        check_assemblyscript(module, "handle")?;
        return Ok(AbiDescription {
            abi: Abi::AssemblyScript,
            export: "handle".to_owned(),
            params: Vec::new(),
            results: Vec::new(),
            language: None,
        });
    }
    let candidates: Vec<_> = module
        .exports
        .iter()
        .filter_map(|export| match &export.kind {
            ExportKind::Function { index, signature } if is_candidate(export.name, signature) => {
                Some((export.name, *index, signature))
            }
            _ => None,
        })
        .collect();
    match &candidates[..] {
        [(name, index, signature)] => Ok(scalar(module, name, *index, signature)),
        [] => Err(Rejection::new(format!(
            "the module exports nothing that can be called; {LOOKED_FOR}; found {}",
            exported_functions(module)
        ))),
        several => Err(Rejection::new(format!(
            "the module exports {} functions that could be the one to call; {LOOKED_FOR}; found {}",
            several.len(),
            exported_functions(module)
        ))),
    }
}

/// Checks that `export` and the runtime around it have the types the AssemblyScript ABI calls them with.
pub(super) fn check_assemblyscript(module: &ModuleSummary<'_>, export: &str) -> Result<(), Rejection> {
    let string_to_string: (&str, &[ValType], &[ValType]) = (export, &[ValType::I32], &[ValType::I32]);
    for (name, params, results) in RUNTIME.iter().copied().chain([string_to_string]) {
        let expected = Signature { params: params.to_vec(), results: results.to_vec() };
        match module.function(name) {
            Some(found) if *found == expected => {}
            Some(found) => {
                return Err(Rejection::new(format!(
                    "the export `{}` is {found}; the AssemblyScript ABI needs {expected}; {LOOKED_FOR}",
                    shown(name)
                )));
            }
            None => {
                return Err(Rejection::new(format!(
                    "the module exports no function `{}` {expected}; {LOOKED_FOR}; found {}",
                    shown(name),
                    exported_functions(module)
                )));
            }
        }
    }
    if !module.has("memory", &ExportKind::Memory) {
        return Err(Rejection::new(format!("the module does not export its memory as `memory`; {LOOKED_FOR}")));
    }
    Ok(())
}

/// The exported functions as people read them: `` `add` (i32, i32) -> i32, … ``, at most ten.
pub(super) fn exported_functions(module: &ModuleSummary<'_>) -> String {
    let mut functions = module.exports.iter().filter_map(|export| match &export.kind {
        ExportKind::Function { signature, .. } => Some(format!("`{}` {signature}", shown(export.name))),
        _ => None,
    });
    let mut list = functions.by_ref().take(10).collect::<Vec<_>>().join(", ");
    if list.is_empty() {
        return "no exported function".to_owned();
    }
    let more = functions.count();
    if more > 0 {
        list.push_str(&format!(" and {more} more"));
    }
    list
}

/// Names with two underscores belong to linkers and runtimes; `_initialize` is run, not called.
fn is_candidate(name: &str, signature: &Signature) -> bool {
    let numeric = signature.params.iter().chain(&signature.results).all(|ty| ScalarType::of(*ty).is_some());
    numeric && !name.starts_with("__") && name != "_initialize"
}

fn scalar(module: &ModuleSummary<'_>, name: &str, index: u32, signature: &Signature) -> AbiDescription {
    let names = module.param_names(index, signature.params.len());
    let types = signature.params.iter().filter_map(|ty| ScalarType::of(*ty));
    AbiDescription {
        abi: Abi::Scalar,
        export: name.to_owned(),
        params: names.into_iter().zip(types).map(|(name, ty)| Param { name, ty }).collect(),
        results: signature.results.iter().filter_map(|ty| ScalarType::of(*ty)).collect(),
        language: None,
    }
}
