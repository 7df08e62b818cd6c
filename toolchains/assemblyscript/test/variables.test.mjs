// `env` of "nil": the variables a function was configured with.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { callHandle } from "./host.mjs";
import { moduleOf, Worker } from "./worker_client.mjs";

let worker;
before(async () => {
  worker = await Worker.start();
});
after(async () => assert.equal(await worker.stop(), 0));

test("a variable is its value, or null", async () => {
  const source = `import { env } from "nil";
    export function handle(input: string): string {
      const value = env(input);
      return value === null ? "none" : "(" + value + ")";
    }`;
  const module = moduleOf(await worker.compile(source));
  const variables = { NAME: "grün 🦀", EMPTY: "" };
  assert.equal(callHandle(module, "NAME", [], variables), "(grün 🦀)");
  assert.equal(callHandle(module, "EMPTY", [], variables), "()");
  assert.equal(callHandle(module, "OTHER", [], variables), "none");
});

test("a program that asks for none imports nothing of it", async () => {
  const module = moduleOf(await worker.compile("export function handle(input: string): string { return input; }"));
  assert.ok(!WebAssembly.Module.imports(module).some(({ module }) => module === "nil"));
});

test("nothing else is offered there", async () => {
  const source = `@external("nil", "other") declare function other(): i32;
    export function handle(input: string): string { return other().toString(); }`;
  const response = await worker.compile(source);
  assert.equal(response.diagnostics[0].code, "NIL004");
});
