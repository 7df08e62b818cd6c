import { getJson, getPage, path, send, type Page } from "./http";
import type {
  Alias,
  AliasTarget,
  Example,
  ExampleResult,
  FunctionDetail,
  VersionDetail,
  VersionSummary,
} from "./types";

export const listVersions = (id: string): Promise<Page<VersionSummary>> =>
  getPage(path`/functions/${id}/versions`, { query: { limit: 100 } });

export const getVersion = (id: string, number: number): Promise<VersionDetail> =>
  getJson(path`/functions/${id}/versions/${number}`);

export const rollback = (id: string, to: number): Promise<FunctionDetail> =>
  getJson(path`/functions/${id}/rollback`, { method: "POST", body: { to } });

export const promote = (id: string, alias: string): Promise<FunctionDetail> =>
  getJson(path`/functions/${id}/promote`, { method: "POST", body: { alias } });

export const listAliases = (id: string): Promise<Alias[]> => getJson(path`/functions/${id}/aliases`);

export async function putAlias(id: string, name: string, targets: AliasTarget[]): Promise<void> {
  await send(path`/functions/${id}/aliases/${name}`, { method: "PUT", body: { targets } });
}

export async function deleteAlias(id: string, name: string): Promise<void> {
  await send(path`/functions/${id}/aliases/${name}`, { method: "DELETE" });
}

export const listExamples = (id: string): Promise<Example[]> => getJson(path`/functions/${id}/examples`);

/** `input` and `output` are JSON text. */
export async function putExample(id: string, name: string, input: string, output: string): Promise<void> {
  const rawBody = `{"input":${input.trim() || "{}"},"output":${output}}`;
  await send(path`/functions/${id}/examples/${name}`, { method: "PUT", rawBody });
}

export async function deleteExample(id: string, name: string): Promise<void> {
  await send(path`/functions/${id}/examples/${name}`, { method: "DELETE" });
}

export const runExamples = (id: string, version?: number): Promise<ExampleResult[]> =>
  getJson(path`/functions/${id}/examples/run`, { method: "POST", body: version === undefined ? {} : { version } });
