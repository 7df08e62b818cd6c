import { expect, test } from "vitest";

import { rhythm } from "./schedules";

test("a rhythm is told in the largest unit that fits", () => {
  expect(rhythm({ cron: "*/5 * * * *" })).toBe("*/5 * * * *");
  expect(rhythm({ everyMs: 90_000 })).toBe("every 90 s");
  expect(rhythm({ everyMs: 7_200_000 })).toBe("every 2 h");
  expect(rhythm({ everyMs: 1_500 })).toBe("every 1500 ms");
});
