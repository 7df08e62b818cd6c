import { expect, test } from "vitest";

import type { ExecutionEntry, ExecutionEvent } from "../api/types";
import { merge } from "./live-list";

const entry = (id: string, status: ExecutionEntry["status"]): ExecutionEntry => ({
  id,
  functionId: "f",
  functionName: "f",
  status,
  version: 1,
  createdAt: "then",
});
const event = (executionId: string, status: ExecutionEntry["status"]): ExecutionEvent => ({
  executionId,
  functionId: "f",
  functionName: "f",
  status,
  mode: "sync",
  version: 2,
  durationUs: 5,
  errorKind: null,
  at: "now",
});

test("an execution's beginning that is heard late changes nothing", () => {
  const heard = (status: ExecutionEntry["status"], at: string) => ({ ...event("d", status), at });
  const begun = heard("PENDING", "2026-11-29T12:00:00.100200Z");
  const over = heard("COMPLETED", "2026-11-29T12:00:00.102Z");
  expect(merge([], [over, begun], 10, "").map((item) => item.status)).toEqual(["COMPLETED"]);
  const running = heard("RUNNING", "2026-11-29T12:00:00.100900Z");
  expect(merge([], [running, begun], 10, "").map((item) => item.status)).toEqual(["RUNNING"]);
  const again = heard("PENDING", "2026-11-29T12:00:01Z");
  expect(merge([], [begun, running, again], 10, "").map((item) => item.status)).toEqual(["PENDING"]);
});

test("news come first, changes stay in place, and there is an end", () => {
  const list = [entry("c", "RUNNING"), entry("a", "COMPLETED")];
  const merged = merge(list, [event("c", "COMPLETED"), event("d", "FAILED"), event("d", "COMPLETED")], 10, "");
  expect(merged.map((item) => [item.id, item.status, item.createdAt])).toEqual([
    ["d", "COMPLETED", "now"],
    ["c", "COMPLETED", "then"],
    ["a", "COMPLETED", "then"],
  ]);
  expect(merge(list, [event("d", "FAILED")], 2, "").map((item) => item.id)).toEqual(["d", "c"]);
  expect(merge(list, [event("c", "COMPLETED")], 10, "RUNNING")).toEqual([]);
});
