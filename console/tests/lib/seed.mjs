// What a server holds that people work with: for screenshots, and for tests that look at every page.

import { api } from "./api.mjs";

const PRICING = `// order-pricing: adds up an order and applies its discounts.

interface Item {
  sku: string;
  price: number;
  quantity: number;
}

interface Order {
  items: Item[];
  coupon?: string;
}

const COUPONS: Record<string, number> = { WELCOME10: 0.1, SUMMER: 0.15 };
const cents = (amount: number) => Math.round(amount * 100) / 100;

export function handle(order: Order) {
  if (!order.items?.length) throw new Error("the order has no items");
  const subtotal = order.items.reduce((sum, item) => sum + item.price * item.quantity, 0);
  const discount = cents(subtotal * (COUPONS[order.coupon ?? ""] ?? 0));
  console.log("priced", order.items.length, "items");
  if (discount > 50) console.warn("large discount", discount.toFixed(2));
  return { subtotal, discount, total: cents(subtotal - discount) };
}
`;

const ORDER = {
  items: [
    { sku: "NIL-1", price: 24.5, quantity: 2 },
    { sku: "NIL-7", price: 129, quantity: 3 },
  ],
  coupon: "SUMMER",
};

const DIGEST = `import { JSON } from "json-as";

@json
class Input {
  text: string = "";
}

@json
class Output {
  words: i32 = 0;
  letters: i32 = 0;
}

export function handle(input: string): string {
  const text = JSON.parse<Input>(input).text;
  const output = new Output();
  output.words = text.split(" ").length;
  output.letters = text.length;
  console.log("counted " + output.words.toString() + " words");
  return JSON.stringify(output);
}
`;

const WEBHOOK = `// github-webhook: turns a push into one line for the chat.
export function handle(event) {
  const { repository, pusher, commits = [] } = event;
  if (!repository) throw new TypeError("not a push event");
  console.info("push to", repository.full_name);
  return { text: \`\${pusher?.name ?? "somebody"} pushed \${commits.length} commits to \${repository.full_name}\` };
}
`;

const FLAKY = `export function handle(input) {
  console.error("the upstream does not answer");
  throw new Error("502 from https://rates.example.com/v2");
}
`;

export async function seed(url) {
  const { call, deploy, execute, pause } = api(url);
  const simple = PRICING.replace(/, SUMMER: 0\.15/, "").replace(/^.*large discount.*\n/m, "");
  await deploy("order-pricing", "typescript", simple, { description: "Adds up an order and applies its discounts" });
  await execute("order-pricing", ORDER);
  await deploy("order-pricing", "typescript", PRICING.replace("items[]", "").replace("return {", "return {{"));
  await deploy("order-pricing", "typescript", PRICING);
  await deploy("text-digest", "assemblyscript", DIGEST);
  await deploy("github-webhook", "javascript", WEBHOOK);
  await deploy("currency-rates", "javascript", FLAKY, { settings: { maxAttempts: 2, retryBackoffMs: 50 } });

  const push = { repository: { full_name: "projectnil/projectnil" }, pusher: { name: "ada" }, commits: [1, 2, 3] };
  for (let round = 0; round < 12; round++) {
    await execute("order-pricing", round % 6 === 5 ? { items: [] } : ORDER);
    await execute("text-digest", { text: "the quick brown fox jumps over the lazy dog" });
    if (round % 2) await execute("github-webhook", push);
    if (round % 4 === 0) await execute("currency-rates", { base: "EUR" });
  }
  await call("POST", "/functions/currency-rates/execute", { input: { base: "USD" } }, { prefer: "respond-async" });
  await call(
    "POST",
    "/functions/text-digest/execute",
    { input: { text: "later" }, delayMs: 3_600_000 },
    { prefer: "respond-async" },
  );

  await call("PUT", "/functions/order-pricing/examples/summer-order", {
    input: ORDER,
    output: { subtotal: 436, discount: 65.4, total: 370.6 },
  });
  await call("PUT", "/functions/order-pricing/examples/no-coupon", {
    input: { items: [{ sku: "NIL-1", price: 10, quantity: 1 }] },
    output: { subtotal: 10, discount: 0, total: 11 },
  });
  await call("PUT", "/functions/order-pricing/aliases/canary", {
    targets: [
      { version: 1, weight: 90 },
      { version: 3, weight: 10 },
    ],
  });
  await call("PUT", "/functions/text-digest/schedules/nightly", { cron: "0 3 * * *", timeZone: "Europe/Berlin" });
  await call("PUT", "/functions/github-webhook/schedules/poll", { everyMs: 300_000, paused: true });
  await call("PUT", "/environments/production", {});
  await call("PUT", "/environments/production/variables/RATES_URL", { value: "https://rates.example.com/v2" });
  await call("PUT", "/environments/production/secrets/RATES_KEY", { value: "a-secret-value-1234" });
  await call("PUT", "/functions/currency-rates/environments", { environments: ["production"] });

  for (let tries = 0; tries < 100; tries++) {
    if ((await call("GET", "/dead-letters")).length > 0) break;
    await pause(100);
  }
  const { id } = await execute("order-pricing", ORDER);
  const failed = await execute("order-pricing", { items: [] });
  return { execution: id, failed: failed.id };
}

/** Every page, with the text that tells it is there. */
export function pages({ execution, failed }) {
  return [
    { name: "functions", path: "/console", shows: "order-pricing" },
    { name: "new", path: "/console/new", shows: "Create function" },
    { name: "code", path: "/console/functions/order-pricing", shows: "export" },
    { name: "function-executions", path: "/console/functions/order-pricing/executions", shows: "Completed" },
    { name: "function-logs", path: "/console/functions/order-pricing/logs", shows: "priced" },
    { name: "versions", path: "/console/functions/order-pricing/versions", shows: "canary" },
    { name: "examples", path: "/console/functions/order-pricing/examples", shows: "summer-order" },
    { name: "function-schedules", path: "/console/functions/text-digest/schedules", shows: "nightly" },
    { name: "function-insight", path: "/console/functions/order-pricing/insight", shows: "Median duration" },
    { name: "settings", path: "/console/functions/order-pricing/settings", shows: "Time limit" },
    { name: "executions", path: "/console/executions", shows: "currency-rates" },
    { name: "execution", path: `/console/executions/${execution}`, shows: "370.6" },
    { name: "execution-failed", path: `/console/executions/${failed}`, shows: "the order has no items" },
    { name: "dead-letters", path: "/console/executions/dead-letters", shows: "Requeue" },
    { name: "schedules", path: "/console/schedules", shows: "nightly" },
    { name: "environments", path: "/console/environments", shows: "RATES_KEY" },
    { name: "insight", path: "/console/insight", shows: "order-pricing" },
    { name: "system", path: "/console/system", shows: "PostgreSQL" },
  ];
}
