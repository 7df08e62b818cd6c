// Reverses a text by what readers see as characters, and measures it.  @nil typescript

export function handle({ text }: { text: string }): { reversed: string; characters: number; bytes: number } {
  const characters = Array.from(text);
  return { reversed: characters.reverse().join(""), characters: characters.length, bytes: new TextEncoder().encode(text).length };
}
