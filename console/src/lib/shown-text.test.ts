import { expect, test } from "vitest";

import { shownText } from "./shown-text";

test("what hides or turns text is shown", () => {
  expect(shownText("\u001b[31mred\u001b[0m")).toBe("\\u001b[31mred\\u001b[0m");
  expect(shownText("a\u202eb")).toBe("a\\u202eb");
  expect(shownText("plain, tab\t and\nlines, Ünïcode 🎈")).toBe("plain, tab\t and\nlines, Ünïcode 🎈");
});
