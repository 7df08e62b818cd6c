// Whatever functions and their authors write is text.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { api } from "./lib/api.mjs";
import { launch, open } from "./lib/browser.mjs";

const url = process.env.NIL_CONSOLE_TEST_URL;
let browser;

before(async () => (browser = await launch()));
after(() => browser.close());

const ATTACKS = [
  "<script>window.pwned=1</script>",
  '"><img src=x onerror="window.pwned=1">',
  "<svg/onload=window.pwned=1>",
  "javascript:window.pwned=1//",
  "{{constructor.constructor('window.pwned=1')()}}",
  "</pre></textarea><iframe srcdoc='<script>parent.pwned=1</script>'>",
  "\u001b]8;;javascript:window.pwned=1\u0007click\u001b]8;;\u0007",
  "\u202egnp.exe",
  "'; DROP TABLE functions; --",
];

const SOURCE = `export function handle(input) {
  for (const attack of input.attacks) console.log(attack);
  if (input.fail) throw new Error(input.attacks.join("\\n"));
  return { attacks: input.attacks, [input.attacks[0]]: input.attacks[1] };
}
`;

test("outputs, logs, errors, descriptions and examples are shown as text", { timeout: 120_000 }, async () => {
  const { call, deploy, execute } = api(url);
  await deploy("hostile", "javascript", SOURCE, { description: ATTACKS[1] });
  const good = await execute("hostile", { attacks: ATTACKS });
  const bad = await execute("hostile", { attacks: ATTACKS, fail: true });
  assert.equal(good.status, "COMPLETED");
  assert.equal(bad.status, "FAILED");
  await call("PUT", "/functions/hostile/examples/attack", { input: { attacks: ATTACKS }, output: ATTACKS });
  await call("PUT", "/environments/hostile/variables/ATTACK", { value: ATTACKS[1] }).catch(async () => {
    await call("PUT", "/environments/hostile", {});
    await call("PUT", "/environments/hostile/variables/ATTACK", { value: ATTACKS[1] });
  });
  // A diagnostic that quotes the source, and a comment in it.
  await deploy(
    "hostile-broken",
    "assemblyscript",
    `export function handle(input: string): string { return "</script><img src=x onerror=window.pwned=1>" + nope; } // ${ATTACKS[0]}`,
  );

  const { page, context, faults } = await open(browser, url);
  const places = [
    ["/console", "hostile"],
    ["/console/functions/hostile", "handle"],
    ["/console/functions/hostile/settings", "Time limit"],
    ["/console/functions/hostile/logs", "onerror"],
    ["/console/functions/hostile/examples", "onerror"],
    ["/console/functions/hostile-broken", "nope"],
    ["/console/functions/hostile-broken/versions", "nope"],
    [`/console/executions/${good.id}`, "onerror"],
    [`/console/executions/${bad.id}`, "onerror"],
    ["/console/executions", "<script>"],
    ["/console/environments", "onerror"],
    ["/console/functions/%3Cimg%20src%3Dx%20onerror%3Dwindow.pwned%3D1%3E", "onerror"],
    ["/console/%3Cscript%3E", "no such page"],
    ["/console/executions?function=%22%3E%3Cimg%20src%3Dx%3E", "Executions"],
  ];
  for (const [path, shows] of places) {
    await page.goto(path);
    await page.getByText(shows).filter({ visible: true }).first().waitFor({ timeout: 10_000 });
    const found = await page.evaluate(() => ({
      pwned: window.pwned,
      foreign: document.querySelectorAll("img, iframe, object, embed, main script").length,
    }));
    assert.deepEqual(found, { pwned: undefined, foreign: 0 }, path);
  }
  // What turns text around, or is a control character, can be seen.
  await page.goto(`/console/executions/${good.id}`);
  const logs = await page.getByRole("list", { name: "Logs" }).innerText();
  assert.ok(logs.includes("\\u202egnp.exe"), logs);
  assert.ok(logs.includes("\\u001b]8;;"), logs);
  assert.deepEqual(faults, []);
  await context.close();
});

test("numbers and repeated keys are shown as they were written", async () => {
  const { deploy, execute } = api(url);
  const source = `(module
    (memory (export "memory") 1)
    (data (i32.const 64) "{\\"n\\":9007199254740993,\\"n\\":1e400}")
    (func (export "alloc") (param i32) (result i32) (i32.const 1024))
    (func (export "handle") (param i32 i32) (result i64)
      (i64.or (i64.shl (i64.const 64) (i64.const 32)) (i64.const 32))))`;
  await deploy("exact", "wat", source);
  const { id, status, errorMessage } = await execute("exact", {});
  assert.equal(status, "COMPLETED", errorMessage);
  const { page, context, faults } = await open(browser, url);
  await page.goto(`/console/executions/${id}`);
  const output = page.getByRole("region", { name: "Output" });
  assert.match(await output.innerText(), /"n": 9007199254740993,\s+"n": 1e400/);
  assert.deepEqual(faults, []);
  await context.close();
});

test("the policy refuses what would be injected", async () => {
  const { page, context } = await open(browser, url);
  const response = await page.goto("/console");
  const policy = response.headers()["content-security-policy"];
  assert.ok(!policy.includes("unsafe"), policy);
  const verdict = await page.evaluate(async () => {
    const refused = [];
    addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));
    try {
      document.body.innerHTML = "<img src=x onerror='window.pwned=1'>";
    } catch (error) {
      refused.push(error.name);
    }
    const script = document.createElement("script");
    try {
      script.text = "window.pwned=1";
      document.head.append(script);
    } catch {
      // Trusted types, again.
    }
    const style = document.createElement("style");
    style.textContent = "body{display:none}";
    document.head.append(style);
    await fetch("https://example.com/").catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { refused, pwned: window.pwned, hidden: getComputedStyle(document.body).display };
  });
  assert.equal(verdict.pwned, undefined);
  assert.notEqual(verdict.hidden, "none");
  for (const directive of ["TypeError", "style-src-elem", "connect-src"])
    assert.ok(verdict.refused.includes(directive), `${directive}: ${verdict.refused}`);
  await context.close();
});

test("a function's own answer has no part in the console's origin", async () => {
  const { deploy } = api(url);
  await deploy("page", "javascript", "export const handle = () => \"<script>document.title='ran'</script>\";");
  const response = await fetch(`${url}/fn/page`);
  assert.equal(response.headers.get("content-security-policy"), "sandbox");
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  assert.equal(await response.json(), "<script>document.title='ran'</script>");
  const { page, context } = await open(browser, url);
  await page.goto("/fn/page");
  const inside = await page.evaluate(() => {
    try {
      return sessionStorage.length;
    } catch (error) {
      return error.name;
    }
  });
  assert.equal(inside, "SecurityError");
  await context.close();
});
