use nil_core::{Language, SCRIPT_SECTION, Script, render_plain};

use super::{Files, compile};

fn files(files: &[(&str, &str)]) -> Files {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

fn script(language: Language, sources: &[(&str, &str)]) -> Script {
    let wasm = compile(language, &"0".repeat(64), language.entry_file(), &files(sources))
        .unwrap_or_else(|found| panic!("{}", render_plain(&found)));
    let name = SCRIPT_SECTION.as_bytes();
    let at = wasm.windows(name.len()).position(|window| window == name).expect("the section") + name.len();
    serde_json::from_slice(&wasm[at..]).expect("the script")
}

fn refused(language: Language, sources: &[(&str, &str)]) -> String {
    let outcome = compile(language, &"0".repeat(64), language.entry_file(), &files(sources));
    render_plain(&outcome.expect_err("must be refused"))
}

#[test]
fn types_are_stripped_and_mapped() {
    let source = "interface Input { name: string }\n\nenum Mood { Good = 1, Bad }\n\nexport function handle(input: Input): object {\n  const mood = Mood.Bad as number;\n  return { name: input.name!, mood };\n}\n";
    let script = script(Language::TypeScript, &[("index.ts", source)]);
    let module = &script.modules[0];
    assert!(!module.code.contains("interface") && !module.code.contains(": Input"), "{}", module.code);
    assert!(module.code.contains("export function handle(input)"), "{}", module.code);
    let map: serde_json::Value = serde_json::from_str(module.map.as_deref().expect("a map")).expect("JSON");
    assert_eq!(map["sources"][0], "index.ts");
    assert_eq!(map.get("sourcesContent"), None);
}

#[test]
fn javascript_is_left_as_it_is() {
    let source = "export default async ({ name }) => ({ hello: name })\n";
    let script = script(Language::JavaScript, &[("index.js", source)]);
    assert_eq!((script.modules[0].code.as_str(), script.modules[0].map.as_deref()), (source, None));
}

#[test]
fn imports_are_followed_through_the_functions_own_files() {
    let sources = [
        (
            "index.ts",
            "import { tax } from './lib/tax.js';\nimport type { Other } from './types';\nexport const handle = (x: Other) => import('./late').then(l => l.add(tax, x));\n",
        ),
        ("lib/tax.ts", "import { half } from '../half';\nexport const tax: number = half(1);\n"),
        ("half.js", "export const half = (n) => n / 2;\n"),
        ("late.mjs", "export const add = (a, b) => a + b;\n"),
        ("unused.ts", "this is not even TypeScript\n"),
    ];
    let mut paths: Vec<_> =
        script(Language::TypeScript, &sources).modules.into_iter().map(|module| module.path).collect();
    paths.sort();
    assert_eq!(paths, ["half.js", "index.ts", "late.mjs", "lib/tax.ts"]);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let of = |source: &str| refused(Language::JavaScript, &[("index.js", source)]);
    insta::assert_snapshot!(
        [
            of("export function handle() {\n  const é = ;\n}\n"),
            of("export function handle(a, a) {}\n"),
            of("import x from 'lodash';\nimport y from './none.js';\nexport function handle() {}\n"),
            of("export function handel() {}\nexport const other = 1;\n"),
            of("module.exports.handle = () => 1;\n"),
            of("const a = 1;\n"),
            of("export function handle(input: string) { return input; }\n"),
            refused(Language::TypeScript, &[("index.ts", "export function handle(input: string { }\n")]),
            refused(Language::TypeScript, &[("index.ts", "export type handle = number;\n")]),
        ]
        .join("\n")
    );
}

#[test]
fn deep_nesting_comes_to_an_end() {
    let depth = 20_000;
    let nested = format!("export const handle = () => {}1{};", "(".repeat(depth), ")".repeat(depth));
    let compiled = std::thread::Builder::new()
        .stack_size(1 << 30)
        .spawn(move || compile(Language::JavaScript, &"0".repeat(64), "index.js", &files(&[("index.js", &nested)])))
        .expect("a thread")
        .join()
        .expect("no panic");
    assert!(compiled.is_ok());
}
