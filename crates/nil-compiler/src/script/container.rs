//! The modules we write: the function's tiny one, and the shared runtime with its prelude.

use std::borrow::Cow;

use nil_core::{
    Abi, LIBRARY_SECTION, Language, PRELUDE_SECTION, RUNTIME_SECTION, RuntimeDescription, SCRIPT_SECTION, Script,
};
use wasm_encoder::{CustomSection, Module, Section as _};

/// Valid WebAssembly without any code: all there is to a function is in its custom sections.
pub(super) fn function_module(language: Language, script: &Script) -> Vec<u8> {
    let abi = if language == Language::Python { Abi::Python } else { Abi::JavaScript };
    let abi = serde_json::json!({ "abi": abi, "export": "handle", "language": language });
    let mut module = Module::new();
    module.section(&custom("nil:abi", abi.to_string().as_bytes()));
    module.section(&custom(SCRIPT_SECTION, &json(script)));
    module.finish()
}

/// An interpreter's module with what the host must know appended to it.
pub(crate) fn runtime_module(interpreter: &[u8], description: &RuntimeDescription, prelude: &str) -> Vec<u8> {
    let mut module = interpreter.to_vec();
    custom(RUNTIME_SECTION, &json(description)).append_to(&mut module);
    custom(PRELUDE_SECTION, prelude.as_bytes()).append_to(&mut module);
    module
}

/// The same, with the zip archive of the interpreter's standard library.
pub(crate) fn runtime_module_with_library(
    interpreter: &[u8],
    description: &RuntimeDescription,
    prelude: &str,
    library: &[u8],
) -> Vec<u8> {
    let mut module = runtime_module(interpreter, description, prelude);
    custom(LIBRARY_SECTION, library).append_to(&mut module);
    module
}

fn custom<'a>(name: &'a str, data: &'a [u8]) -> CustomSection<'a> {
    CustomSection { name: Cow::Borrowed(name), data: Cow::Borrowed(data) }
}

/// Strings and numbers only: this cannot fail.
fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
