import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { svelte } from "@sveltejs/vite-plugin-svelte";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

// A running server for `npm run dev`.
const server = process.env.NIL_URL ?? "http://127.0.0.1:8080";
const answered = ["functions", "fn", "executions", "dead-letters", "queue", "languages", "health", "ready", "compile"];
const alsoAnswered = ["schedules", "environments", "events", "stats", "system", "docs", "openapi.json"];

/** Writes `x.gz` beside each file that is worth it; the server sends that to who takes it. */
function compressed(): Plugin {
  return {
    name: "nil:compressed",
    apply: "build",
    closeBundle() {
      const folder = join(import.meta.dirname, "dist", "assets");
      for (const name of readdirSync(folder)) {
        const path = join(folder, name);
        if (/\.(js|css|svg)$/.test(name)) writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  base: "/console/",
  plugins: [svelte(), compressed()],
  build: {
    target: "es2022",
    // Every file is one of the server's own, so that the policy needs no `data:` for scripts and styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: "manifest.json",
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
  },
  server: {
    fs: { allow: [".."] },
    proxy: Object.fromEntries(
      [...answered, ...alsoAnswered].map((name) => [
        `/${name}`,
        { target: server, changeOrigin: true, headers: { origin: server } },
      ]),
    ),
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
