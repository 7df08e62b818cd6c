/** The times charts look back over, and how finely. */

import { text } from "../text";

export interface Range {
  key: string;
  label: string;
  bucketMs: number;
  buckets: number;
}

const MINUTE = 60_000;

export const RANGES: Range[] = [
  { key: "15m", label: text.insight.ranges.quarter, bucketMs: MINUTE / 4, buckets: 60 },
  { key: "1h", label: text.insight.ranges.hour, bucketMs: MINUTE, buckets: 60 },
  { key: "24h", label: text.insight.ranges.day, bucketMs: 30 * MINUTE, buckets: 48 },
  { key: "7d", label: text.insight.ranges.week, bucketMs: 180 * MINUTE, buckets: 56 },
];

export function rangeOfKey(key: string | null): Range {
  const [, hour] = RANGES;
  return RANGES.find((range) => range.key === key) ?? (hour as Range);
}

/** Where a range begins, on the edge of a bucket. */
export function startOf(range: Range, now: number): string {
  const last = Math.floor(now / range.bucketMs) * range.bucketMs;
  return new Date(last - (range.buckets - 1) * range.bucketMs).toISOString();
}
