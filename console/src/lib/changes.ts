/** Which files differ between two sources. */

export interface Source {
  source: string;
  files?: Record<string, string> | undefined;
}

export interface ChangedFile {
  name: string;
  kind: "added" | "removed" | "changed";
  from: string;
  to: string;
}

export function changedFiles(entry: string, before: Source, after: Source): ChangedFile[] {
  const from = new Map([[entry, before.source], ...Object.entries(before.files ?? {})]);
  const to = new Map([[entry, after.source], ...Object.entries(after.files ?? {})]);
  const changed: ChangedFile[] = [];
  for (const name of new Set([...from.keys(), ...to.keys()])) {
    const [a, b] = [from.get(name), to.get(name)];
    if (a === b) continue;
    const kind = a === undefined ? "added" : b === undefined ? "removed" : "changed";
    changed.push({ name, kind, from: a ?? "", to: b ?? "" });
  }
  return changed;
}
