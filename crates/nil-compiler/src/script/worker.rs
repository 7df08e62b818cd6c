//! The worker process: one JSON object a line in, one out. The protocol is the AssemblyScript worker's.

use std::{
    ffi::OsString,
    io::{BufRead as _, Write as _, stdin, stdout},
    str::FromStr as _,
    thread,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use nil_core::{Diagnostic, Language, render_plain};
use serde::{Deserialize, Serialize};

use super::{Files, compile};

/// The other side sent something that is not a request.
const EXIT_PROTOCOL_ERROR: i32 = 65;

/// The parser recurses into the source; only what is used of it is ever there. A source of 1 MiB can be nested a
/// million times.
const STACK_BYTES: usize = 1 << 30;

#[derive(Deserialize)]
struct Request {
    id: String,
    source: String,
    /// Further files by path.
    #[serde(default)]
    files: Files,
    /// The path of `source` among them.
    #[serde(default)]
    entry: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    id: String,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    wasm_base64: Option<String>,
    diagnostics: Vec<Diagnostic>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compile_error: Option<String>,
}

/// Diagnostics in one reply at most: a broken file may have one in each line.
const MAX_DIAGNOSTICS: usize = 200;

/// Runs the worker until its input ends. `arguments` are the language and the digest of its shared runtime. Returns
/// the exit code.
#[must_use]
pub fn script_worker_main(arguments: impl Iterator<Item = OsString>) -> i32 {
    let arguments: Vec<String> = arguments.filter_map(|argument| argument.into_string().ok()).collect();
    let [language, runtime] = arguments.as_slice() else { return EXIT_PROTOCOL_ERROR };
    let Ok(language) = Language::from_str(language) else { return EXIT_PROTOCOL_ERROR };
    let runtime = runtime.clone();
    let worker = thread::Builder::new().stack_size(STACK_BYTES).spawn(move || serve(language, &runtime));
    // A panic has said why on standard error, and ends the process as a crash does.
    worker.ok().and_then(|worker| worker.join().ok()).unwrap_or(101)
}

fn serve(language: Language, runtime: &str) -> i32 {
    let greeting = serde_json::json!({ "ready": true, "toolchain": { "oxc": OXC_VERSION } });
    if say(&greeting.to_string()).is_err() {
        return 0;
    }
    for line in stdin().lock().lines() {
        let Ok(line) = line else { return EXIT_PROTOCOL_ERROR };
        if line.trim().is_empty() {
            continue;
        }
        let Ok(request) = serde_json::from_str::<Request>(&line) else { return EXIT_PROTOCOL_ERROR };
        let reply = answer(language, runtime, request);
        let Ok(reply) = serde_json::to_string(&reply) else { return EXIT_PROTOCOL_ERROR };
        if say(&reply).is_err() {
            break;
        }
    }
    0
}

/// The parser's version, for logs and `nil toolchain list`.
pub(crate) const OXC_VERSION: &str = "0.146";

fn answer(language: Language, runtime: &str, request: Request) -> Reply {
    let Request { id, source, mut files, entry } = request;
    let entry = entry.unwrap_or_else(|| language.entry_file().to_owned());
    files.insert(entry.clone(), source);
    match compile(language, runtime, &entry, &files) {
        Ok(wasm) => {
            let wasm_base64 = Some(STANDARD.encode(wasm));
            Reply { id, ok: true, wasm_base64, diagnostics: Vec::new(), compile_error: None }
        }
        Err(mut diagnostics) => {
            diagnostics.truncate(MAX_DIAGNOSTICS);
            let compile_error = Some(render_plain(&diagnostics));
            Reply { id, ok: false, wasm_base64: None, diagnostics, compile_error }
        }
    }
}

fn say(line: &str) -> std::io::Result<()> {
    let mut out = stdout().lock();
    out.write_all(line.as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}
