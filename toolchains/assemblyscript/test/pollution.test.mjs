// One job must not influence the next: after each source of a set that tries to, the same two functions compile to
// the same bytes as in a worker that has seen nothing else, and the built-in objects are untouched.

import assert from "node:assert/strict";
import { test } from "node:test";
import { watchBuiltIns } from "../untouched.mjs";
import { Worker } from "./worker_client.mjs";

const PLAIN = `export function handle(input: string): string { return input.toUpperCase() + [1, 2].length.toString(); }`;
const WITH_JSON = `import { JSON } from "json-as";
@json class Person { name: string = ""; age: i32 = 0; }
export function handle(input: string): string {
  const person = JSON.parse<Person>(input);
  person.age += 1;
  return JSON.stringify(person);
}`;
const HANDLE = `export function handle(input: string): string { return input; }\n`;

/** Names that mean something in the language the compiler is written in. */
const NAMES = ["__proto__", "constructor", "prototype", "hasOwnProperty", "toString", "valueOf", "__defineGetter__", "then"];

const SOURCES = [
  ...NAMES.map((name) => `class ${name} { ${name}: i32 = 1; static ${name}: i32 = 2; }\nlet x = new ${name}();\n${HANDLE}`),
  ...NAMES.map((name) => `export namespace ${name} { export const ${name}: i32 = 7; }\n${HANDLE}`),
  ...NAMES.map((name) => `import { JSON } from "json-as";\n@json class A { ${name}: string = "x"; }\n@json class ${name} { a: A = new A(); }\n
    export function handle(input: string): string { return JSON.stringify(new A()); }`),
  ...NAMES.map((name) => `import { ${name} } from "json-as";\n${HANDLE}`),
  ...NAMES.map((name) => `import * as ${name} from "${name}";\n${HANDLE}`),
  `@global class Array2 {}\n@global function leaked(): void {}\n@global export const shared: i32 = 7;\n${HANDLE}`,
  `@global class String { length: i32 = 0; }\n${HANDLE}`,
  `@global @inline function changetype<T>(x: i32): T { unreachable(); }\n${HANDLE}`,
  `@builtin export declare function unreachable(): i32;\n${HANDLE}`,
  `declare module "~lib/array" { export class Array<T> {} }\n${HANDLE}`,
  `@operator.binary("+", String) function plus(a: string, b: string): string { return a; }\n${HANDLE}`,
  `export { handle as __new } from "./index"; ${HANDLE}`,
  `let x: i32 = "";\n`.repeat(2_000),
  `export function handle(input: string): string { return ${"(".repeat(500)}input${")".repeat(500)}; }`,
  `class Box<T> { v: T; grow(): i32 { return new Box<Box<T>>().grow(); } }\nexport function f(): i32 { return new Box<i32>().grow(); }`,
  `\u2028\u2029\ufeff${HANDLE}`,
  "",
];

/** Optimising takes most of the time and is Binaryen's, which keeps nothing between two modules. */
const QUICK = { optimize: false };

async function bytesOf(worker, source) {
  const answer = await worker.compile(source, QUICK);
  assert.ok(answer.ok, answer.compileError ?? answer.crash);
  return answer.wasmBase64;
}

test("no source changes what the next one compiles to", async (t) => {
  let worker = await Worker.start();
  t.after(() => worker.kill());
  const expected = [await bytesOf(worker, PLAIN), await bytesOf(worker, WITH_JSON)];
  let workers = 1;
  for (const [number, source] of SOURCES.entries()) {
    const answer = await worker.compile(source, QUICK);
    const what = `source ${number}: ${source.slice(0, 60)}`;
    assert.ok(answer, `${what}: no answer`);
    assert.doesNotMatch(answer.crash ?? "", /what all compilations share/, what);
    if (answer.crash || /nested too deeply/.test(answer.compileError ?? "")) {
      // Such a worker never sees another job.
      assert.equal(await worker.exited(), 70, what);
      worker = await Worker.start();
      workers += 1;
    }
    // Every fifth time, the whole; it takes seconds each.
    const after = number % 5 === 4 ? [PLAIN, WITH_JSON] : [PLAIN];
    for (const [index, victim] of after.entries()) {
      assert.equal(await bytesOf(worker, victim), expected[index], `after ${what}`);
    }
    assert.deepEqual(worker.listFolder(), [], what);
  }
  assert.ok(workers <= 12, `${workers} workers`);
  assert.equal(await worker.stop(), 0);
});

test("changed built-in objects are noticed", () => {
  const whatChanged = watchBuiltIns();
  assert.equal(whatChanged(), null);
  const changes = [
    [() => (Object.prototype.polluted = 1), () => delete Object.prototype.polluted],
    [() => (globalThis.leaked = 1), () => delete globalThis.leaked],
    [() => (Array.prototype.push = () => 0), ((push) => () => (Array.prototype.push = push))(Array.prototype.push)],
    [() => (Map.prototype.get = () => 0), ((get) => () => (Map.prototype.get = get))(Map.prototype.get)],
    [() => (JSON.parse = () => 0), ((parse) => () => (JSON.parse = parse))(JSON.parse)],
  ];
  for (const [change, undo] of changes) {
    change();
    const told = whatChanged();
    undo();
    assert.notEqual(told, null, change.toString());
    assert.equal(whatChanged(), null, undo.toString());
  }
});
