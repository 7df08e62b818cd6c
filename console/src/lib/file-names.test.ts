import { expect, test } from "vitest";

import { checkFileName } from "./file-names";

test("names are plain and relative", () => {
  for (const name of ["a.ts", "lib/a.ts", "a/b/c/d/e/f/g/h.ts"]) expect(checkFileName(name, []), name).toBeUndefined();
  for (const name of ["", "/a", "../a", "a/../b", ".env", "-o", "a b", "a\\b", "é.ts", "a/", "a//b", "<b>.ts"]) {
    expect(checkFileName(name, []), name).toBeDefined();
  }
  expect(checkFileName("Index.ts", ["index.ts"])).toBeDefined();
});
