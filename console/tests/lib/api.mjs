// The API without the console, for what a test needs to be there.

import { setTimeout as pause } from "node:timers/promises";

export function api(url) {
  async function call(method, path, body, headers = {}) {
    const init = { method, headers: { ...headers } };
    if (body !== undefined) {
      init.body = typeof body === "string" ? body : JSON.stringify(body);
      init.headers["content-type"] = "application/json";
    }
    const response = await fetch(url + path, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  /** Stores a source as a function's newest version and waits until it is built. */
  async function deploy(name, language, source, more = {}) {
    const known = (await call("GET", "/functions")).some((fn) => fn.name === name);
    if (known) await call("PUT", `/functions/${name}`, { source, ...more });
    else await call("POST", "/functions", { name, language, source, ...more });
    for (let tries = 0; tries < 10; tries++) {
      const fn = await call("GET", `/functions/${name}?waitMs=15000`);
      if (fn.status === "READY" || fn.status === "FAILED") return fn;
    }
    throw new Error(`${name} was not built in time`);
  }

  const execute = (name, input) => call("POST", `/functions/${name}/execute`, { input });

  return { call, deploy, execute, pause };
}
