import { getJson, path, send } from "./http";
import type { Environment } from "./types";

export const listEnvironments = (): Promise<Environment[]> => getJson("/environments");

export const getEnvironment = (name: string): Promise<Environment> => getJson(path`/environments/${name}`);

export async function createEnvironment(name: string): Promise<void> {
  await send(path`/environments/${name}`, { method: "PUT", body: {} });
}

export async function deleteEnvironment(name: string): Promise<void> {
  await send(path`/environments/${name}`, { method: "DELETE" });
}

export type Kind = "variables" | "secrets";

export async function putValue(name: string, kind: Kind, key: string, value: string): Promise<void> {
  await send(path`/environments/${name}/` + path`${kind}/${key}`, { method: "PUT", body: { value } });
}

export async function deleteValue(name: string, kind: Kind, key: string): Promise<void> {
  await send(path`/environments/${name}/` + path`${kind}/${key}`, { method: "DELETE" });
}

export async function attachEnvironments(id: string, environments: string[]): Promise<void> {
  await send(path`/functions/${id}/environments`, { method: "PUT", body: { environments } });
}
