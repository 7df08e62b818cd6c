import { expect, test } from "vitest";

import { checkInput, prettyText, rawField, tokens } from "./json-text";

test("laying out changes nothing but space", () => {
  const text = '{"a":[1,{"b":[]},{}],"n":9007199254740993,"a":1e400,"s":"x: {\\"y\\"}"}';
  const laid = prettyText(text);
  expect(laid).toContain("9007199254740993");
  expect(laid).toContain("1e400");
  expect(laid.match(/"a"/g)).toHaveLength(2);
  const bare = (json: string) =>
    tokens(json)
      .filter((token) => token.kind !== "space")
      .map((token) => token.text);
  expect(bare(laid)).toEqual(bare(text));
  expect(prettyText('{"a":[],"b":{}}')).toBe('{\n  "a": [],\n  "b": {}\n}');
  expect(prettyText('"text"')).toBe('"text"');
});

test("a field is cut out as it stands", () => {
  const text = '{"id":"output","receipt":{"output":1},"output" : {"n":12345678901234567890, "x":[1,2]},"logs":[]}';
  expect(rawField(text, "output")).toBe('{"n":12345678901234567890, "x":[1,2]}');
  expect(rawField('{"output":null}', "output")).toBe("null");
  expect(rawField('{"a":{"output":1}}', "output")).toBeUndefined();
  expect(rawField('{"in\\u0070ut":"}"}', "input")).toBe('"}"');
});

test("anything can be cut into tokens", () => {
  for (const text of ["", "<b>hi</b>", '"open', "{]", "\u0000", "NaN", "[1,,2]"]) {
    expect(
      tokens(text)
        .map((token) => token.text)
        .join(""),
    ).toBe(text);
  }
});

test("an input is an object", () => {
  const messages = { notObject: "an object, please" };
  for (const good of ["", "  ", "{}", "null", '{"a":1}']) expect(checkInput(good, messages).ok, good).toBe(true);
  for (const bad of ["1", "[]", '"a"', "true"])
    expect(checkInput(bad, messages)).toEqual({ ok: false, message: "an object, please" });
  expect(checkInput("{", messages).ok).toBe(false);
});
