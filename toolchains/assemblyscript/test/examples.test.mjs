// Every example compiles and answers each of its cases as its `example.json` says, and those of the programs that every
// language has as `examples/common/` says.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { compileSource } from "../compile.mjs";
import { prepareProgram } from "../program.mjs";
import { callHandle, callScalar, readAbi } from "./host.mjs";

const EXAMPLES = new URL("../../../examples/assemblyscript/", import.meta.url);
const COMMON = new URL("../../../examples/common/", import.meta.url);

/** JSON whose integers beyond 2^53 are kept exactly, as BigInt. */
function parseExact(text) {
  const marked = text.replace(/(?<=[[:,\s])(-?\d{16,})(?=[,\]}\s]|$)/g, '"\\u0000$1"');
  return JSON.parse(marked, (key, value) =>
    typeof value === "string" && value.startsWith("\u0000") ? BigInt(value.slice(1)) : value,
  );
}

/** Small BigInts are plain numbers in an expectation. */
function plain(value) {
  return typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function call(module, input) {
  const abi = readAbi(module);
  if (abi.abi === "scalar") return plain(callScalar(module, abi, input));
  return JSON.parse(callHandle(module, JSON.stringify(input)));
}

/** The example's own cases and those of the common program of its name. */
function casesOf(name) {
  const files = [new URL(`${name}/example.json`, EXAMPLES), new URL(`${name}/program.json`, COMMON)];
  return files.filter((file) => existsSync(file)).flatMap((file) => {
    const { name: given, cases } = parseExact(readFileSync(file, "utf8"));
    assert.equal(given, name);
    const read = (input) => parseExact(readFileSync(new URL(input, file), "utf8"));
    return cases.map(({ inputFile, ...rest }) => (inputFile ? { ...rest, input: read(inputFile) } : rest));
  });
}

const names = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

test("there are at least nine examples", () => assert.ok(names.length >= 9, names.join()));

for (const name of names) {
  test(`example ${name}`, () => {
    const folder = new URL(`${name}/`, EXAMPLES);
    const source = readFileSync(new URL("index.ts", folder), "utf8");
    const cases = casesOf(name);
    assert.ok(cases.length >= 2, "at least two cases");

    const withJson = source.includes('"json-as"');
    for (const optimize of [true, false]) {
      const result = compileSource(prepareProgram({ withJson }), source, { optimize });
      assert.ok(result.ok, result.compileError);
      assert.deepEqual(result.diagnostics, []);
      const module = new WebAssembly.Module(result.wasm);
      for (const { input, output, error } of cases) {
        if (error === undefined) assert.deepEqual(call(module, input), output, JSON.stringify(input).slice(0, 200));
        else assert.throws(() => call(module, input), (thrown) => thrown.message.includes(error));
      }
    }
  });
}

test("the template compiles and answers", () => {
  const template = readFileSync(new URL("../template/index.ts", import.meta.url), "utf8");
  const source = template.replaceAll("{{name}}", "my-function_2");
  const result = compileSource(prepareProgram({ withJson: true }), source, { optimize: true });
  assert.ok(result.ok, result.compileError);
  const logs = [];
  const answer = callHandle(new WebAssembly.Module(result.wasm), '{"name":"Ada"}', logs);
  assert.equal(answer, '{"message":"Hello, Ada!"}');
  assert.deepEqual(logs, ["log: greeting Ada"]);
});
