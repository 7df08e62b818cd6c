// The worker as the compiler service sees it: a process that is written requests and read responses.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { callHandle, readAbi } from "./host.mjs";
import { moduleOf, Worker } from "./worker_client.mjs";

const EXAMPLES = new URL("../../../examples/assemblyscript/", import.meta.url);
const GREETING = readFileSync(new URL("greeting/index.ts", EXAMPLES), "utf8");
const ECHO = "export function handle(input: string): string { return input; }\n";

let worker;
before(async () => {
  worker = await Worker.start({
    // None of this may be seen by a compilation.
    "asconfig.json": '{"options":{"runtime":"stub","noExportMemory":true},"entries":["evil.ts"]}',
    "package.json": '{"type":"commonjs","main":"evil.js"}',
    "evil.ts": "export function stolen(): i32 { return 1; }",
    "node_modules/evil/index.ts": "export function stolen(): i32 { return 1; }",
    "node_modules/json-as/index.ts": "export class JSON {}",
  });
});
after(async () => assert.equal(await worker.stop(), 0));

test("the first line names the versions", () => {
  const { version } = JSON.parse(readFileSync(new URL("../node_modules/json-as/package.json", import.meta.url)));
  assert.deepEqual(worker.ready, {
    ready: true,
    toolchain: { assemblyscript: "0.28.20", "json-as": version, node: process.versions.node },
  });
});

test("a plain and a json-as function compile", async () => {
  const echo = await worker.compile(ECHO);
  assert.equal(echo.id, "job-0");
  assert.equal(echo.abi, "assemblyscript");
  assert.deepEqual(echo.diagnostics, []);
  assert.equal(callHandle(moduleOf(echo), "çé"), "çé");
  for (const lap of ["parse", "analyse", "compile", "validate", "optimize", "emit", "total"]) {
    assert.equal(typeof echo.timingsMs[lap], "number", lap);
  }
  const greeting = await worker.compile(GREETING);
  assert.equal(callHandle(moduleOf(greeting), '{"name":"Ada"}'), '{"message":"Hello, Ada!"}');
});

test("without optimising it is the same function, larger", async () => {
  const [small, large] = [await worker.compile(GREETING), await worker.compile(GREETING, { optimize: false })];
  assert.ok(large.wasmBase64.length > small.wasmBase64.length);
  assert.equal(callHandle(moduleOf(large), "{}"), callHandle(moduleOf(small), "{}"));
});

test("json-as in a comment or a string is not an import of it", async () => {
  const source = `// like "json-as", but by hand\n${ECHO.replace("return input", 'return input + "json-as"')}`;
  assert.equal(callHandle(moduleOf(await worker.compile(source)), "x"), "xjson-as");
  const unusual = GREETING.replace('from "json-as"', "from 'json-as/assembly/index'");
  assert.ok((await worker.compile(unusual)).ok);
});

test("a mistake of the user comes back as diagnostics", async () => {
  const response = await worker.compile("export function handle(input: string): string {\n  return 1;\n}");
  assert.equal(response.ok, false);
  assert.equal(response.wasmBase64, undefined);
  const [{ file, line, column, severity, code }] = response.diagnostics;
  assert.deepEqual([file, line, column, severity, code], ["index.ts", 2, 10, "error", "TS2322"]);
  assert.match(response.compileError, /^index\.ts:2:10: error TS2322/);
});

test("files in the worker's folder are out of reach", async () => {
  for (const path of ["./evil", "evil", "./node_modules/evil/index", "../../../etc/passwd"]) {
    const response = await worker.compile(`import { stolen } from "${path}";\n${ECHO}`);
    assert.equal(response.diagnostics[0].code, "TS6054", path);
  }
  assert.deepEqual(worker.listFolder(), ["asconfig.json", "evil.ts", "node_modules", "package.json"]);
});

test("one job cannot influence the next", async () => {
  const used = (await worker.compile(GREETING)).wasmBase64;
  const others = [
    // Names that are special to JavaScript objects, in every place a name can be.
    `import { JSON } from "json-as";
     @json class __proto__ { constructor_: i32 = 1; hasOwnProperty: string = ""; @alias("__proto__") toString_: string = "x"; }
     @json class prototype { __proto__: i32 = 0; valueOf_: __proto__ = new __proto__(); }
     type constructor = i32; namespace toString { export const __proto__: i32 = 1; }
     export function handle(input: string): string { return JSON.stringify(JSON.parse<prototype>(input)); }`,
    // A second meaning for names the next job uses.
    `import { JSON } from "json-as";
     type Request = string; type Greeting = i32; type Name = string;
     @json class Holder { a: Request = ""; b: Greeting = 1; }
     @global function greet(): void {} @lazy const GREETINGS: i32 = 7;
     export function handle(input: string): string { return JSON.stringify(JSON.parse<Holder>(input)); }`,
    // Failures in the middle of each stage.
    `import { JSON } from "json-as";\ntype X = i32; type X = string; @json class A { x: X = 0; }\n${ECHO}`,
    `import { JSON } from "json-as";\n@json class A { x: Missing = new Missing(); }\n${ECHO}`,
    "}{",
    "export function add(a: i32): i32 { return a; }",
  ];
  for (const source of others) await worker.compile(source);
  const afterwards = (await worker.compile(GREETING)).wasmBase64;
  assert.equal(afterwards, used, "the same source gives the same bytes whatever came before");

  const fresh = await Worker.start();
  assert.equal((await fresh.compile(GREETING)).wasmBase64, used, "and the same as in a fresh worker");
  await fresh.stop();
});

