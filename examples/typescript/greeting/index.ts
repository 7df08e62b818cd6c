// Greets a person in the language they ask for.  @nil typescript

interface Input {
  name?: string;
  language?: string;
}

const WORDS: Record<string, string> = { en: "Hello", de: "Hallo", fr: "Bonjour", es: "Hola" };

export function handle(input: Input): { message: string } {
  const word = WORDS[input.language ?? "en"] ?? WORDS.en;
  return { message: `${word}, ${input.name ?? "world"}!` };
}
