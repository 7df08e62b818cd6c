// `npm run measure`: how long a warm worker takes from request to response, and how large the modules are.
// Prints a Markdown table; run it on a quiet machine.

import { readdirSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { Worker } from "./worker_client.mjs";

const EXAMPLES = new URL("../../../examples/assemblyscript/", import.meta.url);
const ROUNDS = 20;
/** Long enough for the worker to prepare the next program, as it does between two users. */
const PAUSE_MS = 300;

const sources = new Map([["echo", "export function handle(input: string): string { return input; }\n"]]);
for (const entry of readdirSync(EXAMPLES, { withFileTypes: true })) {
  if (!entry.isDirectory()) continue;
  sources.set(entry.name, readFileSync(new URL(`${entry.name}/index.ts`, EXAMPLES), "utf8"));
}

const begin = performance.now();
const worker = await Worker.start();
console.log(`ready after ${Math.round(performance.now() - begin)} ms\n`);
console.log("| function | median ms | best ms | WebAssembly bytes | memory of the worker, MiB |\n|---|---|---|---|---|");
for (const [name, source] of sources) {
  const times = [];
  let response;
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    response = await worker.compile(source);
    times.push(performance.now() - start);
    if (!response.ok) throw new Error(response.compileError ?? response.crash);
    await setTimeout(PAUSE_MS);
  }
  times.sort((a, b) => a - b);
  const bytes = Buffer.from(response.wasmBase64, "base64").length;
  const median = times[ROUNDS / 2].toFixed(0);
  console.log(`| ${name} | ${median} | ${times[0].toFixed(0)} | ${bytes} | ${Math.round(response.rssBytes / 2 ** 20)} |`);
}
await worker.stop();
