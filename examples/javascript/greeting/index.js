// Greets a person in the language they ask for.

const WORDS = { en: "Hello", de: "Hallo", fr: "Bonjour", es: "Hola" };

export function handle(input) {
  const word = WORDS[input.language ?? "en"] ?? WORDS.en;
  return { message: `${word}, ${input.name ?? "world"}!` };
}
