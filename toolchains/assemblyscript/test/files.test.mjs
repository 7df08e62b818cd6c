// Functions of several files: imports between them, and what an import cannot reach.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { callHandle } from "./host.mjs";
import { moduleOf, Worker } from "./worker_client.mjs";

let worker;
before(async () => {
  worker = await Worker.start({ "outside.ts": "export const SECRET: i32 = 7;" });
});
after(async () => assert.equal(await worker.stop(), 0));

const HANDLE = "export function handle(input: string): string { return input + word(); }\n";

test("files import each other, up, down and through an index", async () => {
  const source = `import { word } from "./lib/words";\n${HANDLE}`;
  const files = {
    "lib/words.ts": 'import { base } from "../base";\nimport { deep } from "./deep";\nexport function word(): string { return base + deep; }',
    "base.ts": 'export const base: string = "b";',
    "lib/deep/index.ts": 'export const deep: string = "d";',
    "unused.ts": "this is not even code",
  };
  const response = await worker.compile(source, undefined, files);
  assert.equal(callHandle(moduleOf(response), "a"), "abd");
  // The same files again, without the ones of the job before.
  const without = await worker.compile(source);
  assert.equal(without.diagnostics[0].code, "TS6054");
  assert.match(without.diagnostics[0].message, /cannot import ".\/lib\/words": no such file; only files of the function/);
});

test("only the entry file's exports are the function's", async () => {
  const source = `import { word } from "./words";\n${HANDLE}`;
  const files = { "words.ts": 'export function word(): string { return "w"; }\nexport function handle(input: string): i32 { return 1; }' };
  assert.equal(callHandle(moduleOf(await worker.compile(source, undefined, files)), "a"), "aw");
});

test("json-as classes may live in any file", async () => {
  const files = {
    "model.ts": 'import { JSON } from "json-as";\n@json\nexport class Point { x: i32 = 0; y: i32 = 0; }\nexport function read(text: string): Point { return JSON.parse<Point>(text); }',
  };
  const bare = 'import { read } from "./model";\nexport function handle(input: string): string { const p = read(input); return (p.x + p.y).toString(); }\n';
  assert.equal(callHandle(moduleOf(await worker.compile(bare, undefined, files)), '{"x":3,"y":4}'), "7");
  const both = 'import { JSON } from "json-as";\nimport { Point } from "./model";\n@json\nclass Out { at: Point = new Point(); }\nexport function handle(input: string): string { const o = new Out(); o.at.x = 5; return JSON.stringify(o); }\n';
  assert.equal(callHandle(moduleOf(await worker.compile(both, undefined, files)), "{}"), '{"at":{"x":5,"y":0}}');
});

test("a mistake names its file, line and column and shows the line", async () => {
  const source = `import { word } from "./lib/words";\n${HANDLE}`;
  const response = await worker.compile(source, undefined, { "lib/words.ts": "// first\nexport function word(): string { return 1; }" });
  const [{ file, line, column, code }] = response.diagnostics;
  assert.deepEqual([file, line, column, code], ["lib/words.ts", 2, 41, "TS2322"]);
  assert.match(response.compileError, /^lib\/words\.ts:2:41: error TS2322[^\n]*\n 2 \| export function word/);
  const syntax = await worker.compile(source, undefined, { "lib/words.ts": "export function word(: string {" });
  assert.equal(syntax.diagnostics[0].file, "lib/words.ts");
});

test("no import leaves the function", async () => {
  const files = { "words.ts": 'import { SECRET } from "../outside";\nexport function word(): string { return SECRET.toString(); }' };
  for (const path of ["./outside", "../outside", "/etc/passwd", "./words/../../outside", "~lib/../outside"]) {
    const response = await worker.compile(`import { SECRET } from "${path}";\n${HANDLE}`, undefined, files);
    assert.equal(response.ok, false, path);
    assert.equal(response.diagnostics[0].code, "TS6054", path);
  }
  const through = await worker.compile(`import { word } from "./words";\n${HANDLE}`, undefined, files);
  assert.deepEqual([through.diagnostics[0].file, through.diagnostics[0].code], ["words.ts", "TS6054"]);
});

test("files with special names are files like any other", async () => {
  const files = JSON.parse('{"__proto__.ts":"export function word(): string { return \\"p\\"; }","constructor.ts":""}');
  const response = await worker.compile(`import { word } from "./__proto__";\n${HANDLE}`, undefined, files);
  assert.equal(callHandle(moduleOf(response), "a"), "ap");
});
