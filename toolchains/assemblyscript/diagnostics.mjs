// Diagnostics as data and as text: from AssemblyScript's own objects to the plain records of the protocol,
// bounded in size, and to the text a person reads. Decides nothing about what is an error.

import { DiagnosticCategory, DiagnosticCode } from "assemblyscript";

/** The name of the user's entry file. */
export const ENTRY_FILE = "index.ts";

/** The most diagnostics text kept of one compilation, as bytes of JSON. */
export const DIAGNOSTICS_LIMIT_BYTES = 64 * 1024;

/** One message may not use up the room of all others: a type name can be as long as the source. */
const MESSAGE_LIMIT_CHARS = 2000;

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

/** Line and column, both from 1, of an offset into `text`; columns count characters, not UTF-16 units. */
export function positionAt(text, offset) {
  const end = Math.min(offset, text.length);
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < end; at = text.indexOf("\n", lineStart)) {
    line += 1;
    lineStart = at + 1;
  }
  let column = 1;
  for (let at = lineStart; at < end; column += 1) {
    at += text.codePointAt(at) > 0xffff ? 2 : 1;
  }
  return { line, column };
}

/** Where `range` is, as the place fields of a diagnostic. */
export function place(range) {
  const start = positionAt(range.source.text, range.start);
  const end = positionAt(range.source.text, range.end);
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
export function importNotFound(range) {
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
 * neither see nor change that code.
 */
export function drain(program, generatedBy) {
  const found = [];
  while (program.diagnosticsOffset < program.diagnostics.length) {
    const message = program.diagnostics[program.diagnosticsOffset++];
    const diagnostic = fromCompiler(message, generatedBy);
    const inLibrary = diagnostic.file.startsWith(LIBRARY_PREFIX);
    if (diagnostic.severity === "error" || !inLibrary) found.push(diagnostic);
  }
  return found;
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
