import { expect, test } from "vitest";

import { fieldsOf, inputOf } from "./form";

test("an example becomes fields, and fields the same input", () => {
  const example = { name: 'A "quoted" <b>', count: 3, deep: { a: [1] }, yes: true, none: null };
  const fields = fieldsOf(JSON.stringify(example));
  expect(fields?.map((field) => field.kind)).toEqual(["text", "number", "json", "boolean", "json"]);
  const input = inputOf(fields ?? []);
  expect("input" in input && JSON.parse(input.input)).toEqual(example);
});

test("what is no object has no form, and what is no number is named", () => {
  for (const text of ["[1]", "1", "{"]) expect(fieldsOf(text)).toBeUndefined();
  expect(inputOf([{ name: "n", kind: "number", value: "many" }])).toEqual({ wrong: "n" });
  expect(inputOf([{ name: "n", kind: "number", value: "[1]" }])).toEqual({ wrong: "n" });
  expect(inputOf([{ name: "n", kind: "json", value: "{" }])).toEqual({ wrong: "n" });
  expect(inputOf([])).toEqual({ input: "{}" });
});
