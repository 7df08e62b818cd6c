/** Names for the bodies of the API, as the server's OpenAPI document describes them. */

import type { components } from "./schema";

type Schemas = components["schemas"];

export type Alias = Schemas["Alias"];
export type AliasTarget = Schemas["AliasTarget"];
export type AttemptRecord = Schemas["AttemptRecord"];
export type CatchUp = Schemas["CatchUp"];
export type CompileReport = Schemas["Checked"];
export type DeadExecution = Schemas["DeadExecution"];
export type DeadLetter = Schemas["DeadLetter"];
export type Diagnostic = Schemas["Diagnostic"];
export type Environment = Schemas["Environment"];
export type Example = Schemas["ExampleEntry"];
export type ExampleResult = Schemas["ExampleResult"];
export type ExecutionDetail = Schemas["ExecutionDetail"];
export type ExecutionEntry = Schemas["ExecutionEntry"];
export type ExecutionMode = Schemas["ExecutionMode"];
export type ExecutionResult = Schemas["ExecutionResult"];
export type ExecutionStatus = Schemas["ExecutionStatus"];
export type FunctionDetail = Schemas["FunctionDetail"];
export type FunctionLog = Schemas["LogEntry"];
export type FunctionSettings = Schemas["FunctionSettings"];
export type FunctionStats = Schemas["FunctionStats"];
export type FunctionStatus = Schemas["FunctionStatus"];
export type FunctionSummary = Schemas["FunctionSummary"];
export type LanguageInfo = Schemas["LanguageInfo"];
export type LogLine = Schemas["LogLine"];
export type OverviewStats = Schemas["Stats"];
export type Problem = Schemas["Problem"];
export type QueueDepth = Schemas["QueueDepth"];
export type QueueHistory = Schemas["QueueHistory"];
export type QueueReport = Schemas["QueueReport"];
export type Readiness = Schemas["Readiness"];
export type Receipt = Schemas["Receipt"];
export type Schedule = Schemas["Schedule"];
export type SystemReport = Schemas["SystemReport"];
export type VersionDetail = Schemas["VersionDetail"];
export type VersionSummary = Schemas["VersionSummary"];

export type ScheduleBody = Schemas["PutSchedule"];

/** Events travel in a stream, which an OpenAPI document cannot describe. */
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
