// The runtime of `runtime/nil.ts` and the thinned shadow stack: programs that allocate in every way there
// is give the same answers when memory is collected at every single allocation and what is freed is
// overwritten, and garbage does not make memory grow.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import binaryen from "binaryen";
import { compileSource } from "../compile.mjs";
import { prepareProgram } from "../program.mjs";
import { callHandle, instantiate } from "./host.mjs";

const RUNTIME = readFileSync(new URL("../runtime/nil.ts", import.meta.url), "utf8");
const PAGE_BYTES = 65536;

/** The runtime with a line of its source replaced; fails if the line is no longer there. */
function replaced(text, line, replacement) {
  assert.ok(text.includes(line), `the runtime no longer contains: ${line}`);
  return text.replace(line, replacement);
}

/** Collects before every object and overwrites what it frees. */
const STRESS = replaced(
  replaced(
    RUNTIME,
    "let address = allocate(blockSize, true);",
    "if (frontier) collect();\n  let address = allocate(blockSize, true);",
  ),
  "hole.next = null;",
  "hole.next = null;\n    if (holeSize > 16) memory.fill(changetype<usize>(hole) + 8, 0xdd, holeSize - 8);",
);

function build(source, { runtimeText, optimize = true } = {}) {
  const prepared = prepareProgram({ withJson: source.includes('"json-as"'), runtimeText });
  const result = compileSource(prepared, source, { optimize });
  assert.ok(result.ok, result.compileError);
  return new WebAssembly.Module(result.wasm);
}

