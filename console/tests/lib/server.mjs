// The whole product on a free port, with a home of its own that is gone afterwards.

import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const PROGRAM = process.env.NIL_BIN ?? new URL("../../../target/debug/nil", import.meta.url).pathname;
const START_MS = 180_000;

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export async function startServer({ token, args = [] } = {}) {
  const home = mkdtempSync(join(tmpdir(), "nil-console-"));
  // As root, PostgreSQL runs as another user, who has to get in.
  chmodSync(home, 0o711);
  const url = `http://127.0.0.1:${await freePort()}`;
  const env = { ...process.env, NIL_HOME: home };
  for (const name of ["DATABASE_URL", "NIL_URL", "NIL_TOKEN", "NIL_LISTEN"]) delete env[name];
  if (token) env.NIL_TOKEN = token;
  const child = spawn(PROGRAM, ["up", "--listen", url.slice("http://".length), ...args], { env });
  let said = "";
  const hear = (piece) => (said = (said + piece).slice(-20_000));
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const ended = new Promise((resolve) => child.on("close", resolve));

  const stop = async () => {
    child.kill("SIGINT");
    const late = setTimeout(() => child.kill("SIGKILL"), 20_000);
    await ended;
    clearTimeout(late);
    rmSync(home, { recursive: true, force: true });
  };
  for (const deadline = Date.now() + START_MS; ;) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`nil up ${child.exitCode === null ? "was not ready in time" : "ended"}: ${said}`);
    }
    try {
      const response = await fetch(`${url}/languages`, { headers: token ? { authorization: `Bearer ${token}` } : {} });
      const languages = response.ok ? await response.json() : [];
      const installed = languages.filter((language) => language.state === "installed").map(({ language }) => language);
      if (args.includes("--no-compiler") ? response.ok : installed.includes("typescript")) break;
    } catch {
      // Not there yet.
    }
    await pause(200);
  }
  return { url, stop, said: () => said };
}
