// Counts how often each word of a text occurs.

export default function ({ text = "" }) {
  const counts = new Map();
  for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  return { words: Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))) };
}
