import { afterEach, beforeEach, expect, test, vi } from "vitest";

const store = new Map<string, string>();
vi.stubGlobal("sessionStorage", {
  getItem: (key: string) => store.get(key) ?? null,
  setItem: (key: string, value: string) => void store.set(key, value),
  removeItem: (key: string) => void store.delete(key),
});

const { session } = await import("../lib/session.svelte");
const { ApiProblem, getJson, getPage, nextOf, path, send, Unreachable } = await import("./http");

const fetched = vi.fn<typeof fetch>();
beforeEach(() => vi.stubGlobal("fetch", fetched));
afterEach(() => fetched.mockReset());

const answer = (body: unknown, init: ResponseInit = {}) => Promise.resolve(Response.json(body, init));

test("the token is in a header, never in the address", async () => {
  session.signIn("hush-hush-hush-hush");
  fetched.mockImplementation(() => answer([]));
  await getJson("/functions", { query: { limit: 5, after: undefined, status: "" } });
  const [address, init] = fetched.mock.calls[0] ?? [];
  expect(address).toBe("/functions?limit=5");
  expect(init?.headers).toMatchObject({ authorization: "Bearer hush-hush-hush-hush" });
  expect(init?.credentials).toBe("omit");
});

test("a token that is refused is forgotten, unless there is another one by now", async () => {
  session.signIn("a-first-token-of-mine");
  fetched.mockImplementation(() => answer({ detail: "no", type: "/docs/problems/unauthorized" }, { status: 401 }));
  const late = send("/functions").catch((error: unknown) => error);
  session.signIn("a-second-token-of-mine");
  expect(await late).toBeInstanceOf(ApiProblem);
  expect(session.token).toBe("a-second-token-of-mine");
  await expect(send("/functions")).rejects.toMatchObject({ status: 401, kind: "unauthorized", message: "no" });
  expect([session.token, session.required, session.wrong, store.size]).toEqual([undefined, true, true, 0]);
});

test("errors have words, whoever answered", async () => {
  fetched.mockReturnValue(Promise.resolve(new Response("<html>", { status: 502 })));
  await expect(send("/x")).rejects.toThrow("502");
  fetched.mockRejectedValue(new TypeError("Failed to fetch"));
  await expect(send("/x")).rejects.toBeInstanceOf(Unreachable);
});

test("pages lead to each other, on this server only", async () => {
  fetched.mockImplementation(() => answer([1], { headers: { link: '</executions?after=1>; rel="next"' } }));
  expect(await getPage("/executions")).toEqual({ items: [1], next: "/executions?after=1" });
  for (const link of [
    null,
    "",
    "<//evil.example/>; rel=next",
    '<https://evil.example/>; rel="next"',
    '</a>; rel="prev"',
  ]) {
    expect(nextOf(link), String(link)).toBeUndefined();
  }
});

test("names in paths are encoded", () => {
  expect(path`/functions/${"a/../b?c#d"}/versions/${3}`).toBe("/functions/a%2F..%2Fb%3Fc%23d/versions/3");
});
