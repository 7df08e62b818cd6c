// Every example compiles and answers each of its cases as its `example.json` says.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { compileSource } from "../compile.mjs";
import { prepareProgram } from "../program.mjs";
import { callHandle, callScalar, readAbi } from "./host.mjs";

const EXAMPLES = new URL("../../../examples/assemblyscript/", import.meta.url);

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

const names = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

test("there are at least nine examples", () => assert.ok(names.length >= 9, names.join()));

for (const name of names) {
  test(`example ${name}`, () => {
    const folder = new URL(`${name}/`, EXAMPLES);
    const source = readFileSync(new URL("index.ts", folder), "utf8");
    const example = parseExact(readFileSync(new URL("example.json", folder), "utf8"));
    assert.equal(example.name, name);
    assert.ok(example.cases.length >= 3, "at least three cases");

    const withJson = source.includes('"json-as"');
    for (const optimize of [true, false]) {
      const result = compileSource(prepareProgram({ withJson }), source, { optimize });
      assert.ok(result.ok, result.compileError);
      assert.deepEqual(result.diagnostics, []);
      const module = new WebAssembly.Module(result.wasm);
      for (const { input, output, error } of example.cases) {
        if (error === undefined) assert.deepEqual(call(module, input), output, JSON.stringify(input));
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
