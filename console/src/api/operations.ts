import { getJson, path, send } from "./http";
import type { FunctionStats, OverviewStats, QueueHistory, QueueReport, Readiness, SystemReport } from "./types";
import { ApiProblem } from "./http";

export const queue = (): Promise<QueueReport> => getJson("/queue");

/** What the server depends on; it answers 503 with the same body while something is wrong. */
export async function readiness(): Promise<Readiness> {
  try {
    return await getJson("/ready");
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 503 && "checks" in error.problem) {
      return error.problem as unknown as Readiness;
    }
    throw error;
  }
}

export const system = (): Promise<SystemReport> => getJson("/system");

export async function requeueCompilation(id: number): Promise<void> {
  await send(path`/queue/dead-letters/${id}/requeue`, { method: "POST" });
}

export async function discardCompilation(id: number): Promise<void> {
  await send(path`/queue/dead-letters/${id}`, { method: "DELETE" });
}

export const overview = (from: string, bucketMs: number): Promise<OverviewStats> =>
  getJson("/stats", { query: { from, bucketMs } });

export const queueHistory = (from: string, bucketMs: number): Promise<QueueHistory> =>
  getJson("/queue/history", { query: { from, bucketMs } });

export const functionStats = (id: string, from: string, bucketMs: number): Promise<FunctionStats> =>
  getJson(path`/functions/${id}/stats`, { query: { from, bucketMs } });
