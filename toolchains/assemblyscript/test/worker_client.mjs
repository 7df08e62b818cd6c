// Drives a worker process the way the compiler service does.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const WORKER = fileURLToPath(new URL("../worker.mjs", import.meta.url));
/** As the compiler service starts it, but for the limits. */
const ARGUMENTS = ["--no-addons", "--no-deprecation", "--stack-size=3900", WORKER];

/** A running worker in a folder of its own and with an empty environment. */
export class Worker {
  #process;
  #lines;
  #folder;
  #nextId = 0;
  stderr = "";

  /** `files` are written into the worker's folder before it starts: text by path. */
  static async start(files = {}) {
    const worker = new Worker();
    worker.#folder = mkdtempSync(path.join(tmpdir(), "nil-asc-"));
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(worker.#folder, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    worker.#process = spawn(process.execPath, ARGUMENTS, { cwd: worker.#folder, env: {}, stdio: "pipe" });
    worker.#process.stderr.on("data", (chunk) => (worker.stderr += chunk));
    worker.#lines = createInterface({ input: worker.#process.stdout })[Symbol.asyncIterator]();
    worker.ready = await worker.readLine();
    return worker;
  }

  /** The names in the worker's folder. */
  listFolder() {
    return readdirSync(this.#folder);
  }

  /** The next response, or `undefined` when the worker has closed its output. */
  async readLine() {
    const { value, done } = await this.#lines.next();
    return done ? undefined : JSON.parse(value);
  }

  writeRaw(text) {
    this.#process.stdin.write(text);
  }

  async compile(source, options, files) {
    const id = `job-${this.#nextId++}`;
    this.writeRaw(`${JSON.stringify({ id, source, files, options })}\n`);
    return this.readLine();
  }

  /** Waits for the worker to end by itself; its exit code. */
  async exited() {
    if (this.#process.exitCode === null) await once(this.#process, "exit");
    rmSync(this.#folder, { recursive: true, force: true });
    return this.#process.exitCode;
  }

  /** Ends it at once, so that a test that failed does not wait for it. */
  kill() {
    this.#process.kill("SIGKILL");
  }

  /** Ends the worker the way the service does: no more input. */
  async stop() {
    this.#process.stdin.end();
    return this.exited();
  }
}

/** A compiled response's module. */
export function moduleOf(response) {
  if (!response.ok) throw new Error(response.compileError ?? response.crash);
  return new WebAssembly.Module(Buffer.from(response.wasmBase64, "base64"));
}
