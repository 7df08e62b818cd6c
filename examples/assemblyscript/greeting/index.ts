// Greets a person in the language they ask for.

import { JSON } from "json-as";

@json
class Request {
  name: string = "world";
  language: string = "en";
}

@json
class Greeting {
  message: string = "";
}

const GREETINGS = new Map<string, string>();
GREETINGS.set("en", "Hello");
GREETINGS.set("de", "Hallo");
GREETINGS.set("fr", "Bonjour");
GREETINGS.set("ja", "こんにちは");
GREETINGS.set("es", "Hola");

export function handle(input: string): string {
  const request = JSON.parse<Request>(input);
  const name = request.name.trim();
  if (name.length == 0) throw new Error("'name' must not be empty");

  const language = GREETINGS.has(request.language) ? request.language : "en";
  if (language != request.language) {
    console.warn("no greeting in '" + request.language + "', using English");
  }

  const greeting = new Greeting();
  greeting.message = GREETINGS.get(language) + ", " + name + "!";
  return JSON.stringify(greeting);
}
