// Writes a picture of every page, light and dark, to docs/images/.

import { mkdirSync, writeFileSync } from "node:fs";

import UPNG from "upng-js";

import { launch, open } from "./lib/browser.mjs";
import { pages, seed } from "./lib/seed.mjs";
import { startServer } from "./lib/server.mjs";

const folder = new URL("../../docs/images/", import.meta.url).pathname;
mkdirSync(folder, { recursive: true });

const given = process.env.NIL_CONSOLE_TEST_URL;
const server = given ? { url: given, stop: async () => undefined } : await startServer();
const browser = await launch();

/** A picture of what is shown, in 256 colours: a third of the bytes. */
async function picture(page, name) {
  const image = UPNG.decode(await page.screenshot());
  const small = UPNG.encode(UPNG.toRGBA8(image), image.width, image.height, 256);
  writeFileSync(`${folder}${name}.png`, Buffer.from(small));
}

/** Runs the function of the editor, with an input worth looking at. */
async function run(page) {
  await page.getByRole("textbox", { name: "Input" }).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText(
    '{\n  "items": [\n    { "sku": "NIL-1", "price": 24.5, "quantity": 2 },\n    { "sku": "NIL-7", "price": 129, "quantity": 3 }\n  ],\n  "coupon": "SUMMER"\n}',
  );
  await page.keyboard.press("Control+Enter");
  await page.getByRole("region", { name: "Output" }).waitFor();
  await page.mouse.move(0, 0);
  await page.evaluate(() => document.activeElement?.blur());
}

try {
  const wanted = process.argv.slice(2);
  if (!wanted.length) {
    const { page, context } = await open(browser, server.url, { colorScheme: "light" });
    await page.goto("/console");
    await page.getByText("Write your first function").waitFor();
    await picture(page, "console-first");
    await context.close();
  }
  const all = pages(await seed(server.url));
  for (const colorScheme of ["light", "dark"]) {
    const { page, context, faults } = await open(browser, server.url, {
      colorScheme,
      viewport: { width: 1280, height: 800 },
    });
    for (const { name, path, shows } of all) {
      if (wanted.length && !wanted.includes(name)) continue;
      await page.goto(path);
      await page.getByText(shows).filter({ visible: true }).first().waitFor();
      if (name === "code") await run(page);
      if (name === "examples") {
        await page.getByRole("button", { name: "Run all" }).click();
        await page.getByText("of 2 passed").waitFor();
      }
      await page.waitForTimeout(700);
      // The one the README shows.
      const hero = name === "code" && colorScheme === "light";
      await picture(page, hero ? "console" : `console-${name}-${colorScheme}`);
    }
    if (faults.length) console.error(faults.join("\n"));
    await context.close();
  }
  const { page, context } = await open(browser, server.url, {
    viewport: { width: 390, height: 800 },
    deviceScaleFactor: 1,
    isMobile: true,
    hasTouch: true,
  });
  await page.goto("/console/functions/order-pricing");
  await page.getByText("export").first().waitFor();
  await page.waitForTimeout(700);
  await picture(page, "console-phone");
  await context.close();
} finally {
  await browser.close();
  await server.stop();
}
