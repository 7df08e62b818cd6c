//! Scripts over the shared runtime: hostile ones end as written, nothing of an execution is left for the next, and
//! what must differ between calls is not frozen.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex},
};

use nil_core::{ExecutionLimits, PRELUDE_SECTION, RUNTIME_SECTION, SCRIPT_SECTION, Script, ScriptModule};
use nil_runtime::{
    Call, CodeCacheConfig, Execution, LiveFunction, LoadRequest, Outcome, OutputMode, PreInit, PublishError,
    PublishLimits, Published, Runtime, RuntimeConfig, Variables,
};

use crate::support::Neighbour;

/// The toolchain's folder with its package, fetched once.
fn interpreter() -> Vec<u8> {
    // Tests run side by side; one of them fetches.
    static FETCHING: Mutex<()> = Mutex::new(());
    let _turn = FETCHING.lock();
    let toolchain = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../toolchains/javascript");
    let file = toolchain.join("node_modules/quickjs-wasi/quickjs.wasm");
    if !file.is_file() {
        let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
        let npm = Command::new("npm").args(arguments).current_dir(&toolchain).status().expect("npm runs");
        assert!(npm.success(), "npm ci failed");
    }
    fs::read(file).expect("the interpreter")
}

fn prelude() -> Vec<u8> {
    let file: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../toolchains/javascript/prelude.js");
    fs::read(file).expect("the prelude")
}

fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = (number & 127) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 128);
    }
}

fn custom(name: &str, data: &[u8]) -> Vec<u8> {
    let body = [leb(name.len()), name.as_bytes().to_vec(), data.to_vec()].concat();
    [vec![0], leb(body.len()), body].concat()
}

/// A runtime that knows the interpreter.
struct Scripts {
    runtime: Runtime,
    digest: String,
    _cache: tempfile::TempDir,
}

