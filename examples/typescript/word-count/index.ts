// Counts how often each word of a text occurs.  @nil typescript

const lower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

export default function ({ text = "" }: { text?: string }): { words: Record<string, number> } {
  const counts = new Map<string, number>();
  for (const word of lower(text).match(/[a-z\u0080-\u{10ffff}]+/gu) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  return { words: Object.fromEntries(counts) };
}
