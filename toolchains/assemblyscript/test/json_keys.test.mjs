// The order of keys does not matter, and keys that differ in one character are different keys.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compileSource } from "../compile.mjs";
import { prepareProgram } from "../program.mjs";
import { callHandle } from "./host.mjs";

/** Types of fields with two values each; json-as reads each kind in code of its own. */
const KINDS = {
  f64: ["0.0", 1.5, 2.5],
  i32: ["0", 1, 2],
  string: ['""', "one", "two"],
  bool: ["false", true, false],
  "i32[]": ["[]", [1], [2, 3]],
  Inner: ["new Inner()", { n: 1 }, { n: 2 }],
};

const LENGTHS = Array.from({ length: 20 }, (_, index) => index + 1);

function compile(source) {
  const result = compileSource(prepareProgram({ withJson: true }), source, { optimize: false });
  assert.ok(result.ok, result.compileError);
  return new WebAssembly.Module(result.wasm);
}

for (const [type, [initial, first, second]] of Object.entries(KINDS)) {
  test(`keys of all lengths, ${type}`, () => {
    const stem = (length) => "abcdefghijklmnopqrstuvwxyz".slice(0, length - 1);
    const classes = LENGTHS.map(
      (length) =>
        `@json class C${length} { ${stem(length)}Y: ${type} = ${initial}; ${stem(length)}Z: ${type} = ${initial}; last: i32 = 0; }`,
    );
    const branches = LENGTHS.map(
      (length) =>
        `if (input.startsWith("${String(length).padStart(2)}")) return JSON.stringify(JSON.parse<C${length}>(input.slice(2)));`,
    );
    const module = compile(`import { JSON } from "json-as";
      @json class Inner { n: i32 = 0; }
      ${classes.join("\n")}
      export function handle(input: string): string { ${branches.join("\n")} return ""; }`);
    for (const length of LENGTHS) {
      const [y, z, stranger] = ["Y", "Z", "W"].map((end) => stem(length) + end);
      const ask = (value) => JSON.parse(callHandle(module, String(length).padStart(2) + JSON.stringify(value)));
      const expected = { [y]: first, [z]: second, last: 7 };
      assert.deepEqual(ask({ [y]: first, [z]: second, last: 7 }), expected, `as declared, ${length}`);
      assert.deepEqual(ask({ last: 7, [z]: second, [y]: first }), expected, `the other way round, ${length}`);
      assert.deepEqual(ask({ [z]: second, last: 7, [y]: first }), expected, `mixed, ${length}`);
      assert.deepEqual(ask({ last: 7, [stranger]: second, [z]: second, [y]: first }), expected, `with a stranger, ${length}`);
    }
  });
}
