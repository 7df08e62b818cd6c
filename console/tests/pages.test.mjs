// Every page, light and dark, wide and on a phone: accessible, complete, and without a sideways scroll.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { launch, open } from "./lib/browser.mjs";
import { pages, seed } from "./lib/seed.mjs";

const url = process.env.NIL_CONSOLE_TEST_URL;
const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
let browser;
let all;

before(
  async () => {
    browser = await launch();
    all = pages(await seed(url));
  },
  { timeout: 120_000 },
);
after(() => browser.close());

/** What axe finds, in a few words. */
async function violations(page) {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const { violations } = await window.axe.run(document, { runOnly: tags });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary?.split("\n")[1] ?? ""}`),
    );
  });
}

async function settle(page, { path, shows }) {
  await page.goto(path);
  await page.getByText(shows).filter({ visible: true }).first().waitFor({ timeout: 15_000 });
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every((animation) => animation.playState !== "running" || animation.effect?.getTiming().iterations === Infinity),
  );
}

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing on any page (${colorScheme})`, { timeout: 240_000 }, async () => {
    const { page, context, faults } = await open(browser, url, { colorScheme });
    for (const entry of all) {
      await settle(page, entry);
      assert.deepEqual(await violations(page), [], entry.name);
      assert.equal(await page.locator("h1").count(), 1, `${entry.name}: one h1`);
      assert.match(await page.title(), /· ProjectNIL$/, entry.name);
    }
    assert.deepEqual(faults, []);
    await context.close();
  });

  test(`axe finds nothing in dialogs and results (${colorScheme})`, { timeout: 120_000 }, async () => {
    const { page, context, faults } = await open(browser, url, { colorScheme });
    const look = async (what) => {
      await page.waitForTimeout(250);
      assert.deepEqual(await violations(page), [], what);
    };
    await settle(page, { path: "/console/functions/order-pricing", shows: "export" });
    await page.keyboard.press("Control+Enter");
    await page.getByText("the order has no items").first().waitFor();
    await look("a failure");
    await page.locator(".cm-content").first().click();
    await page.keyboard.insertText("wrong (");
    await page.getByText("Draft, kept in this browser").waitFor();
    await page.getByRole("region", { name: "Problems" }).waitFor();
    await look("diagnostics");
    await page.getByRole("button", { name: "Review changes" }).click();
    await page.getByRole("dialog").locator(".cm-changedText").first().waitFor();
    await look("a diff");
    await page.getByRole("button", { name: "Discard draft" }).click();
    await settle(page, { path: "/console/functions/order-pricing/examples", shows: "summer-order" });
    await page.getByRole("button", { name: "Run all" }).click();
    await page.getByText("1 of 2 passed").waitFor();
    await look("results of examples");
    for (const [path, shows, button] of [
      ["/console/schedules", "nightly", "New schedule"],
      ["/console/environments", "RATES_KEY", "Secret"],
      ["/console/functions/order-pricing/versions", "canary", "Add alias"],
      ["/console/functions/order-pricing", "export", "Delete function"],
    ]) {
      await settle(page, { path, shows });
      await page.getByRole("button", { name: button, exact: true }).first().click();
      await page.getByRole("dialog").waitFor();
      await look(button);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
    assert.deepEqual(faults, []);
    await context.close();
  });
}

