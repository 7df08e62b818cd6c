/** Figures over time. */

export interface Bucket {
  at: string;
  count: number;
  failed: number;
}

/** `length` buckets up to now: those that came, and zeros where nothing happened. */
export function fillBuckets<T extends { at: string }>(
  buckets: readonly T[],
  size: number,
  length: number,
  now: number,
): (Omit<T, "at"> & { at: number; count: number; failed: number })[] {
  const last = Math.floor(now / size) * size;
  const known = new Map(buckets.map((bucket) => [Math.floor(Date.parse(bucket.at) / size) * size, bucket]));
  return Array.from({ length }, (_, index) => {
    const at = last - (length - 1 - index) * size;
    return { count: 0, failed: 0, ...(known.get(at) as T), at };
  });
}