const PROGRAMS = {
  "linked lists and trees": [
    `class Node { left: Node | null = null; right: Node | null = null; constructor(public value: i32) {} }
    function grow(depth: i32): Node {
      const node = new Node(depth);
      if (depth > 0) { node.left = grow(depth - 1); node.right = grow(depth - 1); }
      return node;
    }
    function sum(node: Node | null): i32 { return node ? node.value + sum(node.left) + sum(node.right) : 0; }
    export function handle(input: string): string {
      let kept = grow(5);
      for (let i = 0; i < 20; i++) { const other = grow(4); if (i % 3 == 0) kept.left = other; }
      return sum(kept).toString();
    }`,
    "",
    String(5 + 26 + (4 * 1 + 3 * 2 + 2 * 4 + 1 * 8)),
  ],
  "maps, sets and arrays of arrays": [
    `export function handle(input: string): string {
      const words = input.split(" ");
      const counts = new Map<string, i32>();
      const seen = new Set<string>();
      const rows: string[][] = [];
      for (let i = 0; i < words.length; i++) {
        const word = words[i].toUpperCase();
        counts.set(word, (counts.has(word) ? counts.get(word) : 0) + 1);
        seen.add(word.substring(0, 1));
        rows.push([word, word + "!"]);
        if (i % 5 == 4) { const dropped = rows.shift(); rows.unshift(dropped.concat(["x"])); counts.delete("NOBODY"); }
      }
      const keys = counts.keys().sort();
      const parts: string[] = [];
      for (let i = 0; i < keys.length; i++) parts.push(keys[i] + "=" + counts.get(keys[i]).toString());
      return parts.join(",") + ";" + seen.size.toString() + ";" + rows.map<string>((row) => row.join("/")).join("|");
    }`,
    "the cat and the dog and the bird",
    "AND=2,BIRD=1,CAT=1,DOG=1,THE=3;5;" +
      "THE/THE!/x|CAT/CAT!|AND/AND!|THE/THE!|DOG/DOG!|AND/AND!|THE/THE!|BIRD/BIRD!",
  ],
  "strings that grow piece by piece": [
    `export function handle(input: string): string {
      let text = "";
      for (let i = 0; i < 300; i++) text += String.fromCharCode(97 + (i % 26));
      let reversed = "";
      for (let i = text.length - 1; i >= 0; i--) reversed += text.charAt(i);
      return reversed.substring(0, 30) + reversed.length.toString();
    }`,
    "",
    `${[...Array(300).keys()].reverse().slice(0, 30).map((i) => String.fromCharCode(97 + (i % 26))).join("")}300`,
  ],
  "static objects that come to hold fresh ones": [
    `class Pair { constructor(public name: string, public next: Pair | null) {} }
    const names: string[] = ["a", "b", "c"];
    const table: StaticArray<string> = ["x", "y"];
    let chain: Pair | null = null;
    export function handle(input: string): string {
      for (let i = 0; i < 50; i++) {
        names[i % 3] = "n" + i.toString();
        names.push("p" + i.toString());
        table[i & 1] = "t" + i.toString();
        chain = new Pair("c" + i.toString(), i % 7 == 0 ? null : chain);
      }
      let links = 0;
      let at = chain;
      while (at) { links++; at = at.next; }
      return names.slice(0, 3).join() + table[0] + table[1] + names[names.length - 1] + links.toString();
    }`,
    "",
    "n48,n49,n47t48t49p491",
  ],
  "typed arrays, sorting and closures over globals": [
    `let calls = 0;
    export function handle(input: string): string {
      const numbers = new Float64Array(64);
      for (let i = 0; i < 64; i++) numbers[i] = <f64>((i * 37) % 64);
      const texts: string[] = [];
      for (let i = 0; i < 40; i++) texts.push(((i * 17) % 40).toString());
      texts.sort((a, b) => { calls++; const x = a.padStart(3, "0"), y = b.padStart(3, "0"); return x < y ? -1 : x > y ? 1 : 0; });
      numbers.sort();
      const copy = Float64Array.wrap(numbers.buffer.slice(0, 64));
      const grown = new Array<i32>();
      for (let i = 0; i < 200; i++) { grown.push(i); if (i % 50 == 49) grown.length = i - 10; }
      return texts.join("") + copy.toString() + (calls > 40 ? "+" : "-") + grown.length.toString();
    }`,
    "",
    `${[...Array(40).keys()].join("")}0.0,1.0,2.0,3.0,4.0,5.0,6.0,7.0+189`,
  ],
  "virtual calls, interfaces and functions as values": [
    `interface Shape { area(): f64; }
    class Square implements Shape { constructor(private side: f64) {} area(): f64 { return this.side * this.side; } }
    class Named implements Shape { name: string; constructor(n: i32) { this.name = "s" + n.toString(); } area(): f64 { return <f64>this.name.length; } }
    function make(i: i32): Shape { return i % 2 == 0 ? new Square(<f64>i) : new Named(i); }
    function twice(f: (text: string) => string, text: string): string { return f(f(text)); }
    export function handle(input: string): string {
      const shapes: Shape[] = [];
      for (let i = 0; i < 30; i++) shapes.push(make(i));
      let total: f64 = 0;
      for (let i = 0; i < shapes.length; i++) total += shapes[i].area();
      return total.toString() + twice((text: string): string => "<" + text + ">", input + "x".repeat(3));
    }`,
    "in",
    `${4 * (14 * 15 * 29) / 6 + 5 * 2 + 10 * 3}.0<<inxxx>>`,
  ],
  "json-as with nested and dynamic data": [
    `import { JSON } from "json-as";
    @json class Item { name: string = ""; tags: string[] = []; inner: Item | null = null; extra: JSON.Obj = new JSON.Obj(); }
    @json class Root { items: Item[] = []; index: Map<string, i32> = new Map<string, i32>(); }
    export function handle(input: string): string {
      const root = JSON.parse<Root>(input);
      for (let round = 0; round < 3; round++) {
        const text = JSON.stringify(root);
        const again = JSON.parse<Root>(text);
        for (let i = 0; i < again.items.length; i++) {
          again.items[i].name += round.toString();
          again.items[i].extra.set("round", round);
          root.items.push(again.items[i]);
          root.index.set(again.items[i].name, root.items.length);
        }
      }
      return JSON.stringify(root);
    }`,
    '{"items":[{"name":"a","tags":["x","y"],"inner":{"name":"b","extra":{"k":[1,{"z":null}],"s":"t"}}}],"index":{}}',
    undefined,
  ],
  "manual memory beside managed objects": [
    `export function handle(input: string): string {
      const raw: usize[] = [];
      const texts: string[] = [];
      for (let i = 0; i < 60; i++) {
        let block = heap.alloc(20 + i);
        store<u32>(block, i);
        if (i % 4 == 1) { block = heap.realloc(block, 500); }
        if (i % 3 == 2) heap.free(block); else raw.push(block);
        texts.push("t" + i.toString());
        if (i == 30) memory.grow(2);
      }
      let sum: u32 = 0;
      for (let i = 0; i < raw.length; i++) sum += load<u32>(raw[i]);
      return sum.toString() + texts.join("").length.toString();
    }`,
    "",
    undefined,
  ],
};

for (const [name, [source, input, expected]] of Object.entries(PROGRAMS)) {
  test(`${name}: the same answer however often memory is collected`, () => {
    const answer = callHandle(build(source), input);
    if (expected !== undefined) assert.equal(answer, expected);
    for (const optimize of [false, true]) {
      assert.equal(callHandle(build(source, { runtimeText: STRESS, optimize }), input), answer);
    }
  });
}

test("pinned objects and everything they hold survive", () => {
  const source = `class Holder { text: string = ""; }
    export function make(): Holder { const holder = new Holder(); holder.text = "kept " + (1 + 1).toString(); return holder; }
    export function read(holder: Holder): string { return holder.text; }
    export function handle(input: string): string { let junk = ""; for (let i = 0; i < 50; i++) junk += input; return junk; }`;
  const { exports, readString } = instantiate(build(source, { runtimeText: STRESS }));
  const [first, second] = [exports.__pin(exports.make()), exports.__pin(exports.make())];
  assert.throws(() => exports.__pin(first), /already pinned/);
  for (let i = 0; i < 3; i += 1) exports.handle(exports.__new(20, 2));
  exports.__collect();
  assert.equal(readString(exports.read(first)), "kept 2");
  exports.__unpin(first);
  assert.throws(() => exports.__unpin(first), /not pinned/);
  exports.__collect();
  assert.equal(readString(exports.read(second)), "kept 2");
  exports.__unpin(second);
});

