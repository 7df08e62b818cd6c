// The resident compile worker. Reads one JSON request a line from standard input and writes one JSON
// response a line to standard output; everything else anybody prints goes to standard error. The protocol is
// described in README.md. Compiles one source at a time and never touches the disk after it is ready.

import { writeSync } from "node:fs";
import { Console } from "node:console";
import { createInterface } from "node:readline";

const PROTOCOL_FD = 1;
/** The worker has answered but must not answer again: its state is no longer known. */
const EXIT_RETIRED = 70;
/** The other side sent something that is not a request. */
const EXIT_PROTOCOL_ERROR = 65;
/** Longer than any source the service accepts, escaped; a guard against a peer that went wrong. */
const REQUEST_LIMIT_CHARS = 64 * 1024 * 1024;

// Before any other module runs: json-as reads its settings from the environment and prints to the console,
// and standard output belongs to the protocol.
for (const name of Object.keys(process.env)) delete process.env[name];
globalThis.console = new Console(process.stderr, process.stderr);
process.stdout.write = process.stderr.write.bind(process.stderr);

const { compileSource, CompilerCrash, WrongPreparation } = await import("./compile.mjs");
const { prepareProgram } = await import("./program.mjs");
const { packageVersion } = await import("./library.mjs");
const { WARM_UP_SOURCES } = await import("./warm_up.mjs");
const { watchBuiltIns } = await import("./untouched.mjs");

/** Programs waiting for a source, by whether they include json-as. */
const prepared = new Map();

function takePrepared(withJson) {
  const program = prepared.get(withJson) ?? prepareProgram({ withJson });
  prepared.delete(withJson);
  return program;
}

/** Prepares the programs that are missing; done while nobody waits. */
function prepareAhead() {
  for (const withJson of [true, false]) {
    if (!prepared.has(withJson)) prepared.set(withJson, prepareProgram({ withJson }));
  }
}

/** A guess from the text; the parsed imports decide. */
function looksLikeJson(source) {
  return /["']json-as["'/]/.test(source);
}

function compileRequest({ source, files: filesByPath = {}, options }) {
  // A map: a path such as `__proto__` is a path like any other.
  const files = new Map(Object.entries(filesByPath));
  const settings = { optimize: options?.optimize ?? true, files };
  const withJson = [source, ...files.values()].some(looksLikeJson);
  try {
    return compileSource(takePrepared(withJson), source, settings);
  } catch (error) {
    if (!(error instanceof WrongPreparation)) throw error;
    return compileSource(takePrepared(!withJson), source, settings);
  }
}

/** Writes one response line; blocking, so that nothing is lost when the worker exits after it. */
function respond(response) {
  const bytes = Buffer.from(`${JSON.stringify(response)}\n`, "utf8");
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(PROTOCOL_FD, bytes, written);
    } catch (error) {
      // A pipe the parent made non-blocking: wait a moment for it to be read.
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/** Read from /proc, which a box may not have. */
function residentBytes() {
  try {
    return process.memoryUsage.rss();
  } catch {
    return undefined;
  }
}

function parseRequest(line) {
  const request = JSON.parse(line);
  if (typeof request?.id !== "string" || typeof request?.source !== "string") {
    throw new TypeError("a request needs the strings `id` and `source`");
  }
  const files = request.files ?? {};
  const isMap = typeof files === "object" && !Array.isArray(files);
  if (!isMap || Object.values(files).some((text) => typeof text !== "string")) {
    throw new TypeError("`files` of a request must be texts by path");
  }
  return request;
}

function serve(line) {
  let request;
  try {
    if (line.length > REQUEST_LIMIT_CHARS) throw new RangeError("the request is too long");
    request = parseRequest(line);
  } catch (error) {
    console.error(`not a request: ${error.message}`);
    process.exit(EXIT_PROTOCOL_ERROR);
  }
  const { id } = request;
  try {
    const { wasm, retire, ...result } = compileRequest(request);
    const changed = whatChanged();
    // Whatever came out of it is not to be trusted, and nothing that comes after.
    if (changed) throw new CompilerCrash("compiled the source", `it changed what all compilations share (${changed})`);
    const rssBytes = residentBytes();
    if (result.ok) respond({ id, ...result, wasmBase64: wasm.toString("base64"), rssBytes });
    else respond({ id, ...result, rssBytes });
    if (retire) process.exit(EXIT_RETIRED);
  } catch (error) {
    const crash = error instanceof CompilerCrash ? error : new CompilerCrash("compiled the source", error);
    console.error(crash.cause?.stack ?? crash.stack);
    respond({ id, ok: false, crash: crash.message });
    process.exit(EXIT_RETIRED);
  }
}

for (const source of WARM_UP_SOURCES) compileRequest({ source });
prepareAhead();
const whatChanged = watchBuiltIns();
respond({
  ready: true,
  toolchain: {
    assemblyscript: packageVersion("assemblyscript"),
    "json-as": packageVersion("json-as"),
    node: process.versions.node,
  },
});

const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
let idle;
for await (const line of lines) {
  clearImmediate(idle);
  if (line.trim() === "") continue;
  serve(line);
  // Only once the event loop finds no further request: a waiting one goes first.
  idle = setImmediate(prepareAhead);
}
