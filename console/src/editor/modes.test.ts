import { EditorState } from "@codemirror/state";
import { ensureSyntaxTree } from "@codemirror/language";
import { expect, test } from "vitest";

import { languageOfFile, modeOf } from "./modes";

const SAMPLES: Record<string, string> = {
  assemblyscript: "export function handle(input: string): string { return input; }",
  typescript: "interface A { b?: string }",
  javascript: "export const handle = (x) => x ?? 1;",
  rust: 'fn main() { println!("x"); }',
  go: "package main\nfunc main() {}\n",
  c: "int main(void) { return 0; }",
  cpp: "template <typename T> class A {};",
  python: "def handle(x):\n    return x\n",
  zig: 'const std = @import("std");\npub fn handle() !void { return; }\n',
  wat: '(module (func (export "f")))',
  json: '{"a": [1]}',
};

for (const [language, source] of Object.entries(SAMPLES)) {
  test(`${language} is highlighted`, async () => {
    const state = EditorState.create({ doc: source, extensions: [await modeOf(language)] });
    const tree = ensureSyntaxTree(state, source.length, 5_000);
    let nodes = 0;
    tree?.iterate({ enter: () => void nodes++ });
    expect(nodes).toBeGreaterThan(4);
  });
}

test("a file's own extension tells more than the function's language", () => {
  expect(languageOfFile("lib/data.json", "rust")).toBe("json");
  expect(languageOfFile("util.hpp", "cpp")).toBe("cpp");
  expect(languageOfFile("index.ts", "assemblyscript")).toBe("typescript");
  expect(languageOfFile("README", "go")).toBe("go");
});

test("a language nobody knows is plain text", async () => {
  expect(await modeOf("cobol")).toEqual([]);
});
