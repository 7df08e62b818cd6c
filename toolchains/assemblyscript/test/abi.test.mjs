// How a source's exports become a calling convention, and what is said when they do not.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { compileSource } from "../compile.mjs";
import { PROVIDED } from "../host_imports.mjs";
import { prepareProgram } from "../program.mjs";
import { callHandle, callScalar, hasNameSection, readAbi } from "./host.mjs";

const HANDLE = "export function handle(input: string): string { return input; }\n";

function compile(source) {
  return compileSource(prepareProgram({ withJson: false }), source, { optimize: true });
}

/** The only error of a source that must not compile. */
function refusal(source) {
  const result = compile(source);
  assert.equal(result.ok, false, "the source must be refused");
  const errors = result.diagnostics.filter((diagnostic) => diagnostic.severity === "error");
  assert.equal(errors.length, 1, JSON.stringify(errors));
  return errors[0];
}

function moduleOf(result) {
  assert.ok(result.ok, result.compileError);
  return new WebAssembly.Module(result.wasm);
}

test("handle(string): string uses the AssemblyScript convention", () => {
  const module = moduleOf(compile(HANDLE));
  assert.deepEqual(readAbi(module), { abi: "assemblyscript", language: "assemblyscript", export: "handle" });
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  for (const name of ["__new", "__pin", "__unpin", "__collect", "memory", "handle"]) {
    assert.ok(names.includes(name), `${name} is exported`);
  }
  assert.ok(hasNameSection(module));
  assert.equal(callHandle(module, 'grüße "🎉"'), 'grüße "🎉"');
});

test("aliases, renamed exports and default exports are seen through", () => {
  const sources = [
    "type Json = string; export function handle(input: Json): Json { return input; }",
    "function main(input: string): string { return input; } export { main as handle };",
    "function handle(input: String): string { return input; } export { handle };",
  ];
  for (const source of sources) assert.equal(callHandle(moduleOf(compile(source)), "x"), "x");
});

test("one numeric function uses the scalar convention, without the runtime's exports", () => {
  const module = moduleOf(compile("export function add(a: i32, b: i32): i32 { return a + b; }"));
  const abi = readAbi(module);
  assert.deepEqual(abi, {
    abi: "scalar",
    language: "assemblyscript",
    export: "add",
    params: ["a", "b"],
    types: ["i32", "i32"],
    result: "i32",
  });
  assert.equal(WebAssembly.Module.imports(module).length, 0);
  assert.ok(!WebAssembly.Module.exports(module).some(({ name }) => name.startsWith("__")));
  assert.equal(callScalar(module, abi, { args: [2, 3] }), 5);
  assert.equal(callScalar(module, abi, { b: 1, a: 2147483647 }), -2147483648);
});

test("every numeric type keeps its name", () => {
  const types = ["i8", "i16", "i32", "i64", "isize", "u8", "u16", "u32", "u64", "usize", "bool", "f32", "f64"];
  for (const type of types) {
    const module = moduleOf(compile(`export function same(value: ${type}): ${type} { return value; }`));
    const abi = readAbi(module);
    assert.deepEqual([abi.types, abi.result], [[type], type]);
    assert.equal(Number(callScalar(module, abi, { value: 1 })), 1);
  }
  const unsigned = moduleOf(compile("export function top(): u64 { return u64.MAX_VALUE; }"));
  assert.equal(callScalar(unsigned, readAbi(unsigned), { args: [] }), 18446744073709551615n);
});

test("a handle over numbers is a numeric function", () => {
  const abi = readAbi(moduleOf(compile("export function handle(n: i32): i64 { return n; }")));
  assert.deepEqual([abi.abi, abi.export, abi.types, abi.result], ["scalar", "handle", ["i32"], "i64"]);
});

test("helpers that are not numeric may be exported beside handle", () => {
  const source = `${HANDLE}export function shout(text: string): string { return text.toUpperCase(); }\nexport const LIMIT: i32 = 3;`;
  assert.equal(compile(source).abi, "assemblyscript");
});

test("refusals name the place, what was found and what to write", () => {
  const cases = [
    ["const x: i32 = 1;", "NIL001", 1, 1, /exports no function/],
    ["\n  function handle(input: string): string { return input; }", "NIL001", 2, 12, /put 'export' before/],
    ["export function greet(name: string): string { return name; }", "NIL001", 1, 17, /'greet\(name: string\): string'.*write: export function handle/],
    ["export const handle = (input: string): string => input;", "NIL001", 1, 14, /is a variable/],
    ["export function handle<T>(input: T): T { return input; }", "NIL001", 1, 17, /fixed types/],
    ["export function handle(a: string, b: string): string { return a; }", "NIL002", 1, 17, /must take one string/],
    ["export function handle(a: string): i32 { return 1; }", "NIL002", 1, 17, /found 'handle\(a: string\): i32'/],
    ["export function handle(a: string | null): string { return a!; }", "NIL002", 1, 17, /must take one string/],
    ["export function handle(this: string, a: string): string { return a; }", "NIL002", 1, 17, /must take one string/],
    ["export function handle(a: string = ''): string { return a; }", "NIL002", 1, 17, /default/],
    ["export function add(a: i32, b: i32 = 1): i32 { return a + b; }", "NIL002", 1, 17, /optional/],
    ["export function add(...all: i32[]): i32 { return all[0]; }", "NIL001", 1, 17, /nor numeric/],
    ["export function a(): i32 { return 1; }\nexport function b(): i32 { return 2; }", "NIL003", 2, 17, /several numeric/],
    [`${HANDLE}export function add(a: i32): i32 { return a; }`, "NIL003", 2, 17, /ambiguous/],
    ["export function add(a: i32): i32 { return a; }\nexport function say(): void {}", "NIL003", 2, 17, /beside the numeric function/],
  ];
  for (const [source, code, line, column, message] of cases) {
    const found = refusal(source);
    assert.deepEqual([found.code, found.file, found.line, found.column], [code, "index.ts", line, column], source);
    assert.match(found.message, message, source);
  }
});

test("an import the host does not provide is refused where it is declared", () => {
  const found = refusal(`declare function send(to: i32): void;\n${HANDLE.replace("return", "send(1); return")}`);
  assert.deepEqual([found.code, found.line, found.column], ["NIL004", 1, 18]);
  assert.match(found.message, /'index\.send'/);
  const renamed = refusal(`@external("wasi", "fd_write")\ndeclare function w(): void;\n${HANDLE.replace("return", "w(); return")}`);
  assert.match(renamed.message, /'wasi\.fd_write'/);
});

test("imports of the standard library are provided", () => {
  const source = `export function handle(input: string): string {
    console.log("log"); console.error("error"); trace("traced", 2, 1.5, 2);
    return (Date.now() > 0).toString() + (Math.random() < 1).toString() + (performance.now() > 0).toString();
  }`;
  const logs = [];
  assert.equal(callHandle(moduleOf(compile(source)), "", logs), "truetruetrue");
  assert.deepEqual(logs, ["log: log", "error: error", "trace: traced 1.5 2"]);
});

test("what is taken to be provided is what the runtime provides", () => {
  const catalog = readFileSync(new URL("../../../crates/nil-runtime/src/host/catalog.rs", import.meta.url), "utf8");
  const provided = new Set([...catalog.matchAll(/"((?:console|Date|performance|process|Math)\.\w+|abort|trace|seed)"/g)].map(([, name]) => name));
  assert.deepEqual([...PROVIDED].sort(), [...provided].sort());
});
