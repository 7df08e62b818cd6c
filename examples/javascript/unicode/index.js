// Reverses a text by what readers see as characters, and measures it.

export function handle({ text }) {
  const characters = Array.from(text);
  return { reversed: characters.reverse().join(""), characters: characters.length, bytes: new TextEncoder().encode(text).length };
}
