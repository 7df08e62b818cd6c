// Turns CSV (RFC 4180: quoted fields, doubled quotes, line breaks inside quotes) into an array of objects.
// With "numbers": true, fields that are JSON numbers become numbers.

import { JSON } from "json-as";

@json
class Request {
  csv: string = "";
  delimiter: string = ",";
  numbers: bool = false;
}

const QUOTE: i32 = 0x22;
const LINE_FEED: i32 = 0x0a;
const CARRIAGE_RETURN: i32 = 0x0d;

class Reader {
  at: i32 = 0;
  line: i32 = 1;

  constructor(
    private text: string,
    private delimiter: i32,
  ) {}

  get done(): bool {
    return this.at >= this.text.length;
  }

  /** One record; the reader is then behind its line break. */
  record(): string[] {
    const fields: string[] = [];
    while (true) {
      fields.push(this.field());
      if (this.done) return fields;
      const unit = this.text.charCodeAt(this.at++);
      if (unit == this.delimiter) continue;
      if (unit == CARRIAGE_RETURN && !this.done && this.text.charCodeAt(this.at) == LINE_FEED) this.at++;
      this.line++;
      return fields;
    }
  }

  private field(): string {
    if (!this.done && this.text.charCodeAt(this.at) == QUOTE) return this.quotedField();
    const from = this.at;
    while (!this.done) {
      const unit = this.text.charCodeAt(this.at);
      if (unit == this.delimiter || unit == LINE_FEED || unit == CARRIAGE_RETURN) break;
      this.at++;
    }
    return this.text.substring(from, this.at);
  }

  private quotedField(): string {
    const opened = this.line;
    const parts: string[] = [];
    let from = ++this.at;
    while (true) {
      if (this.done) throw new Error("line " + opened.toString() + ": a quoted field is not closed");
      const unit = this.text.charCodeAt(this.at++);
      if (unit == LINE_FEED) this.line++;
      if (unit != QUOTE) continue;
      if (this.done || this.text.charCodeAt(this.at) != QUOTE) break;
      // A doubled quote: keep the first, skip the second.
      parts.push(this.text.substring(from, this.at));
      from = ++this.at;
    }
    parts.push(this.text.substring(from, this.at - 1));
    if (!this.done) {
      const next = this.text.charCodeAt(this.at);
      if (next != this.delimiter && next != LINE_FEED && next != CARRIAGE_RETURN) {
        throw new Error("line " + this.line.toString() + ": text behind a closing quote");
      }
    }
    return parts.join("");
  }
}

function digitsFrom(text: string, at: i32): i32 {
  while (at < text.length && text.charCodeAt(at) >= 0x30 && text.charCodeAt(at) <= 0x39) at++;
  return at;
}

/** True if `text` is a number exactly as JSON writes them; `007` and `1.` are not. */
function isJsonNumber(text: string): bool {
  const start = text.startsWith("-") ? 1 : 0;
  let at = digitsFrom(text, start);
  if (at == start || (text.charCodeAt(start) == 0x30 && at > start + 1)) return false;
  if (at < text.length && text.charCodeAt(at) == 0x2e) {
    const fraction = at + 1;
    at = digitsFrom(text, fraction);
    if (at == fraction) return false;
  }
  return at == text.length;
}

export function handle(input: string): string {
  const request = JSON.parse<Request>(input);
  if (request.delimiter.length != 1) throw new Error("'delimiter' must be one character");
  let csv = request.csv;
  // Spreadsheets write a byte order mark in front.
  if (csv.length > 0 && csv.charCodeAt(0) == 0xfeff) csv = csv.substring(1);

  const reader = new Reader(csv, request.delimiter.charCodeAt(0));
  if (reader.done) return "[]";
  const names = reader.record();
  const keys: string[] = [];
  for (let i = 0; i < names.length; i++) keys.push(JSON.stringify(names[i]) + ":");

  const objects: string[] = [];
  while (!reader.done) {
    const line = reader.line;
    const fields = reader.record();
    if (fields.length == 1 && fields[0] == "") continue;
    if (fields.length != keys.length) {
      throw new Error(
        "line " + line.toString() + ": " + fields.length.toString() + " fields, expected " + keys.length.toString(),
      );
    }
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i];
      fields[i] = keys[i] + (request.numbers && isJsonNumber(field) ? field : JSON.stringify(field));
    }
    objects.push("{" + fields.join(",") + "}");
  }
  return "[" + objects.join(",") + "]";
}
