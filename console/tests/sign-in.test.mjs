// A server with a token: it is asked for once, stays in the tab, and is in no address and no storage that lasts.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, open } from "./lib/browser.mjs";
import { startServer } from "./lib/server.mjs";

const TOKEN = "a-token-of-some-length-0123456789";
let browser;
let server;

before(
  async () => {
    browser = await launch();
    server = await startServer({ token: TOKEN, args: ["--no-compiler"] });
  },
  { timeout: 180_000 },
);
after(async () => {
  await browser.close();
  await server?.stop();
});

test("signing in and out", { timeout: 60_000 }, async () => {
  const { page, context, faults } = await open(browser, server.url);
  const sent = [];
  page.on("request", (request) => sent.push(request));
  await page.goto("/console/system");
  const field = page.getByLabel("Token");
  await field.fill("not-the-token-of-this-server");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("not the one this server was started with").waitFor();
  await field.fill(TOKEN);
  await field.press("Enter");
  await page.getByRole("heading", { name: "System" }).waitFor();
  await page.getByText("PostgreSQL").first().waitFor();

  // A new document of the same tab is signed in, another tab is not.
  await page.reload();
  await page.getByText("PostgreSQL").first().waitFor();
  const other = await context.newPage();
  await other.goto("/console");
  await other.getByLabel("Token").waitFor();
  await other.close();

  const kept = await page.evaluate(() => ({ ...localStorage, cookie: document.cookie }));
  assert.ok(!JSON.stringify(kept).includes(TOKEN));
  assert.deepEqual(await context.cookies(), []);
  for (const request of sent) {
    assert.ok(!request.url().includes(TOKEN), request.url());
    assert.ok(!request.headers().referer?.includes(TOKEN));
  }
  // Copied commands name the variable, not the token.
  assert.ok(!server.said().includes(TOKEN));

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Token").waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.getItem("nil.token")), null);
  assert.deepEqual(faults, []);
  await context.close();
});
