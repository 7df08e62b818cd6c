/**
 * JSON as text. Outputs are shown as the function wrote them: `JSON.parse` would round large numbers and drop
 * repeated keys.
 */

export type TokenKind = "key" | "string" | "number" | "word" | "mark" | "space";

export interface Token {
  kind: TokenKind;
  text: string;
}

const TOKEN = /("(?:[^"\\]|\\.)*")|(-?\d[\d.eE+-]*)|(true|false|null)|([{}[\],:])|(\s+)|(.)/gsy;

/** The tokens of `text`, which should be JSON; what is none becomes a `mark`. */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const [whole, string, number, word, , space] = match;
    const kind = string !== undefined ? "string" : number ? "number" : word ? "word" : space ? "space" : "mark";
    found.push({ kind, text: whole });
  }
  let last: Token | undefined;
  for (const token of found) {
    if (token.kind === "space") continue;
    if (token.text === ":" && last?.kind === "string") last.kind = "key";
    last = token;
  }
  return found;
}

/** The same, laid out in lines. Empty objects and arrays stay on one. */
export function pretty(text: string, indent = 2): Token[] {
  const given = tokens(text).filter((token) => token.kind !== "space");
  const laid: Token[] = [];
  let depth = 0;
  const newline = () => laid.push({ kind: "space", text: `\n${" ".repeat(indent * depth)}` });
  given.forEach((token, index) => {
    const next = given[index + 1]?.text;
    const mark = token.kind === "mark" ? token.text : "";
    if (mark === "}" || mark === "]") {
      depth--;
      const open = mark === "}" ? "{" : "[";
      if (laid.at(-1)?.text !== open) newline();
    }
    laid.push(token);
    if (mark === "{" || mark === "[") {
      depth++;
      if (next !== (mark === "{" ? "}" : "]")) newline();
    } else if (mark === ",") newline();
    else if (mark === ":") laid.push({ kind: "space", text: " " });
  });
  return laid;
}

export function prettyText(text: string, indent = 2): string {
  return pretty(text, indent)
    .map((token) => token.text)
    .join("");
}

/** The text of one field of the object that `text` is, exactly as it stands there. */
export function rawField(text: string, name: string): string | undefined {
  let depth = 0;
  let at = 0;
  let start: number | undefined;
  for (const token of tokens(text)) {
    const mark = token.kind === "mark" ? token.text : "";
    if (start !== undefined && depth === 1 && (mark === "," || mark === "}")) return text.slice(start, at).trim();
    if (start === undefined && depth === 1 && token.kind === "key" && unquoted(token.text) === name) start = -1;
    else if (start === -1 && mark === ":") start = at + 1;
    if (mark === "{" || mark === "[") depth++;
    if (mark === "}" || mark === "]") depth--;
    at += token.text.length;
  }
  return undefined;
}

function unquoted(token: string): string | undefined {
  try {
    return JSON.parse(token) as string;
  } catch {
    return undefined;
  }
}

export type Checked = { ok: true } | { ok: false; message: string };

/** Whether `text` is an input: a JSON object, or nothing. */
export function checkInput(text: string, messages: { notObject: string }): Checked {
  if (text.trim() === "") return { ok: true };
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject || value === null ? { ok: true } : { ok: false, message: messages.notObject };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}
