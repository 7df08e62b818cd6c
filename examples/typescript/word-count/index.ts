// Counts how often each word of a text occurs.  @nil typescript

export default function ({ text = "" }: { text?: string }): { words: Record<string, number> } {
  const counts = new Map<string, number>();
  for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  return { words: Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))) };
}
