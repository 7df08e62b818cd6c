import { expect, test } from "vitest";

import type { QueueDepth } from "../api/types";
import { depthsOf, extent } from "./depths";

function seen(at: string, pending: number, queued: number): QueueDepth {
  return {
    at,
    samples: 1,
    executions: { pending, running: 2, delayed: 7, oldestAgeMs: pending > 0 ? 1_500 : null, deadLetters: 3 },
    compilation: { queued, leased: 1, oldestMs: null, deadLetters: 4 },
  };
}

const unseen = (at: string): QueueDepth => ({ at, samples: 0, executions: null, compilation: null });

test("what nobody looked at is a gap", () => {
  const depths = depthsOf([
    seen("2026-11-29T12:00:00Z", 9, 5),
    unseen("2026-11-29T12:01:00Z"),
    seen("2026-11-29T12:02:00Z", 0, 0),
    unseen("2026-11-29T12:03:00Z"),
  ]);
  expect(depths.times.map((time) => new Date(time).getUTCMinutes())).toEqual([0, 1, 2, 3]);
  expect(depths.waiting).toEqual([9, null, 0, null]);
  expect(depths.running).toEqual([2, null, 2, null]);
  expect(depths.delayed).toEqual([7, null, 7, null]);
  expect(depths.compilations).toEqual([6, null, 1, null]);
  expect(depths.dead).toEqual([7, null, 7, null]);
  expect(depths.oldestExecution).toEqual([1_500_000, null, 0, null]);
  expect(depths.oldestCompilation).toEqual([0, null, 0, null]);
});

test("the most there was, and what was seen last", () => {
  expect(extent([1, null, 9, 3, null])).toEqual({ most: 9, last: 3 });
  expect(extent([null, null])).toBeUndefined();
});
