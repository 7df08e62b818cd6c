// From nothing to a function that is deployed, broken, repaired, run, looked back at and rolled back, by hand.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { api } from "./lib/api.mjs";
import { launch, open } from "./lib/browser.mjs";

const url = process.env.NIL_CONSOLE_TEST_URL;
let browser;

before(async () => (browser = await launch()));
after(() => browser.close());

const LANGUAGES = [
  {
    language: "AssemblyScript",
    good: '  output.message = "Hello, " + parsed.name + "!";',
    wrong: '  output.message = "Hello, " + parsed.nome + "!";',
    problem: "Property 'nome' does not exist",
    word: "nome",
    better: '  output.message = "Welcome, " + parsed.name + "!";',
  },
  {
    language: "TypeScript",
    good: "  return { message: `Hello, ${name}!` };",
    wrong: "  return { message: `Hello, ${name}!` ;",
    problem: "Expected",
    better: "  return { message: `Welcome, ${name}!` };",
  },
];

/** Replaces a line in the editor as a person would: to the line, all of it, another text. */
async function replaceLine(page, from, to) {
  const line = page.locator(".cm-line", { hasText: from.trim() }).first();
  await line.click();
  await page.keyboard.press("Home");
  await page.keyboard.press("Home");
  await page.keyboard.press("Shift+End");
  await page.keyboard.press("Delete");
  // Without the help that closes brackets while one types.
  await page.keyboard.insertText(to);
}

