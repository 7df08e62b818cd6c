/** Shortcuts as this keyboard labels them. */

const apple = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "");

export function command(key: string): string {
  return apple ? `⌘${key}` : `Ctrl ${key}`;
}
