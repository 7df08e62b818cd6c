import { expect, test } from "vitest";

import { fillBuckets } from "./series";

test("what did not happen is zero", () => {
  const now = Date.parse("2026-11-29T12:34:00Z");
  const buckets = [
    { at: "2026-11-29T10:00:00Z", count: 3, failed: 1 },
    { at: "2026-11-29T12:00:00Z", count: 5, failed: 0 },
    { at: "2026-11-20T12:00:00Z", count: 9, failed: 9 },
  ];
  const filled = fillBuckets(buckets, 3_600_000, 3, now);
  expect(filled.map((bucket) => bucket.count)).toEqual([3, 0, 5]);
  expect(filled.map((bucket) => new Date(bucket.at).getUTCHours())).toEqual([10, 11, 12]);
});