for (const { language, good, wrong, problem, word, better } of LANGUAGES) {
  test(`the journey in ${language}`, { timeout: 180_000 }, async () => {
    const name = `journey-${language.toLowerCase()}-${Date.now().toString(36)}`;
    const { page, context, faults } = await open(browser, url);
    page.setDefaultTimeout(20_000);

    // New.
    await page.goto("/console/new");
    await page.getByLabel("Name").fill(name);
    await page.getByRole("radio", { name: new RegExp(`^${language}`) }).check({ force: true });
    await page.getByRole("button", { name: "Create function" }).click();
    await page.waitForURL(`**/console/functions/${name}`);
    const progress = page.getByRole("status").filter({ hasText: "Version 1" });
    await progress.getByText("Ready").waitFor();
    await page.getByText("v1 live").waitFor();

    // Run.
    await page.keyboard.press("Control+Enter");
    const output = page.getByRole("region", { name: "Output" });
    await output.waitFor();
    assert.match(await output.innerText(), /"message": "Hello, Ada!"/);
    const logs = page.getByRole("list", { name: "Logs" });
    assert.match(await logs.innerText(), /greeting Ada/);

    // A mistake, deployed with the keyboard: list, squiggle and gutter say where.
    await replaceLine(page, good, wrong);
    await page.keyboard.press("Control+s");
    const problems = page.getByRole("region", { name: "Problems" });
    await problems.getByText(problem).first().waitFor();
    await page.getByRole("status").filter({ hasText: "Version 2" }).getByText("Failed").waitFor();
    const mark = page.locator(".cm-lintRange-error").first();
    await mark.waitFor();
    if (word) assert.equal(await mark.innerText(), word);
    await page.locator(".cm-lint-marker-error").first().waitFor();
    // The place in the list leads to the line.
    await problems.getByRole("button").first().click();
    assert.match(
      await page.locator(".cm-activeLine").first().innerText(),
      new RegExp(
        wrong
          .trim()
          .slice(0, 12)
          .replace(/[.{}()$]/g, "\\$&"),
      ),
    );
    // The live version goes on answering.
    await page.keyboard.press("Control+Enter");
    await page.getByText("Completed").first().waitFor();

    // The draft outlives the tab.
    await replaceLine(page, wrong, better);
    await page.getByText("Draft, kept in this browser").waitFor();
    await page.reload();
    await page.locator(".cm-line", { hasText: "Welcome" }).waitFor();
    await page.getByRole("button", { name: "Review changes" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.locator(".cm-merge-b .cm-changedText", { hasText: "Welcome" }).first().waitFor();
    await dialog.getByRole("button", { name: "Deploy" }).click();
    await page.getByText("v3 live").waitFor();
    await page.getByRole("button", { name: /^Run/ }).first().click();
    await page.waitForFunction(() =>
      document.querySelector('pre[aria-label="Output"]')?.textContent.includes("Welcome, Ada!"),
    );

    // What was run is on record.
    await page.getByRole("link", { name: "Executions" }).last().click();
    const rows = page.locator("tbody tr");
    await rows.nth(2).waitFor();
    assert.equal(await rows.count(), 3);
    await rows.first().getByRole("link").first().click();
    await page.getByRole("region", { name: "Output" }).waitFor();
    assert.match(await page.getByRole("region", { name: "Input" }).innerText(), /"name": "Ada"/);

    // History, and the way back.
    await page.getByRole("link", { name: "Open function" }).click();
    await page.getByRole("link", { name: "Versions" }).click();
    const versions = page.locator("tbody tr");
    await versions.nth(2).waitFor();
    assert.match(await versions.nth(1).innerText(), /Failed/);
    await versions.nth(2).getByRole("button", { name: "Compare with live" }).click();
    await page.getByRole("dialog").locator(".cm-changedText").first().waitFor();
    await page.keyboard.press("Escape");
    await versions.nth(2).getByRole("button", { name: "Roll back" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Roll back" }).click();
    await page.getByText("v1 live").waitFor();
    assert.deepEqual((await api(url).execute(name, { name: "Eve" })).output, { message: "Hello, Eve!" });

    assert.deepEqual(faults, []);
    await context.close();
  });
}

test("the first function takes one click", { timeout: 60_000 }, async () => {
  const { call } = api(url);
  await call("DELETE", "/functions/hello").catch(() => undefined);
  const { page, context, faults } = await open(browser, url);
  // As on a server that holds nothing.
  await page.route("**/functions?limit=1000", (route) => route.fulfill({ json: [] }));
  await page.goto("/console");
  await page.getByRole("button", { name: "Start in TypeScript" }).click();
  await page.getByText("v1 live").waitFor();
  // The function may be live before the editor has been fetched, and nobody can press a key in it until then.
  await page.getByRole("textbox", { name: "Input" }).waitFor();
  await page.keyboard.press("Control+Enter");
  await page.getByText("Hello, Ada!").waitFor();
  assert.deepEqual(faults, []);
  await call("DELETE", "/functions/hello");
  await context.close();
});

test("several files, a form, and an error that leads to its line", { timeout: 120_000 }, async () => {
  const { deploy } = api(url);
  await deploy(
    "several",
    "typescript",
    'import { check } from "./lib/check.ts";\nexport function handle(input: any) {\n  return { ok: check(input.age) };\n}\n',
    {
      files: {
        "lib/check.ts":
          'export function check(age: number) {\n  if (age < 0) throw new Error("too young");\n  return true;\n}\n',
      },
    },
  );
  const { page, context, faults } = await open(browser, url);
  await page.goto("/console/functions/several");
  const input = page.getByRole("textbox", { name: "Input" });
  await input.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText('{"age": 5, "vip": true}');
  await page.getByRole("button", { name: "Form" }).click();
  await page.getByLabel("age").fill("-1");
  await page.keyboard.press("Control+Enter");
  await page.getByText("too young").first().waitFor();
  // The innermost place is in the other file.
  await page
    .getByRole("button", { name: /^lib\/check\.ts:2/ })
    .first()
    .click();
  assert.equal(
    await page.getByRole("button", { name: "lib/check.ts", exact: true }).getAttribute("aria-pressed"),
    "true",
  );
  assert.match(await page.locator(".cm-activeLine").first().innerText(), /too young/);

  // What is no input is told before it is sent.
  await page.getByRole("button", { name: "Form" }).click();
  await page.getByRole("textbox", { name: "Input" }).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText("[1]");
  await page.getByText("The input must be a JSON object").waitFor();
  assert.ok(
    await page
      .getByRole("button", { name: /^Run(?! later)/ })
      .first()
      .isDisabled(),
  );

  // Another file, added and removed again.
  await page.getByRole("button", { name: "Add file" }).click();
  await page.getByLabel("File name").fill("../escape.ts");
  await page.getByRole("dialog").getByRole("button", { name: "Add" }).click();
  await page.getByText("Use letters, digits").waitFor();
  await page.getByLabel("File name").fill("lib/more.ts");
  await page.getByRole("dialog").getByRole("button", { name: "Add" }).click();
  await page.getByRole("button", { name: "Remove lib/more.ts" }).click();
  // Nothing differs any more: no draft.
  await page.getByRole("status").filter({ hasText: "Version 1" }).getByText("Ready").waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});
