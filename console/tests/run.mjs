// Runs the browser tests against a server of their own. Arguments are names of files in this folder.

import { readdirSync } from "node:fs";
import { run } from "node:test";
import { spec } from "node:test/reporters";

import { startServer } from "./lib/server.mjs";

const folder = new URL(".", import.meta.url).pathname;
const wanted = process.argv.slice(2);
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".test.mjs") && (wanted.length === 0 || wanted.some((part) => name.includes(part))))
  .sort()
  .map((name) => folder + name);

// One that runs already may be given, while developing.
const given = process.env.NIL_CONSOLE_TEST_URL;
const server = given ? undefined : await startServer();
process.env.NIL_CONSOLE_TEST_URL = given ?? server.url;
let failed = 0;
try {
  const events = run({ files, concurrency: 1, timeout: 300_000 });
  events.on("test:fail", () => failed++);
  events.compose(new spec()).pipe(process.stdout);
  await new Promise((resolve) => events.on("end", resolve));
} finally {
  await server?.stop();
}
if (failed > 0 && server) console.error(server.said());
process.exitCode = failed > 0 ? 1 : 0;
