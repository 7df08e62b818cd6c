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

const LOOKED_FOR: &str = "looked for AssemblyScript's `handle(input: string): string` with `--exportRuntime`, for \
                          `alloc` and `handle` over a buffer, for a WASI program's `_start`, or for exactly one exported \
                          function over numbers";

/// Calling conventions that are told by names, with those names.
const NAMED: &[(Abi, &str)] = &[
    (Abi::AssemblyScript, "AssemblyScript's `__new`"),
    (Abi::Buffer, "`alloc` and `handle` over a buffer"),
    (Abi::WasiCommand, "a WASI program's `_start`"),
];

/// What the buffer ABI needs: `alloc`, and the function that is called.
const ALLOC: (&str, &[ValType], &[ValType]) = ("alloc", &[ValType::I32], &[ValType::I32]);

/// Reads the ABI off the exports.
pub(super) fn apply(module: &ModuleSummary<'_>) -> Result<AbiDescription, Rejection> {
    let speaks = |abi: Abi| match abi {
        Abi::AssemblyScript => RUNTIME.iter().any(|(name, ..)| module.function(name).is_some()),
        Abi::Buffer => module.function("alloc").is_some() && module.function("handle").is_some(),
        Abi::WasiCommand => module.function("_start").is_some(),
        _ => false,
    };
    let spoken: Vec<_> = NAMED.iter().filter(|(abi, _)| speaks(*abi)).collect();
    match &spoken[..] {
        [] => {}
        [(abi, _)] => {
            let export = if *abi == Abi::WasiCommand { "_start" } else { "handle" };
            check_named(*abi, module, export)?;
            return Ok(AbiDescription {
                abi: *abi,
                export: export.to_owned(),
                params: Vec::new(),
                results: Vec::new(),
                language: None,
            });
        }
        several => {
            let names = several.iter().map(|(_, what)| *what).collect::<Vec<_>>().join(" and ");
            return Err(Rejection::new(format!(
                "the module could be called in {} ways: it exports {names}; export what belongs to one of them",
                several.len()
            )));
        }
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

/// The name of a function with its parameters and results.
type Typed<'a> = (&'a str, &'a [ValType], &'a [ValType]);

/// Checks that `export` and what belongs to it have the types `abi` calls them with.
pub(super) fn check_named(abi: Abi, module: &ModuleSummary<'_>, export: &str) -> Result<(), Rejection> {
    use ValType::{I32, I64};
    let (called, others): (Typed<'_>, &[Typed<'_>]) = match abi {
        Abi::Buffer => ((export, &[I32, I32], &[I64]), &[ALLOC]),
        Abi::WasiCommand => ((export, &[], &[]), &[]),
        _ => ((export, &[I32], &[I32]), RUNTIME),
    };
    for (name, params, results) in others.iter().copied().chain([called]) {
        let expected = Signature { params: params.to_vec(), results: results.to_vec() };
        match module.function(name) {
            Some(found) if *found == expected => {}
            Some(found) => {
                return Err(Rejection::new(format!(
                    "the export `{}` is {found}; {} needs {expected}; {LOOKED_FOR}",
                    shown(name),
                    abi_name(abi)
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

fn abi_name(abi: Abi) -> String {
    if abi == Abi::AssemblyScript { "the AssemblyScript ABI".to_owned() } else { format!("the ABI `{abi}`") }
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