/** Runs `handle` and returns the pages its memory has afterwards. */
function pagesAfter(source, input) {
  const { exports } = instantiate(build(source));
  exports.handle(exports.__new(input.length * 2, 2));
  return exports.memory.buffer.byteLength / PAGE_BYTES;
}

test("garbage does not make memory grow", () => {
  // 20,000 concatenations allocate 400 MB in total and keep 40 KB.
  const concatenation = `export function handle(input: string): string {
    let text = ""; for (let i = 0; i < 20000; i++) text += "x"; return text; }`;
  // Small objects beside a live set that keeps changing: 200 MB in total, about 2 MB live.
  const churn = `class Item { next: Item | null = null; text: string = ""; }
    export function handle(input: string): string {
      const live = new Array<Item | null>(10000);
      for (let i = 0; i < 2000000; i++) { const item = new Item(); item.text = "abcdefgh".substring(0, i & 7); live[<i32>((<u32>i * 7919) % 10000)] = item; }
      return "done"; }`;
  // Objects of very different sizes.
  const mixed = `export function handle(input: string): string {
      const live = new Array<Uint8Array | null>(64);
      for (let i = 0; i < 20000; i++) live[(i * 31) & 63] = new Uint8Array(<i32>((<u32>i * 2654435761) % 20000));
      return "done"; }`;
  for (const source of [concatenation, churn, mixed]) {
    const pages = pagesAfter(source, "");
    assert.ok(pages <= 256, `${pages} pages`);
  }
});

test("memory that cannot grow ends in an error that says so", () => {
  const source = `export function handle(input: string): string {
    const kept: Uint8Array[] = []; while (true) kept.push(new Uint8Array(100000000)); return ""; }`;
  const { exports } = instantiate(build(source));
  assert.throws(() => exports.handle(exports.__new(0, 2)), /out of memory/);
});

test("recursion that exhausts the shadow stack says so", () => {
  const source = `function deep(n: i32, text: string): string { return n == 0 ? text : deep(n - 1, text + "x").substring(1); }
    export function handle(input: string): string { return deep(i32(parseInt(input)), input); }`;
  for (const optimize of [true, false]) {
    const module = build(source, { optimize });
    assert.equal(callHandle(module, "1000"), "1000".substring(4).padEnd(4, "x"));
    assert.throws(() => callHandle(module, "20000"), (error) => error.guestMessage === "stack overflow");
  }
});

test("new memory is zero, also where an object was before", () => {
  const source = `export function handle(input: string): string {
    let wrong = 0;
    for (let i = 0; i < 400000; i++) {
      const bytes = new Uint8Array(96);
      for (let j = 0; j < 96; j++) { if (bytes[j]) wrong++; bytes[j] = 255; }
    }
    return wrong.toString(); }`;
  assert.equal(callHandle(build(source), ""), "0");
});

test("a loop over objects that allocates nothing leaves the shadow stack alone", () => {
  const source = `class Body { x: f64 = 1; v: f64 = 2; }
    // Called more than once and too large to be inlined.
    function advance(bodies: Body[], steps: i32): f64 {
      let sum: f64 = 0;
      for (let s = 0; s < steps; s++) for (let i = 0; i < bodies.length; i++) {
        const a = bodies[i]; const b = bodies[(i + 1) % bodies.length];
        a.x += b.v * 0.5; b.v -= a.x * 0.25; sum += a.x * b.x + a.v * b.v;
        if (sum > 1e9) { a.x = 0; b.x = 0; a.v = 1; b.v = 1; sum = 0; }
        if (sum < -1e9) { a.x = 1; b.x = 1; a.v = 0; b.v = 0; sum = 0; }
      }
      return sum;
    }
    export function handle(input: string): string {
      const bodies: Body[] = []; for (let i = 0; i < 10; i++) bodies.push(new Body());
      return advance(bodies, 3).toString() + advance(bodies, input.length).toString();
    }`;
  const result = compileSource(prepareProgram({ withJson: false }), source, { optimize: true });
  const module = binaryen.readBinary(result.wasm);
  const text = module.emitText();
  module.dispose();
  const start = text.indexOf("(func $index/advance");
  assert.ok(start > 0, "advance is a function of its own");
  const body = text.slice(start, text.indexOf("\n (func ", start + 1));
  assert.ok(!body.includes("__stack_pointer"), "advance uses the shadow stack");
  assert.ok(text.includes("__stack_pointer"), "handle, which allocates, uses it");
});
