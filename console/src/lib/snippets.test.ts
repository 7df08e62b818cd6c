import { execFileSync } from "node:child_process";

import { expect, test } from "vitest";

import { cli, curl, quoted } from "./snippets";

test("a shell reads back what was quoted", () => {
  for (const text of ["plain", "it's", '$(id) `id` \\ "x" !! \n', "''"]) {
    expect(execFileSync("sh", ["-c", `printf %s ${quoted(text)}`]).toString()).toBe(text);
  }
});

test("the token stays in the shell", () => {
  const command = curl("http://127.0.0.1:8080", "greet", '{"name":"O\'Neil"}', true);
  expect(command).toContain("Bearer $NIL_TOKEN");
  expect(execFileSync("sh", ["-c", command.replace(/^curl/, "printf '%s\\n'")]).toString()).toContain(
    `{"name":"O'Neil"}`,
  );
  expect(curl("http://x", "greet", "", false)).not.toContain("authorization");
  expect(cli("http://x", "greet", " ")).toBe("NIL_URL='http://x' nil invoke greet '{}'");
});
