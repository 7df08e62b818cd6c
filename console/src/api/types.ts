/** Names for the bodies of the API, as the server's OpenAPI document describes them. */

import type { components } from "./schema";

type Schemas = components["schemas"];

export type AttemptRecord = Schemas["AttemptRecord"];
export type DeadExecution = Schemas["DeadExecution"];
export type DeadLetter = Schemas["DeadLetter"];
export type Diagnostic = Schemas["Diagnostic"];
export type ExecutionDetail = Schemas["ExecutionDetail"];
export type ExecutionEntry = Schemas["ExecutionEntry"];
export type ExecutionMode = Schemas["ExecutionMode"];
export type ExecutionResult = Schemas["ExecutionResult"];
export type ExecutionStatus = Schemas["ExecutionStatus"];
export type FunctionDetail = Omit<Schemas["FunctionDetail"], "settings"> & {
  settings: FunctionSettings;
  environments?: string[];
};
export type FunctionSettings = Schemas["FunctionSettings"] & { gate?: boolean };
export type FunctionStatus = Schemas["FunctionStatus"];
export type FunctionSummary = Schemas["FunctionSummary"];
export type LanguageInfo = Schemas["LanguageInfo"];
export type LogLine = Schemas["LogLine"];
export type Problem = Schemas["Problem"];
export type QueueReport = Schemas["QueueReport"];
export type Readiness = Schemas["Readiness"];
export type Receipt = Schemas["Receipt"];

export interface CompileReport {
  ok: boolean;
  diagnostics: Diagnostic[];
  abi?: string | null;
  sizeBytes?: number | null;
  durationMs?: number | null;
}

export interface VersionSummary {
  number: number;
  status: FunctionStatus;
  language: string;
  live: boolean;
  createdAt: string;
  digest?: string | null;
  sizeBytes?: number | null;
  compileError?: string | null;
}

export interface VersionDetail extends VersionSummary {
  source: string;
  files: Record<string, string>;
  settings: FunctionSettings;
  diagnostics: Diagnostic[];
}

export interface AliasTarget {
  version: number;
  weight: number;
}

export interface Alias {
  name: string;
  targets: AliasTarget[];
}

export interface Example {
  name: string;
  input: unknown;
  output: unknown;
}

export interface ExampleResult {
  name: string;
  passed: boolean;
  expected?: unknown;
  output?: unknown;
  errorMessage?: string | null;
}

export type CatchUp = "skip" | "once" | "all";

export interface ScheduleBody {
  cron?: string;
  everyMs?: number;
  timeZone?: string;
  input?: unknown;
  catchUp?: CatchUp;
  paused?: boolean;
}

export interface Schedule extends ScheduleBody {
  name: string;
  functionId?: string;
  functionName?: string;
  nextFires: string[];
  lastFiredAt?: string | null;
}

export interface SecretInfo {
  name: string;
  updatedAt: string;
}

export interface Environment {
  name: string;
  variables: Record<string, string>;
  secrets: SecretInfo[];
  functions: string[];
}

export interface Totals {
  count: number;
  failed: number;
  canceled: number;
  errorRate: number | null;
  p50Us: number | null;
  p95Us: number | null;
  p99Us: number | null;
  cold: number;
}

export interface FunctionStats {
  totals: Totals;
  versions: (Totals & { version: number })[];
  buckets: (Totals & { at: string })[];
}

export interface OverviewStats {
  functions: (Totals & {
    functionId: string;
    name: string;
    buckets: { at: string; count: number; failed: number }[];
  })[];
}

export interface FunctionLog {
  executionId: string;
  at: string;
  stream: string;
  level: string;
  text: string;
  version: number;
}

export interface FunctionEvent {
  functionId: string;
  name: string | null;
  status: FunctionStatus | "DELETED";
  version: number | null;
  live: number | null;
  at: string;
}

export interface ExecutionEvent {
  executionId: string;
  functionId: string;
  functionName: string | null;
  status: ExecutionStatus;
  mode: ExecutionMode;
  version: number;
  durationUs: number | null;
  errorKind: string | null;
  at: string;
}

export interface SystemReport {
  version: string;
  startedAt: string;
  database: { version: string; sizeBytes: number };
  queue: QueueReport;
  compilers: CompilerReport[];
  executions: { partitions: number; sizeBytes: number; oldestDay: string | null; retentionDays: number };
  codeCache: {
    hits: number;
    misses: number;
    discarded: number;
    stored: number;
    evicted: number;
    failed: number;
  } | null;
}

export interface CompilerReport {
  id: string;
  host: string;
  state: string;
  alive: boolean;
  languages: { language: string; installed: boolean; toolchain: string | null; hint: string | null }[];
  problems: string[];
  startedAt: string;
  lastSeenAt: string;
}
