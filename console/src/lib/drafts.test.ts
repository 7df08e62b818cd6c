import { expect, test } from "vitest";

import { dropDraft, readDraft, sameSource, writeDraft, type Draft } from "./drafts";

function storage(most = Infinity) {
  const map = new Map<string, string>();
  return {
    getItem: (key: string) => map.get(key) ?? null,
    setItem(key: string, value: string) {
      if (value.length > most) throw new DOMException("full", "QuotaExceededError");
      map.set(key, value);
    },
    removeItem: (key: string) => void map.delete(key),
  };
}

const draft: Draft = { language: "wat", base: 2, source: "(module)", files: { "a.wat": "" }, savedAt: "now" };

test("a draft comes back as it was kept", () => {
  const store = storage();
  expect(writeDraft(store, "x", draft)).toBe(true);
  expect(readDraft(store, "x")).toEqual(draft);
  dropDraft(store, "x");
  expect(readDraft(store, "x")).toBeUndefined();
});

test("what is no draft is none, and a full storage is told", () => {
  const store = storage();
  for (const text of ["", "{", "null", "[]", '{"source":1}', '{"source":"x"}']) {
    store.setItem("nil.draft.x", text);
    expect(readDraft(store, "x"), text).toBeUndefined();
  }
  expect(writeDraft(storage(10), "x", draft)).toBe(false);
});

test("sources are the same if every file is", () => {
  expect(sameSource(draft, { source: "(module)", files: { "a.wat": "" } })).toBe(true);
  expect(sameSource(draft, { source: "(module)", files: { "b.wat": "" } })).toBe(false);
  expect(sameSource(draft, { source: "(module)", files: {} })).toBe(false);
  expect(sameSource(draft, { source: "", files: { "a.wat": "" } })).toBe(false);
});
