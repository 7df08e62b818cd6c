/** Schedules as they are read. */

import type { Schedule } from "../api/types";

const UNITS: [number, string][] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1_000, "s"],
];

/** A cron expression, or how often. */
export function rhythm({ cron, everyMs }: Pick<Schedule, "cron" | "everyMs">): string {
  if (cron) return cron;
  const unit = UNITS.find(([size]) => (everyMs ?? 0) % size === 0);
  return unit && everyMs ? `every ${everyMs / unit[0]} ${unit[1]}` : `every ${everyMs ?? 0} ms`;
}
