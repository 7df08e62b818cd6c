import { expect, test } from "vitest";

import { bodyOf, rhythm } from "./schedules";

test("a schedule is sent back without what the server adds", () => {
  const schedule = {
    name: "x",
    functionName: "f",
    cron: "* * * * *",
    timeZone: "UTC",
    catchUp: "skip" as const,
    paused: false,
    nextFires: ["a"],
    lastFiredAt: null,
  };
  expect(bodyOf(schedule)).toEqual({ cron: "* * * * *", timeZone: "UTC", catchUp: "skip", paused: false });
});

test("a rhythm is told in the largest unit that fits", () => {
  expect(rhythm({ cron: "*/5 * * * *" })).toBe("*/5 * * * *");
  expect(rhythm({ everyMs: 90_000 })).toBe("every 90 s");
  expect(rhythm({ everyMs: 7_200_000 })).toBe("every 2 h");
  expect(rhythm({ everyMs: 1_500 })).toBe("every 1500 ms");
});
