import { rawField } from "../lib/json-text";
import { getJson, getPage, path, send } from "./http";
import type {
  CompileReport,
  ExecutionResult,
  FunctionDetail,
  FunctionSettings,
  FunctionSummary,
  LanguageInfo,
} from "./types";

export interface NewFunction {
  name: string;
  language: string;
  source: string;
  files?: Record<string, string>;
  description?: string;
}

export interface FunctionChange {
  name?: string;
  description?: string;
  language?: string;
  source?: string;
  files?: Record<string, string>;
  settings?: FunctionSettings;
}

export const languages = (): Promise<LanguageInfo[]> => getJson("/languages");

export async function listFunctions(): Promise<FunctionSummary[]> {
  const all: FunctionSummary[] = [];
  let next: string | undefined = "/functions?limit=1000";
  while (next) {
    const page: { items: FunctionSummary[]; next?: string } = await getPage<FunctionSummary>(next);
    all.push(...page.items);
    next = page.next;
  }
  return all;
}

/** With `waitMs`, the answer comes when the newest version is ready or failed, or when the time is over. */
export const getFunction = (id: string, waitMs?: number, signal?: AbortSignal): Promise<FunctionDetail> =>
  getJson(path`/functions/${id}`, { query: { waitMs }, ...(signal && { signal }) });

export const createFunction = (body: NewFunction): Promise<{ id: string; name: string; version: number }> =>
  getJson("/functions", { method: "POST", body });

export const updateFunction = (id: string, body: FunctionChange): Promise<FunctionDetail> =>
  getJson(path`/functions/${id}`, { method: "PUT", body });

export async function deleteFunction(id: string): Promise<void> {
  await send(path`/functions/${id}`, { method: "DELETE" });
}

export type CheckedSource = Pick<NewFunction, "language" | "source" | "files">;

/** Compiles and keeps nothing. */
export const compile = (body: CheckedSource, signal?: AbortSignal): Promise<CompileReport> =>
  getJson("/compile", { method: "POST", body, ...(signal && { signal }) });

/** A result, and its output as the function wrote it. */
export interface Ran {
  result: ExecutionResult;
  output: string | undefined;
}

/** `input` is JSON text and is sent as it is. */
export async function execute(id: string, input: string, signal?: AbortSignal): Promise<Ran> {
  const rawBody = `{"input":${input.trim() || "{}"}}`;
  const response = await send(path`/functions/${id}/execute`, { method: "POST", rawBody, ...(signal && { signal }) });
  const answer = await response.text();
  return { result: JSON.parse(answer) as ExecutionResult, output: rawField(answer, "output") };
}
