import { expect, test } from "vitest";

import { bytes, duration, percent, relative } from "./format";

test("figures keep two or three digits", () => {
  expect([0, 1023, 1024, 65_536, 134_217_728].map(bytes)).toEqual(["0 B", "1023 B", "1 KiB", "64 KiB", "128 MiB"]);
  expect([7, 999, 1_050, 12_340, 501_882, 10_000_999, 83_000_000, 3_720_000_000].map(duration)).toEqual([
    "7 µs",
    "999 µs",
    "1.05 ms",
    "12.3 ms",
    "502 ms",
    "10 s",
    "1 min 23 s",
    "1 h 2 min",
  ]);
  expect([0, 0.0004, 0.034, 1].map(percent)).toEqual(["0 %", "< 0.1 %", "3.4 %", "100 %"]);
});

test("times are told from now", () => {
  const now = Date.parse("2026-11-29T12:00:00Z");
  expect(relative("2026-11-29T12:00:01Z", now)).toBe("just now");
  expect(relative("2026-11-29T11:58:00Z", now)).toBe("2 min. ago");
  expect(relative("2026-11-29T14:00:00Z", now)).toBe("in 2 hr.");
  expect(relative("2026-11-28T12:00:00Z", now)).toBe("yesterday");
});
