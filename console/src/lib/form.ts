/** A form out of an example: one field for each of its keys. */

export type FieldKind = "text" | "number" | "boolean" | "json";

export interface FormField {
  name: string;
  kind: FieldKind;
  value: string | boolean;
}

/** The fields of an input; none if it is no object, or holds what a form cannot keep. */
export function fieldsOf(input: string): FormField[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(input.trim() || "{}");
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.entries(value).map(([name, field]) => {
    if (typeof field === "string") return { name, kind: "text", value: field };
    if (typeof field === "boolean") return { name, kind: "boolean", value: field };
    if (typeof field === "number" && String(field).length < 16) return { name, kind: "number", value: String(field) };
    return { name, kind: "json", value: JSON.stringify(field) };
  });
}

/** The input the fields stand for, or the name of the field that holds no such thing. */
export function inputOf(fields: readonly FormField[]): { input: string } | { wrong: string } {
  const entries: string[] = [];
  for (const { name, kind, value } of fields) {
    let text: string;
    if (kind === "text") text = JSON.stringify(value);
    else if (kind === "boolean") text = String(value);
    else {
      text = String(value).trim();
      try {
        const parsed: unknown = JSON.parse(text);
        if (kind === "number" && typeof parsed !== "number") return { wrong: name };
      } catch {
        return { wrong: name };
      }
    }
    entries.push(`${JSON.stringify(name)}: ${text}`);
  }
  return { input: entries.length === 0 ? "{}" : `{\n  ${entries.join(",\n  ")}\n}` };
}
