// What a person is told about a source that does not compile: where, and in words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compileSource, CompilerCrash } from "../compile.mjs";
import { DIAGNOSTICS_LIMIT_BYTES, positionIn } from "../diagnostics.mjs";
import { prepareProgram } from "../program.mjs";

const HANDLE = "export function handle(input: string): string { return input; }\n";

function compile(source) {
  return compileSource(prepareProgram({ withJson: source.includes('"json-as"') }), source, { optimize: true });
}

function firstError(source) {
  const result = compile(source);
  assert.equal(result.ok, false, "the source must not compile");
  return result.diagnostics[0];
}

function place({ file, line, column, endLine, endColumn }) {
  return [file, line, column, endLine, endColumn];
}

test("a syntax error has a place and a code", () => {
  const found = firstError("export function handle(input: string): string {\n  return input\n");
  assert.equal(found.code, "TS1126");
  assert.equal(found.severity, "error");
  assert.deepEqual(place(found), ["index.ts", 2, 15, 2, 15]);
});

test("a type error names types as the user writes them", () => {
  const found = firstError("export function handle(input: string): string {\n\tlet n: i32 = input;\n\treturn input;\n}");
  assert.equal(found.code, "TS2322");
  assert.equal(found.message, "Type 'string' is not assignable to type 'i32'.");
  assert.deepEqual(place(found), ["index.ts", 2, 15, 2, 20]);
  const array = firstError(`${HANDLE}let a: string[] = new Array<i32>(1);`);
  assert.match(array.message, /Array<i32>/);
  assert.doesNotMatch(array.message, /~lib/);
});

test("all errors of a source come at once, errors before warnings", () => {
  const result = compile(`WARNING("careful");\nlet a: i32 = "x";\nlet b: i32 = missing;\n${HANDLE}`);
  assert.deepEqual(
    result.diagnostics.map(({ severity, line }) => [severity, line]),
    [["error", 2], ["error", 3], ["warning", 1]],
  );
});

test("warnings of a source that compiles are reported with the module", () => {
  const result = compile(`WARNING("careful");\n${HANDLE}`);
  assert.ok(result.ok);
  assert.deepEqual(result.diagnostics.map(({ severity, line }) => [severity, line]), [["warning", 1]]);
});

test("columns count characters, whatever they are made of", () => {
  const found = firstError(`const party = "🎉é世界"; let n: i32 = party;\n${HANDLE}`);
  assert.deepEqual(place(found), ["index.ts", 1, 36, 1, 41]);
  assert.deepEqual(positionIn({ text: "a\r\n🎉b" }, 5), { line: 2, column: 2 });
  assert.deepEqual(positionIn({ text: "" }, 0), { line: 1, column: 1 });
});

test("compileError quotes the line and underlines the place", () => {
  const { compileError } = compile(`export function handle(input: string): string {\n\treturn inptu;\n}`);
  assert.equal(
    compileError,
    "index.ts:2:9: error TS2304: Cannot find name 'inptu'.\n 2 | \treturn inptu;\n   | \t       ^^^^^",
  );
});

test("no import reaches a file of the host", () => {
  const paths = ["../../../etc/passwd", "/etc/passwd", "fs", "node:fs", "./other", "./asconfig.json", "./node_modules/x/y",
    "~lib/../../etc/passwd", "json-as/../../../package", "assemblyscript", "binaryen", "..", "./", "/", "~lib/", "a\\b"];
  for (const path of paths) {
    const found = firstError(`import { x } from ${JSON.stringify(path)};\nexport * from ${JSON.stringify(path)};\n${HANDLE}`);
    assert.equal(found.code, "TS6054", path);
    assert.ok([[1, 19], [2, 15]].some(([line, column]) => found.line === line && found.column === column), path);
    assert.match(found.message, /no such file; only files of the function .*AssemblyScript's standard library and "json-as"/, path);
  }
});

test("a message about generated code points at its class", () => {
  const found = firstError(`import { JSON } from "json-as";
@json
class Box {
  content: Missing = new Missing();
}
export function handle(input: string): string { return JSON.stringify(JSON.parse<Box>(input)); }`);
  assert.deepEqual([found.file, found.code], ["index.ts", "TS2304"]);
  assert.ok(found.line >= 3 && found.line <= 4, `line ${found.line}`);
});

test("what json-as refuses by throwing has its place too", () => {
  const found = firstError(`import { JSON } from "json-as";\n@json class A { @alias() x: i32 = 1; }\n${HANDLE}`);
  assert.deepEqual([found.code, found.file, found.line], ["NIL005", "index.ts", 2]);
  assert.match(found.message, /^json-as: @alias must have an argument/);
});

test("a flood of errors is cut and the rest counted", () => {
  const result = compile(`${'let a: i32 = "x";\n'.repeat(5000)}${HANDLE}`);
  assert.equal(result.ok, false);
  assert.ok(Buffer.byteLength(JSON.stringify(result.diagnostics)) <= DIAGNOSTICS_LIMIT_BYTES + 2 + result.diagnostics.length);
  assert.ok(Buffer.byteLength(result.compileError) <= DIAGNOSTICS_LIMIT_BYTES + 200);
  assert.ok(result.omitted > 1000);
  assert.match(result.compileError, /… and \d+ more$/);
});

test("one endless message does not use up the room of the others", () => {
  const name = `A${"b".repeat(200_000)}`;
  const result = compile(`let x: ${name};\nlet y: i32 = "x";\n${HANDLE}`);
  assert.equal(result.diagnostics.length, 2);
  assert.ok(result.diagnostics[0].message.length < 3000);
});

test("a source that exhausts the compiler's stack is told so, and the worker retires", () => {
  const sources = [
    `export function handle(a: string): string { return ${"(".repeat(20000)}a${")".repeat(20000)}; }`,
    `function f<T>(): void { f<T[]>(); }\nf<i32>();\n${HANDLE}`,
  ];
  for (const source of sources) {
    const result = compile(source);
    assert.equal(result.ok, false);
    assert.equal(result.retire, true);
    assert.match(result.diagnostics.at(-1).message, /nested too deeply/);
  }
});

test("a crash of the compiler is not blamed on the source", () => {
  // A switch with two defaults makes AssemblyScript 0.28.20 hand Binaryen a broken tree.
  const source = `${HANDLE}switch (1) { case 1: default: default: }`;
  assert.throws(() => compile(source), (error) => {
    assert.ok(error instanceof CompilerCrash);
    assert.match(error.message, /^the compiler crashed while it compiled the program/);
    return true;
  });
});

test("odd sources end in a verdict", () => {
  const sources = ["", " \n", "\ufeff", "\u0000", "export", "}{)(", "/*", "'", "`${", "#!/bin/sh", "\ud800", "\r", "@", "//"];
  for (const source of sources) {
    const result = compile(source);
    assert.equal(result.ok, false, JSON.stringify(source));
    assert.ok(result.compileError.length > 0, JSON.stringify(source));
  }
});

test("very many mistakes take no longer than the compiler itself, on many lines and on one", async () => {
  for (const separator of ["\n", " "]) {
    const source = `let x: i32 = "";${separator}`.repeat(60_000);
    const began = performance.now();
    const answer = await compile(source);
    const took = performance.now() - began;
    assert.equal(answer.ok, false);
    assert.ok(answer.omitted > 50_000, `${answer.omitted} omitted`);
    assert.match(answer.compileError, /… and \d{5} more$/);
    // Quadratic, it was minutes.
    assert.ok(took < 20_000, `${Math.round(took)} ms`);
  }
});
