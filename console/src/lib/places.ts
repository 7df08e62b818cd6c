/** From lines and columns as compilers count them (from 1, in characters) to offsets of an editor's document. */

import type { components } from "../api/schema";

export type Diagnostic = components["schemas"]["Diagnostic"];

export interface Place {
  file: string;
  line: number;
  column?: number;
}

export interface Lines {
  lines: number;
  line(number: number): { from: number; to: number; text: string };
}

export interface Range {
  from: number;
  to: number;
}

/** Where a diagnostic is in a document. Places outside of it, from a source that changed since, are moved into it. */
export function rangeOf(diagnostic: Diagnostic, document: Lines): Range {
  if (!diagnostic.line) return { from: 0, to: document.line(1).to };
  const first = document.line(clamp(diagnostic.line, 1, document.lines));
  const from = first.from + offsetOf(first.text, diagnostic.column ?? 1);
  const endLine = diagnostic.endLine ?? diagnostic.line;
  let to = first.to;
  if (diagnostic.endColumn && endLine >= diagnostic.line) {
    const last = document.line(clamp(endLine, 1, document.lines));
    to = last.from + offsetOf(last.text, diagnostic.endColumn);
  } else if (diagnostic.column) {
    to = Math.min(from + wordAt(first.text, from - first.from), first.to);
  }
  if (to > from) return { from, to };
  // Nothing to underline: take the character before, at the end of a line, or the one behind.
  return from < first.to ? { from, to: from + 1 } : { from: Math.max(first.from, from - 1), to: from };
}

/** The offset in UTF-16 units of a column in characters. */
function offsetOf(text: string, column: number): number {
  let offset = 0;
  let at = 1;
  for (const character of text) {
    if (at >= column) break;
    offset += character.length;
    at++;
  }
  return offset;
}

function wordAt(text: string, offset: number): number {
  return /^[\p{L}\p{N}_$]+/u.exec(text.slice(offset))?.[0].length ?? 1;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

/** A text in pieces, those that name a place in one of `files` apart: `at handle (index.ts:2:3)`. */
export function findPlaces(text: string, files: readonly string[]): (string | { text: string; place: Place })[] {
  if (files.length === 0) return [text];
  const names = [...files].sort((a, b) => b.length - a.length).map(escape);
  const pattern = new RegExp(`(?<![\\w./-])(?:~lib/)?(${names.join("|")}):(\\d{1,7})(?::(\\d{1,6}))?`, "g");
  const pieces: (string | { text: string; place: Place })[] = [];
  let behind = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > behind) pieces.push(text.slice(behind, match.index));
    const place: Place = { file: match[1] ?? "", line: Number(match[2]) };
    if (match[3]) place.column = Number(match[3]);
    pieces.push({ text: match[0], place });
    behind = match.index + match[0].length;
  }
  if (behind < text.length) pieces.push(text.slice(behind));
  return pieces;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
