// How much is fetched before something can be seen, and that the editor is no part of it.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";

import { launch, open } from "./lib/browser.mjs";

const url = process.env.NIL_CONSOLE_TEST_URL;
const assets = new URL("../dist/assets/", import.meta.url);
let browser;

before(async () => (browser = await launch()));
after(() => browser.close());

test("the first load is small, compressed, and without the editor", async () => {
  const { page, context } = await open(browser, url);
  const responses = [];
  page.on("response", (response) => responses.push(response));
  await page.goto("/console");
  await page.getByRole("heading", { name: "Functions" }).waitFor();
  await page.waitForTimeout(300);
  let bytes = 0;
  for (const response of responses.filter((response) => response.url().includes("/console"))) {
    const body = await response.body();
    bytes += gzipSync(body).length;
    if (/\.(js|css)$/.test(response.url()))
      assert.equal(response.headers()["content-encoding"], "gzip", response.url());
    assert.ok(!body.includes("cm-content"), `${response.url()} is the editor`);
  }
  assert.ok(bytes > 10_000 && bytes <= 300_000, `${bytes} bytes`);
  await context.close();
});

test("the editor is less than 300 kB, compressed", () => {
  const code = JSON.parse(readFileSync(new URL("../dist/manifest.json", import.meta.url), "utf8"));
  const seen = new Set();
  const follow = (key) => {
    const entry = code[key];
    if (!entry || seen.has(entry.file)) return;
    seen.add(entry.file);
    for (const next of entry.imports ?? []) follow(next);
  };
  follow("src/pages/function/Code.svelte");
  const bytes = [...seen].reduce((sum, file) => sum + statSync(new URL(`../dist/${file}.gz`, import.meta.url)).size, 0);
  assert.ok(bytes > 50_000 && bytes <= 300_000, `${bytes} bytes`);
});

test("every file that is worth it is there in gzip, too", () => {
  const names = readdirSync(assets);
  const plain = names.filter((name) => /\.(js|css)$/.test(name));
  assert.ok(plain.length > 10);
  for (const name of plain) assert.ok(names.includes(`${name}.gz`), name);
});