test("charts have the colours of the page and say their figures", { timeout: 120_000 }, async () => {
  // Something waits since the server was filled; it is looked at every ten seconds.
  const delayed = (bucket) => bucket.executions?.delayed > 0;
  for (let tries = 0; tries < 300; tries++) {
    const { buckets } = await (await fetch(`${url}/queue/history`)).json();
    if (buckets.some(delayed)) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  for (const colorScheme of ["light", "dark"]) {
    const { page, context, faults } = await open(browser, url, { colorScheme });
    await settle(page, { path: "/console/insight", shows: "order-pricing" });
    const depth = page.getByRole("img", { name: /^Queue depth: executions waiting: \d+ at most, \d+ at last; / });
    await depth.locator("canvas").waitFor();
    await page.getByRole("button", { name: "15 min" }).click();
    await page.waitForURL(/range=15m/);
    await depth.locator("canvas").waitFor();
    // Bars in the first colour, whose blue is far above its red; axes and grid are grey.
    await page
      .getByRole("img", { name: /^Calls: / })
      .locator("canvas")
      .waitFor();
    await page.waitForFunction(() => {
      const canvas = document.querySelector('[role="img"][aria-label^="Calls: "] canvas');
      if (!canvas) return false;
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return data.some((red, index) => index % 4 === 0 && data[index + 3] === 255 && data[index + 2] - red > 80);
    });

    await settle(page, { path: "/console/system", shows: "PostgreSQL" });
    const aside = page.getByRole("img", { name: /^Delayed and given up: delayed: [1-9]\d* at most, / });
    await aside.locator("canvas").waitFor();
    await page
      .getByRole("img", { name: /^Longest wait: / })
      .locator("canvas")
      .waitFor();
    assert.equal(await page.getByRole("img", { name: /^Queue depth: / }).count(), 1);
    assert.deepEqual(faults, []);
    await context.close();
  }
});

test("everything fits on a phone", { timeout: 120_000 }, async () => {
  const { page, context, faults } = await open(browser, url, {
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    isMobile: true,
  });
  for (const entry of all) {
    await settle(page, entry);
    const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(wide <= screen, `${entry.name} is ${wide} wide on a screen of ${screen}`);
  }
  // The sections are at hand, and a function can be run.
  await page.getByRole("link", { name: "Functions", exact: true }).last().tap();
  await page.getByRole("link", { name: "text-digest" }).tap();
  await page.getByRole("button", { name: /^Run/ }).first().tap();
  await page.getByRole("region", { name: "Output" }).waitFor();
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(faults, []);
  await context.close();
});

test("everything can be reached with the keyboard", { timeout: 60_000 }, async () => {
  const { page, context } = await open(browser, url);
  await settle(page, all[0]);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to content");
  const reached = new Set();
  for (let step = 0; step < 40; step++) {
    await page.keyboard.press("Tab");
    const { name, ring } = await page.evaluate(() => {
      const element = document.activeElement;
      const style = getComputedStyle(element);
      const shown = (element.closest(".search") ? getComputedStyle(element.closest(".search")) : style).outlineStyle;
      return {
        name: (element.getAttribute("aria-label") ?? element.getAttribute("placeholder") ?? element.textContent).trim(),
        ring: shown,
      };
    });
    if (name) {
      reached.add(name);
      if (name.length < 40) assert.notEqual(ring, "none", `${name} shows that it has the focus`);
    }
  }
  for (const name of ["Functions", "System", "Search functions", "New function", "order-pricing"])
    assert.ok(reached.has(name), `${name}: ${[...reached]}`);
  // Escape, then Tab, leaves the editor.
  await settle(
    page,
    all.find((entry) => entry.name === "code"),
  );
  await page.locator(".cm-content").first().focus();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  assert.ok(await page.evaluate(() => !document.activeElement.closest(".editor .cm-editor")));
  await context.close();
});

test("executions appear while one looks, without a question to the server", { timeout: 60_000 }, async () => {
  const { page, context, faults } = await open(browser, url);
  await settle(page, { path: "/console/executions", shows: "order-pricing" });
  await page.getByText("Live", { exact: true }).first().waitFor();
  let asked = 0;
  page.on("request", (request) => asked++);
  const response = await fetch(`${url}/functions/text-digest/execute`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ input: { text: "live" } }),
  });
  const { id } = await response.json();
  await page.locator(`a[href$="${id}"]`).waitFor({ timeout: 5_000 });
  assert.equal(asked, 0);
  assert.deepEqual(faults, []);
  await context.close();
});

test("what is created in forms is there", { timeout: 90_000 }, async () => {
  const { page, context, faults } = await open(browser, url);
  // A secret is typed once and never shown again.
  await settle(page, { path: "/console/environments", shows: "RATES_KEY" });
  const card = page.getByRole("region").filter({ hasText: "RATES_KEY" });
  await card.getByRole("button", { name: "Secret", exact: true }).click();
  await page.getByRole("textbox", { name: "Key", exact: true }).fill("SESSION_KEY");
  await page.getByLabel("Value", { exact: true }).fill("hush-hush-4321");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("cell", { name: "SESSION_KEY", exact: true }).waitFor();
  await page.reload();
  await page.getByRole("cell", { name: "SESSION_KEY", exact: true }).waitFor();
  assert.ok(!(await page.content()).includes("hush-hush"));

  // A schedule, with the times it fires next.
  await settle(page, { path: "/console/schedules", shows: "nightly" });
  await page.getByRole("button", { name: "New schedule" }).click();
  await page.getByRole("dialog").getByLabel("Function").selectOption("text-digest");
  await page.getByLabel("Name", { exact: true }).fill("hourly");
  await page.getByLabel("Expression").fill("0 * * * *");
  await page.getByRole("button", { name: "Save" }).click();
  const row = page.getByRole("row", { name: /hourly/ });
  await row.locator("time").first().waitFor();
  await row.getByRole("button", { name: "Pause" }).click();
  await row.getByText("paused").waitFor();
  await row.getByRole("button", { name: "Remove hourly" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await row.waitFor({ state: "detached" });

  // A dead letter is tried again.
  await settle(page, { path: "/console/executions/dead-letters", shows: "Requeue" });
  await page.getByRole("button", { name: "Requeue" }).first().click();
  await page.getByText("Queued again").waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});
