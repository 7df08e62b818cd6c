/** One request: the token in a header, errors as problem documents. */

import { session } from "../lib/session.svelte";
import { text } from "../text";
import type { Problem } from "./types";

/** What the server answered that it was not asked for. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly problem: Partial<Problem>;

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? problem.title ?? text.errors.status(status));
    this.status = status;
    this.problem = problem;
  }

  /** The last part of the problem's type, such as `name-taken`. */
  get kind(): string {
    return this.problem.type?.split("/").pop() ?? "";
  }
}

/** The server could not be reached. */
export class Unreachable extends Error {
  constructor() {
    super(text.errors.unreachable);
  }
}

export interface Options {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  query?: Record<string, string | number | undefined>;
  /** Sent as JSON. */
  body?: unknown;
  /** JSON that is text already. */
  rawBody?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** The response, if it went well. */
export async function send(path: string, options: Options = {}): Promise<Response> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  const headers: Record<string, string> = { accept: "application/json", ...options.headers };
  const body = options.rawBody ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  if (body !== undefined) headers["content-type"] = "application/json";
  const token = session.token;
  if (token) headers.authorization = `Bearer ${token}`;
  const init: RequestInit = { method: options.method ?? "GET", headers, credentials: "omit", cache: "no-store" };
  if (body !== undefined) init.body = body;
  if (options.signal) init.signal = options.signal;
  let response: Response;
  try {
    response = await fetch(query.size > 0 ? `${path}?${query}` : path, init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Unreachable();
  }
  if (response.ok) return response;
  let problem: Partial<Problem> = {};
  try {
    problem = (await response.json()) as Problem;
  } catch {
    // Something in between answered; the status has to do.
  }
  if (response.status === 401) session.refused(token);
  throw new ApiProblem(response.status, problem);
}

export async function getJson<T>(path: string, options: Options = {}): Promise<T> {
  return (await (await send(path, options)).json()) as T;
}

export interface Page<T> {
  items: T[];
  /** The address of the next page. */
  next?: string;
}

/** A page of a list; `path` may be the `next` of the one before. */
export async function getPage<T>(path: string, options: Options = {}): Promise<Page<T>> {
  const response = await send(path, options);
  const items = (await response.json()) as T[];
  const next = nextOf(response.headers.get("link"));
  return next ? { items, next } : { items };
}

/** The address in a `Link` header with `rel="next"`, if it is on this server. */
export function nextOf(link: string | null): string | undefined {
  const address = link && /<([^>]+)>\s*;\s*rel="?next"?/.exec(link)?.[1];
  return address?.startsWith("/") && !address.startsWith("//") ? address : undefined;
}

/** A path of the API; names and ids are encoded. */
export function path(parts: TemplateStringsArray, ...names: (string | number)[]): string {
  return parts.reduce((path, part, index) => path + part + encodeName(names[index]), "");
}

function encodeName(name: string | number | undefined): string {
  return name === undefined ? "" : encodeURIComponent(name);
}
