// Diagnostics as data and as text: from AssemblyScript's own objects to the plain records of the protocol,
// bounded in size, and to the text a person reads. Decides nothing about what is an error.

import { DiagnosticCategory, DiagnosticCode } from "assemblyscript";

/** The name of the user's entry file. */
export const ENTRY_FILE = "index.ts";

/** The most diagnostics text kept of one compilation, as bytes of JSON. */
export const DIAGNOSTICS_LIMIT_BYTES = 64 * 1024;

/** One message may not use up the room of all others: a type name can be as long as the source. */
const MESSAGE_LIMIT_CHARS = 2000;

/** Of missing files, the first are told and the rest counted, as in `drain`. */
export function tellMissing(ranges) {
  const told = ranges.slice(0, TOLD_OF_A_KIND);
  return { found: told.map(importNotFound), more: ranges.length - told.length };
}

/** More messages than this of one kind never fit the limit: the shortest has some 130 bytes of JSON. */
const TOLD_OF_A_KIND = 600;

/** AssemblyScript numbers its own messages below 1000 and takes TypeScript's numbers above. */
const FIRST_TYPESCRIPT_CODE = 1000;

/** A source line longer than this is not quoted: it is generated code or data. */
const QUOTED_LINE_LIMIT_CHARS = 200;

/** Where the standard library and everything else that is not the user's is. */
const LIBRARY_PREFIX = "~lib/";

const SEVERITIES = new Map([
  [DiagnosticCategory.Pedantic, "info"],
  [DiagnosticCategory.Info, "info"],
  [DiagnosticCategory.Warning, "warning"],
  [DiagnosticCategory.Error, "error"],
]);

/** Of each text that was asked about, where its lines start: looked for once, however many messages there are. */
const lineStarts = new WeakMap();

function lineStartsOf(source) {
  let starts = lineStarts.get(source);
  if (!starts) {
    starts = [0];
    for (let at = source.text.indexOf("\n"); at !== -1; at = source.text.indexOf("\n", at + 1)) starts.push(at + 1);
    lineStarts.set(source, starts);
  }
  return starts;
}

/**
 * Line and column, both from 1, of an offset into `source.text`; columns count characters, not UTF-16 units.
 */
export function positionIn(source, offset) {
  const { text } = source;
  const end = Math.min(offset, text.length);
  const starts = lineStartsOf(source);
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= end) low = middle;
    else high = middle;
  }
  let column = 1;
  for (let at = starts[low]; at < end; column += 1) {
    at += text.codePointAt(at) > 0xffff ? 2 : 1;
  }
  return { line: low + 1, column };
}

/** Where `range` is, as the place fields of a diagnostic. */
export function place(range) {
  const start = positionIn(range.source, range.start);
  const end = positionIn(range.source, range.end);
  return {
    file: range.source.normalizedPath,
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
  };
}

/** A message of ours about `range`, or about the whole source when there is none. */
export function errorAt(range, code, message) {
  return { ...(range ? place(range) : { file: ENTRY_FILE, line: 1, column: 1 }), severity: "error", code, message };
}

/** The place to show for a compiler message: code that json-as generated is shown at its class. */
function shownRange(range, generatedBy) {
  const owner = generatedBy.get(range.source);
  return owner ?? range;
}

/** `~lib/array/Array<~lib/string/String>` as the user writes it: `Array<string>`. */
function plainTypeNames(text) {
  return text
    .replace(/~lib\/string\/String\b/g, "string")
    .replace(/~lib\/(?:[\w-]+\/)+(\w+)/g, "$1")
    .replace(/\bindex\/([A-Za-z_$][\w$]*)/g, "$1");
}

/** An import of a file that is not there, said where the import is; `range` is the quoted path. */
function importNotFound(range) {
  const message =
    `cannot import ${range.toString()}: no such file; only files of the function (a path that starts with "./"), ` +
    'AssemblyScript\'s standard library and "json-as" can be imported';
  return errorAt(range, `TS${DiagnosticCode.File_0_not_found}`, message);
}

/** True if `source` is one of the user's files. Everything else of a program is below `~lib/`. */
export function isUserFile(source) {
  return !source.normalizedPath.startsWith(LIBRARY_PREFIX);
}

