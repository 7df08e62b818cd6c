import { expect, test } from "vitest";

import { findPlaces, rangeOf, type Diagnostic, type Lines } from "./places";

function document(text: string): Lines {
  const lines = text.split("\n");
  return {
    lines: lines.length,
    line(number) {
      const from = lines.slice(0, number - 1).reduce((sum, line) => sum + line.length + 1, 0);
      const line = lines[number - 1] ?? "";
      return { from, to: from + line.length, text: line };
    },
  };
}

const source = 'let a = "🎈" + inptu;\n\nreturn';
const at = (fields: Partial<Diagnostic>): string => {
  const range = rangeOf({ severity: "error", message: "", ...fields }, document(source));
  return source.slice(range.from, range.to);
};

test("columns count characters, not UTF-16 units", () => {
  expect(at({ line: 1, column: 15, endLine: 1, endColumn: 20 })).toBe("inptu");
  expect(at({ line: 1, column: 15 })).toBe("inptu");
});

test("every place has something to underline", () => {
  expect(at({ line: 3, column: 7 })).toBe("n");
  expect(at({})).toBe('let a = "🎈" + inptu;');
  expect(at({ line: 99, column: 99 })).toBe("n");
  expect(at({ line: 3 })).toBe("return");
});

test("places in a message are found, in the function's own files only", () => {
  const text = "aborted: no <b> (index.ts:2:3)\n    at lib/a.ts:10\n    at ~lib/rt.ts:1:1 other/index.ts:4";
  const places = findPlaces(text, ["index.ts", "lib/a.ts"]);
  expect(places.map((piece) => (typeof piece === "string" ? piece : piece.text)).join("")).toBe(text);
  expect(places.filter((piece) => typeof piece !== "string").map((piece) => piece.place)).toEqual([
    { file: "index.ts", line: 2, column: 3 },
    { file: "lib/a.ts", line: 10 },
  ]);
});