test("prototypes of the worker stay as they are", async () => {
  const special = `@json class constructor { __proto__: i32 = 1; }`;
  await worker.compile(`import { JSON } from "json-as";\n${special}\n${ECHO}`);
  const { wasmBase64 } = await worker.compile(
    `import { JSON } from "json-as";\n@json class Plain { a: i32 = 1; }\n` +
      "export function handle(input: string): string { return JSON.stringify(JSON.parse<Plain>(input)); }",
  );
  const module = new WebAssembly.Module(Buffer.from(wasmBase64, "base64"));
  assert.equal(callHandle(module, '{"a":2,"__proto__":3,"constructor":4}'), '{"a":2}');
});

test("a large source compiles, whatever is large about it", async () => {
  const numbers = Array.from({ length: 6000 }, (_, n) => n);
  const functions = numbers.map((n) => `function f${n}(a: i32): i32 { return a * ${n} + ${n % 7}; }`).join("\n");
  const calls = numbers.map((n) => `  sum += f${n}(sum);`).join("\n");
  const many = `${functions}\nexport function total(): i32 {\n  let sum = 1;\n${calls}\n  return sum;\n}\n`;
  assert.ok(many.length > 400_000);
  assert.equal((await worker.compile(many)).abi, "scalar");

  const long = ECHO.replace("return input", `return ${numbers.slice(0, 2000).map((n) => `"${n % 10}"`).join(" + ")} + input`);
  const sum = callHandle(moduleOf(await worker.compile(long)), "!");
  assert.equal(sum, `${numbers.slice(0, 2000).map((n) => n % 10).join("")}!`);
});

test("sources are Unicode", async () => {
  const text = "// Ünïcödé\nexport function handle(входные: string): string { return входные + \"→ 世界 🎉 \\u{1F600}\"; }\n";
  const response = await worker.compile(text);
  assert.equal(callHandle(moduleOf(response), "ä"), "ä→ 世界 🎉 😀");
});

test("parameter names reach the host", async () => {
  const response = await worker.compile("export function power(base: f64, exponent: u32): f64 { return base ** exponent; }");
  assert.deepEqual(readAbi(moduleOf(response)).params, ["base", "exponent"]);
});

test("requests that arrive together are answered in order", async () => {
  worker.writeRaw(["a", "b", "c"].map((id) => `${JSON.stringify({ id, source: ECHO })}\n`).join(""));
  for (const id of ["a", "b", "c"]) assert.equal((await worker.readLine()).id, id);
});

test("warm compile times", async (context) => {
  for (const [name, source] of [["echo", ECHO], ["json-as greeting", GREETING]]) {
    const times = [];
    for (let round = 0; round < 7; round += 1) {
      const begin = performance.now();
      assert.ok((await worker.compile(source)).ok);
      times.push(performance.now() - begin);
    }
    times.sort((a, b) => a - b);
    context.diagnostic(`${name}: median ${times[3].toFixed(0)} ms, best ${times[0].toFixed(0)} ms`);
  }
});

test("a crash of the compiler is answered as such, and ends the worker", async () => {
  const doomed = await Worker.start();
  const response = await doomed.compile(`${ECHO}switch (1) { case 1: default: default: }`);
  assert.equal(response.ok, false);
  assert.match(response.crash, /^the compiler crashed/);
  assert.equal(response.compileError, undefined);
  assert.equal(await doomed.exited(), 70);
  assert.match(doomed.stderr, /Assertion failed/);
});

test("a source that exhausts the stack is the user's, and ends the worker", async () => {
  const doomed = await Worker.start();
  const response = await doomed.compile(`export const x: i32 = ${"(".repeat(50000)}1${")".repeat(50000)};\n${ECHO}`);
  assert.equal(response.diagnostics[0].code, "NIL006");
  assert.equal(await doomed.exited(), 70);
});

test("a line that is not a request ends the worker", async () => {
  for (const line of ["not json\n", '{"id":1,"source":""}\n', '{"id":"x"}\n']) {
    const confused = await Worker.start();
    confused.writeRaw(line);
    assert.equal(await confused.readLine(), undefined);
    assert.equal(await confused.exited(), 65);
  }
});