/** A compiler message as a protocol diagnostic. */
function fromCompiler(message, generatedBy) {
  const severity = SEVERITIES.get(message.category) ?? "info";
  const code = (message.code < FIRST_TYPESCRIPT_CODE ? "AS" : "TS") + message.code;
  let text = plainTypeNames(message.message);
  if (!message.range) return { file: ENTRY_FILE, severity, code, message: text };
  const range = shownRange(message.range, generatedBy);
  if (range !== message.range) text += " (in the code json-as generates for this class)";
  if (message.relatedRange) {
    const related = place(shownRange(message.relatedRange, generatedBy));
    text += ` (see also ${related.file}:${related.line}:${related.column})`;
  }
  return { ...place(range), severity, code, message: text };
}

/**
 * All messages of a program since the last call. Warnings about library files are dropped: the user can
 * neither see nor change that code. Of many, the first are told and the rest counted, in `more`: what would not
 * be shown anyway need not be worked out, which for messages on one long line takes the line's length each.
 * Returns `{ found, more }`.
 */
export function drain(program, generatedBy) {
  const found = [];
  const counts = { error: 0, other: 0 };
  let more = 0;
  while (program.diagnosticsOffset < program.diagnostics.length) {
    const message = program.diagnostics[program.diagnosticsOffset++];
    const kind = message.category === DiagnosticCategory.Error ? "error" : "other";
    if (counts[kind] >= TOLD_OF_A_KIND) {
      more += 1;
      continue;
    }
    const diagnostic = fromCompiler(message, generatedBy);
    if (kind === "other" && diagnostic.file.startsWith(LIBRARY_PREFIX)) continue;
    counts[kind] += 1;
    found.push(diagnostic);
  }
  return { found, more };
}

/** True if any diagnostic forbids the build. */
export function hasErrors(diagnostics) {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}

/**
 * Errors first, long messages cut, and as many as fit the limit; `omitted` counts the rest.
 */
export function bound(diagnostics) {
  const ordered = [
    ...diagnostics.filter((diagnostic) => diagnostic.severity === "error"),
    ...diagnostics.filter((diagnostic) => diagnostic.severity !== "error"),
  ];
  const kept = [];
  let bytes = 0;
  for (const diagnostic of ordered) {
    const cut = { ...diagnostic, message: shorten(diagnostic.message, MESSAGE_LIMIT_CHARS) };
    bytes += Buffer.byteLength(JSON.stringify(cut), "utf8");
    if (bytes > DIAGNOSTICS_LIMIT_BYTES) break;
    kept.push(cut);
  }
  return { kept, omitted: ordered.length - kept.length };
}

/** `text` cut at `limit` UTF-16 units, never inside a surrogate pair. */
function shorten(text, limit) {
  if (text.length <= limit) return text;
  const splitsPair = text.codePointAt(limit - 1) > 0xffff;
  return `${text.slice(0, splitsPair ? limit - 1 : limit)}…`;
}

/**
 * The text of `compileError`: each message with the line it is about, underlined. `textOf` answers the text of a
 * file of the user by its path, or `undefined`.
 */
export function render(diagnostics, omitted, textOf) {
  const blocks = [];
  let bytes = 0;
  let left = omitted;
  for (const diagnostic of diagnostics) {
    const block = renderOne(diagnostic, textOf);
    bytes += Buffer.byteLength(block, "utf8");
    if (bytes > DIAGNOSTICS_LIMIT_BYTES) left += 1;
    else blocks.push(block);
  }
  if (left > 0) blocks.push(`… and ${left} more`);
  return blocks.join("\n");
}

function renderOne(diagnostic, textOf) {
  const { file, line, column, severity, code, message } = diagnostic;
  const where = line === undefined ? file : `${file}:${line}:${column}`;
  const head = `${where}: ${severity} ${code}: ${message}`;
  const source = diagnostic.endLine === undefined ? undefined : textOf(file);
  if (source === undefined) return head;
  const text = (source.split("\n", line)[line - 1] ?? "").replace(/\r$/, "");
  if (text.trim() === "" || text.length > QUOTED_LINE_LIMIT_CHARS) return head;
  const gutter = String(line);
  return `${head}\n ${gutter} | ${text}\n ${" ".repeat(gutter.length)} | ${underline(diagnostic, text)}`;
}

/** Carets under the marked part of `text`; tabs stay tabs so that the carets stay below it. */
function underline({ line, column, endLine, endColumn }, text) {
  const characters = [...text];
  const end = endLine === line ? endColumn : characters.length + 1;
  const width = Math.max(1, Math.min(end ?? column + 1, characters.length + 1) - column);
  const lead = characters.slice(0, column - 1).map((character) => (character === "\t" ? "\t" : " "));
  return lead.join("") + "^".repeat(width);
}
