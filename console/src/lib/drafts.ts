/** What was typed and not deployed, kept in this browser so that a closed tab loses nothing. */

export interface Draft {
  language: string;
  /** The version the draft began with; 0 for a function that does not exist yet. */
  base: number;
  source: string;
  files: Record<string, string>;
  savedAt: string;
}

type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const key = (id: string) => `nil.draft.${id}`;

export function readDraft(store: Store, id: string): Draft | undefined {
  try {
    const value = JSON.parse(store.getItem(key(id)) ?? "null") as Partial<Draft> | null;
    if (!value || typeof value.source !== "string" || typeof value.language !== "string") return undefined;
    const files = Object.entries(value.files ?? {}).filter(([, text]) => typeof text === "string");
    return {
      language: value.language,
      base: Number(value.base) || 0,
      source: value.source,
      files: Object.fromEntries(files),
      savedAt: String(value.savedAt ?? ""),
    };
  } catch {
    return undefined;
  }
}

/** Whether it could be kept: a browser's storage has an end. */
export function writeDraft(store: Store, id: string, draft: Draft): boolean {
  try {
    store.setItem(key(id), JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

export function dropDraft(store: Store, id: string): void {
  store.removeItem(key(id));
}

export function sameSource(a: Pick<Draft, "source" | "files">, b: Pick<Draft, "source" | "files">): boolean {
  const names = Object.keys(a.files);
  return (
    a.source === b.source &&
    names.length === Object.keys(b.files).length &&
    names.every((name) => Object.hasOwn(b.files, name) && a.files[name] === b.files[name])
  );
}
