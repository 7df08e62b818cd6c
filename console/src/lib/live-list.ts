/** A list of executions that grows while it is looked at. */

import type { ExecutionEntry, ExecutionEvent } from "../api/types";

const RANK: Record<ExecutionEvent["status"], number> = { PENDING: 0, RUNNING: 1, COMPLETED: 2, FAILED: 2, CANCELED: 2 };

/** What was told first happened first, as far as one server tells it; `at` is right for all of them. */
function inOrder(heard: readonly ExecutionEvent[]): ExecutionEvent[] {
  return [...heard].sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || RANK[a.status] - RANK[b.status]);
}

/** The list with what was heard: known executions change, others come first, and the list keeps its length. */
export function merge(
  list: readonly ExecutionEntry[],
  heard: readonly ExecutionEvent[],
  most: number,
  status: string,
): ExecutionEntry[] {
  const byId = new Map(list.map((entry) => [entry.id, entry]));
  for (const event of inOrder(heard)) {
    const known = byId.get(event.executionId);
    byId.set(event.executionId, {
      id: event.executionId,
      functionId: event.functionId,
      functionName: event.functionName ?? known?.functionName ?? event.functionId,
      status: event.status,
      mode: event.mode,
      version: event.version,
      durationUs: event.durationUs,
      errorMessage: known?.errorMessage ?? event.errorKind ?? null,
      startedAt: known?.startedAt ?? null,
      completedAt: null,
      createdAt: known?.createdAt ?? event.at,
    });
  }
  return (
    [...byId.values()]
      .filter((entry) => !status || entry.status === status)
      // Ids sort by time.
      .sort((a, b) => (a.id < b.id ? 1 : a.id > b.id ? -1 : 0))
      .slice(0, most)
  );
}
