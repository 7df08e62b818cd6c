/** How deep the queues were, as charts draw it: nothing where nobody looked. */

import type { QueueDepth } from "../api/types";

export type Series = (number | null)[];

interface Seen {
  executions: NonNullable<QueueDepth["executions"]>;
  compilation: NonNullable<QueueDepth["compilation"]>;
}

export function depthsOf(buckets: readonly QueueDepth[]) {
  const series = (pick: (seen: Seen) => number): Series =>
    buckets.map(({ executions, compilation }) =>
      executions && compilation ? pick({ executions, compilation }) : null,
    );
  return {
    /** Milliseconds. */
    times: buckets.map((bucket) => Date.parse(bucket.at)),
    /** Executions that could start. */
    waiting: series(({ executions }) => executions.pending),
    running: series(({ executions }) => executions.running),
    delayed: series(({ executions }) => executions.delayed),
    /** With a compiler or not. */
    compilations: series(({ compilation }) => compilation.queued + compilation.leased),
    /** What was given up, of both kinds. */
    dead: series(({ executions, compilation }) => executions.deadLetters + compilation.deadLetters),
    /** For how long the oldest had waited, in microseconds. */
    oldestExecution: series(({ executions }) => (executions.oldestAgeMs ?? 0) * 1_000),
    oldestCompilation: series(({ compilation }) => (compilation.oldestMs ?? 0) * 1_000),
  };
}

/** The most there was, and what was seen last. */
export function extent(series: Series): { most: number; last: number } | undefined {
  const seen = series.filter((value) => value !== null);
  const last = seen.at(-1);
  return last === undefined ? undefined : { most: Math.max(...seen), last };
}