impl Scripts {
    fn new() -> Self {
        let cache = tempfile::tempdir().expect("a folder");
        let code_cache = Some(CodeCacheConfig::new(cache.path().join("code"), cache.path().join("key")));
        let runtime =
            Runtime::new(RuntimeConfig { slots: 32, code_cache, ..RuntimeConfig::default() }).expect("a runtime");
        let mut wasm = interpreter();
        wasm.extend(custom(RUNTIME_SECTION, br#"{"engine":"quickjs","version":"of the tests"}"#));
        wasm.extend(custom(PRELUDE_SECTION, &prelude()));
        let digest = runtime.provide_shared_runtime(&wasm, &PublishLimits::default()).expect("a usable interpreter");
        let digest = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { runtime, digest, _cache: cache }
    }

    fn module(&self, files: &[(&str, &str)]) -> Vec<u8> {
        let module =
            |(path, code): &(&str, &str)| ScriptModule { path: (*path).into(), code: (*code).into(), map: None };
        let modules = files.iter().map(module).collect();
        let script = Script { runtime: self.digest.clone(), entry: "index.js".to_owned(), modules };
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        wasm.extend(custom("nil:abi", br#"{"abi":"javascript","export":"handle","language":"javascript"}"#));
        wasm.extend(custom(SCRIPT_SECTION, &serde_json::to_vec(&script).expect("JSON")));
        wasm
    }

    fn publish(&self, files: &[(&str, &str)]) -> Result<Published, PublishError> {
        let limits = PublishLimits { initialize_timeout_ms: 1_000, ..PublishLimits::default() };
        self.runtime.publish(&self.module(files), &limits)
    }

    fn live(&self, source: &str) -> (Published, Arc<LiveFunction>) {
        let published = self.publish(&[("index.js", source)]).unwrap_or_else(|error| panic!("{source}: {error}"));
        let limits = PublishLimits::default();
        let mut request = LoadRequest {
            wasm_digest: published.wasm_digest,
            wasm: &mut || Ok(published.wasm.clone()),
            limits: &limits,
        };
        let live = self.runtime.load(&mut request).expect("a live function");
        (published, live)
    }

    fn call(&self, live: &LiveFunction, input: &str) -> Execution {
        self.call_with(live, input, &[])
    }

    fn call_with(&self, live: &LiveFunction, input: &str, variables: &[(&str, &str)]) -> Execution {
        let limits = ExecutionLimits { timeout_ms: 1_000, memory_bytes: 32 << 20, ..ExecutionLimits::default() };
        let own = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let variables = (!variables.is_empty()).then(|| Arc::new(Variables::new(own)));
        let variables = variables.as_ref();
        let output_mode = OutputMode::Json;
        self.runtime.execute(live, &Call { input, limits: &limits, output_mode, cold: false, variables })
    }

    fn run(&self, source: &str) -> String {
        self.run_with(source, "{}")
    }

    /// The output, or the failure's message.
    fn run_with(&self, source: &str, input: &str) -> String {
        match self.call(&self.live(source).1, input).outcome {
            Outcome::Completed { output } => output,
            Outcome::Failed(failure) => format!("failed: {}", failure.message()),
        }
    }

    fn refused(&self, source: &str) -> String {
        match self.publish(&[("index.js", source)]) {
            Err(PublishError::Rejected(rejection)) => rejection.to_string(),
            other => panic!("{source}: {other:?}"),
        }
    }
}

/// What a source must come to: the beginning of its output or of its failure.
const ENDINGS: &[(&str, &str)] = &[
    ("export function handle(input) { return input; }", "{}"),
    ("export default async () => { await null; return [1, 'ü', null]; }", r#"[1,"ü",null]"#),
    ("export function handle() {}", "null"),
    ("export const handle = () => ({ then: (done) => done(5) });", "5"),
    ("export const handle = () => '\\ud800';", "\"\\ud800\""),
    (
        "export const handle = () => 10n;",
        "failed: invalid output: the returned value cannot be written as JSON: TypeError",
    ),
    (
        "export const handle = () => { const a = {}; a.a = a; return a; };",
        "failed: invalid output: the returned value cannot",
    ),
    (
        "export const handle = () => new Promise(() => {});",
        "failed: invalid output: the promise that `handle` returned never settles",
    ),
    (
        "export const handle = () => { throw new RangeError('no'); };",
        "failed: RangeError: no\n    at handle (index.js:1:",
    ),
    ("export const handle = () => Promise.reject('text');", "failed: uncaught \"text\""),
    ("export const handle = () => { throw { get message() { throw 1; }, get stack() { for (;;); } }; };", "failed: "),
    ("export const handle = () => { for (;;); };", "failed: time limit of 1000 ms reached"),
    ("export const handle = async () => { for (;;) await null; };", "failed: time limit of 1000 ms reached"),
    (
        "export const handle = () => new Promise((done) => setTimeout(done, 1e9));",
        "failed: time limit of 1000 ms reached",
    ),
    ("export const handle = () => /^(a+)+$/.test('a'.repeat(40) + 'b');", "failed: time limit of 1000 ms reached"),
    ("export const handle = () => { const all = []; for (;;) all.push(new Array(1000).fill(1)); };", "failed: "),
    ("export const handle = () => 'x'.repeat(7 << 20);", "failed: the output is larger than 6 MiB"),
    (
        "const deep = () => deep() + 1; export const handle = () => { try { return deep(); } catch (e) { return e.name; } };",
        "\"RangeError\"",
    ),
    ("export const handle = () => JSON.parse('['.repeat(1e6));", "failed: stack overflow"),
    ("export const handle = () => eval('1 + 1') + new Function('return 2')();", "4"),
    ("export const handle = () => import('./secret.js');", "failed: TypeError: cannot import `./secret.js`"),
    ("export const handle = () => import('../../etc/passwd');", "failed: TypeError: cannot import `../../etc/passwd`"),
    (
        "export const handle = () => { JSON.stringify = JSON.parse = () => 'hijacked'; Promise.prototype.then = null; return { ok: 1 }; };",
        r#"{"ok":1}"#,
    ),
    (
        "export const handle = () => { Object.defineProperty(Object.prototype, 'then', { get() { throw 1; } }); return {}; };",
        "failed: uncaught 1",
    ),
    (
        "export const handle = () => [typeof host_call, typeof require, Object.keys(process), typeof std, typeof os];",
        r#"["undefined","undefined",["env"],"undefined","undefined"]"#,
    ),
    ("export const handle = () => performance.now() < 1000 && Date.now() > 1.7e12;", "true"),
    (
        "export const handle = () => [atob(btoa('ab')), new TextDecoder().decode(new TextEncoder().encode('grün\\ud800'))];",
        "[\"ab\",\"grün\u{fffd}\"]",
    ),
    (
        "export const handle = () => { const u = new URL('../x?a=1#h', 'http://ex.com:80/a/b/'); u.searchParams.set('b', 'c d'); u.hash = ''; return [u.href, u.host, URL.canParse('nope')]; };",
        r#"["http://ex.com/a/x?a=1&b=c+d","ex.com",false]"#,
    ),
    (
        "export const handle = () => { const m = new Map([[1, { d: new Date(5) }]]); m.set('self', m); const c = structuredClone(m); return [c.get('self') === c, c.get(1).d.getTime(), c !== m]; };",
        "[true,5,true]",
    ),
    (
        "export const handle = () => crypto.getRandomValues(new Uint8Array(8)).length + crypto.randomUUID().length;",
        "44",
    ),
    (
        "export const handle = async () => { const order = []; setTimeout(() => order.push('b'), 5); setTimeout(() => order.push('a')); queueMicrotask(() => order.push('m')); await new Promise((done) => setTimeout(done, 10)); return order; };",
        r#"["m","a","b"]"#,
    ),
];

#[test]
fn every_script_ends_as_written_and_harms_nobody() {
    let scripts = Scripts::new();
    let neighbour = Neighbour::start(&scripts.runtime);
    let mut problems = Vec::new();
    for (source, expected) in ENDINGS {
        for _ in 0..2 {
            let ending = scripts.run(source);
            if !ending.starts_with(expected) {
                problems
                    .push(format!("{source}\n  expected {expected}\n  got      {}", &ending[..ending.len().min(300)]));
                break;
            }
            neighbour.must_answer();
        }
    }
    neighbour.stop();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn variables_are_those_of_the_call() {
    let scripts = Scripts::new();
    let output = |live: &LiveFunction, variables: &[(&str, &str)]| match scripts
        .call_with(live, "{}", variables)
        .outcome
    {
        Outcome::Completed { output } => output,
        Outcome::Failed(failure) => format!("failed: {}", failure.message()),
    };

    let (published, live) = scripts.live(
        "export const handle = () => [process.env.A, nil.env('B') ?? null, 'A' in process.env, { ...process.env }];",
    );
    assert_eq!(published.pre_init, PreInit::Done);
    assert_eq!(output(&live, &[("A", "grün"), ("B", "")]), r#"["grün","",true,{"A":"grün","B":""}]"#);
    assert_eq!(output(&live, &[("A", "2")]), r#"["2",null,true,{"A":"2"}]"#);
    assert_eq!(output(&live, &[]), r#"[null,null,false,{}]"#);

    // At top level, too: not frozen, and so evaluated at each call.
    let (published, live) = scripts.live("const a = process.env.A; export const handle = () => a;");
    assert!(
        matches!(&published.pre_init, PreInit::Skipped { reason } if reason.contains("process.env")),
        "{published:?}"
    );
    assert_eq!(output(&live, &[("A", "1")]), "\"1\"");
    assert_eq!(output(&live, &[("A", "2")]), "\"2\"");

    let (_, live) = scripts.live("export const handle = () => { process.env.A = 'mine'; };");
    assert!(output(&live, &[("A", "1")]).starts_with("failed: TypeError: process.env.A cannot be changed"));
}

#[test]
fn what_cannot_become_a_function_is_refused_with_its_place() {
    let scripts = Scripts::new();
    for (source, expected) in [
        ("export function handle() {\n  const x = ;\n}", "index.js:2:"),
        ("let a;\nnothing();\nexport function handle() {}", "index.js:2:"),
        ("export const handle = 1, other = 2;", "the module exports `handle`, `other`"),
        ("", "the module exports nothing"),
        ("for (;;);", "time limit of 1000 ms reached"),
        ("await new Promise(() => {}); export function handle() {}", "never settles"),
        ("export const t = Date.now();", "the module exports `t`"),
        ("const all = []; for (;;) all.push(new Uint8Array(1e6));", "out of memory"),
    ] {
        let refusal = scripts.refused(source);
        assert!(refusal.contains(expected), "{source}: {refusal}");
    }
}

#[test]
fn nothing_of_an_execution_is_left_for_the_next() {
    let scripts = Scripts::new();
    let source = "let calls = 0; const kept = []; export function handle(input) { calls += 1; kept.push(input); \
                  Object.prototype.x = 1; globalThis.y = (globalThis.y ?? 0) + 1; Array.prototype.map = null; \
                  return [calls, kept.length, globalThis.y]; }";
    let (_, live) = scripts.live(source);
    for _ in 0..3 {
        let Outcome::Completed { output } = scripts.call(&live, "{}").outcome else { panic!("failed") };
        assert_eq!(output, "[1,1,1]");
    }
    // Another function over the same runtime.
    assert_eq!(
        scripts.run("export const handle = () => [{}.x, globalThis.y, typeof [].map];"),
        r#"[null,null,"function"]"#
    );
}

#[test]
fn time_and_randomness_are_not_frozen() {
    let scripts = Scripts::new();
    for (source, reason) in [
        ("export const handle = () => Math.random();", None),
        ("const drawn = Math.random(); export const handle = () => drawn;", Some("Math.random")),
        ("const id = crypto.randomUUID(); export const handle = () => id;", Some("crypto")),
        ("const started = Date.now() + Math.random(); export const handle = () => started;", Some("Date")),
    ] {
        let (published, live) = scripts.live(source);
        match (&published.pre_init, reason) {
            (PreInit::Done, None) => {}
            (PreInit::Skipped { reason }, Some(expected)) => assert!(reason.contains(expected), "{reason}"),
            other => panic!("{source}: {other:?}"),
        }
        let outputs: HashSet<String> = (0..4)
            .map(|_| match scripts.call(&live, "{}").outcome {
                Outcome::Completed { output } => output,
                Outcome::Failed(failure) => panic!("{}", failure.message()),
            })
            .collect();
        assert_eq!(outputs.len(), 4, "{source}");
    }
    let (published, live) = scripts.live("console.log('loading'); export const handle = () => 1;");
    assert!(matches!(published.pre_init, PreInit::Skipped { .. }));
    assert_eq!(scripts.call(&live, "{}").logs.len(), 1, "what is logged while loading is logged by each call");
}

#[test]
fn modules_import_each_other() {
    let scripts = Scripts::new();
    let published = scripts
        .publish(&[
            ("index.js", "import { add } from './lib/add.js'; export const handle = async ({ n }) => (await import('./late.js')).twice(add(n, 1));"),
            ("lib/add.js", "import { zero } from '../zero.js'; export const add = (a, b) => a + b + zero;"),
            ("zero.js", "export const zero = 0;"),
            ("late.js", "export const twice = (n) => 2 * n;"),
        ])
        .expect("published");
    let limits = PublishLimits::default();
    let mut request = LoadRequest {
        wasm_digest: published.wasm_digest,
        wasm: &mut || Err("the code cache has it".into()),
        limits: &limits,
    };
    let live = scripts.runtime.load(&mut request).expect("from the cache");
    assert!(matches!(scripts.call(&live, r#"{"n":4}"#).outcome, Outcome::Completed { output } if output == "10"));
    assert!(live.resident_bytes() < 32 << 10, "{}", live.resident_bytes());
}

#[test]
fn logs_are_kept_within_their_limit() {
    let scripts = Scripts::new();
    let (_, live) = scripts.live(
        "export const handle = () => { console.warn('a %s', 'b', { c: [1] }); console.error(new Error('e').message); \
         for (let i = 0; i < 2e3; i += 1) console.log('x'.repeat(1000)); };",
    );
    let execution = scripts.call(&live, "{}");
    assert_eq!(execution.logs[0].message, "a b { c: [ 1 ] }");
    assert_eq!(execution.logs[1].message, "e");
    assert!(execution.receipt.log_bytes_dropped > 1_700_000, "{:?}", execution.receipt);
}
