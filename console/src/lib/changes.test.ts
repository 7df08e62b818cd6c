import { expect, test } from "vitest";

import { changedFiles } from "./changes";

test("added, removed and changed files are told apart", () => {
  const before = { source: "a", files: { "x.ts": "1", "y.ts": "2", "z.ts": "3" } };
  const after = { source: "b", files: { "x.ts": "1", "y.ts": "22", "n.ts": "4" } };
  const kinds = changedFiles("index.ts", before, after).map((file) => [file.name, file.kind]);
  expect(kinds).toEqual([
    ["index.ts", "changed"],
    ["y.ts", "changed"],
    ["z.ts", "removed"],
    ["n.ts", "added"],
  ]);
  expect(changedFiles("index.ts", before, before)).toEqual([]);
});
