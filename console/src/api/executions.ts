import { rawField } from "../lib/json-text";
import { getPage, path, send, type Page } from "./http";
import type { DeadExecution, ExecutionDetail, ExecutionEntry } from "./types";

export interface ExecutionFilter {
  function?: string;
  status?: string;
  mode?: string;
  since?: string;
  until?: string;
}

export const listExecutions = (filter: ExecutionFilter, limit = 50): Promise<Page<ExecutionEntry>> =>
  getPage("/executions", { query: { ...filter, limit } });

/** The page behind one that said where it is. */
export const moreExecutions = (next: string): Promise<Page<ExecutionEntry>> => getPage(next);

/** An execution, and its payloads as they were written. */
export interface Recorded {
  execution: ExecutionDetail;
  input: string | undefined;
  output: string | undefined;
}

export async function getExecution(id: string, waitMs?: number, signal?: AbortSignal): Promise<Recorded> {
  const response = await send(path`/executions/${id}`, { query: { waitMs }, ...(signal && { signal }) });
  const answer = await response.text();
  return {
    execution: JSON.parse(answer) as ExecutionDetail,
    input: rawField(answer, "input"),
    output: rawField(answer, "output"),
  };
}

export async function cancelExecution(id: string): Promise<void> {
  await send(path`/executions/${id}`, { method: "DELETE" });
}

/** Queues a call; the answer is where it will be. */
export async function executeLater(id: string, input: string): Promise<string> {
  const rawBody = `{"input":${input.trim() || "{}"}}`;
  const headers = { prefer: "respond-async" };
  const response = await send(path`/functions/${id}/execute`, { method: "POST", rawBody, headers });
  return ((await response.json()) as { id: string }).id;
}

export const listDeadExecutions = (): Promise<Page<DeadExecution>> =>
  getPage("/dead-letters", { query: { limit: 100 } });

export async function requeueDeadExecution(id: string): Promise<void> {
  await send(path`/dead-letters/${id}/requeue`, { method: "POST" });
}

export async function discardDeadExecution(id: string): Promise<void> {
  await send(path`/dead-letters/${id}`, { method: "DELETE" });
}
