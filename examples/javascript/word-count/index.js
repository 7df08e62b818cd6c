// Counts how often each word of a text occurs.

const lower = (text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

export default function ({ text = "" }) {
  const counts = new Map();
  for (const word of lower(text).match(/[a-z\u0080-\u{10ffff}]+/gu) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  return { words: Object.fromEntries(counts) };
}
