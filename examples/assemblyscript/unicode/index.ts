// Reverses a text by its code points, and measures it.

import { JSON } from "json-as";

@json
class Request {
  text: string = "";
}

@json
class Answer {
  reversed: string = "";
  characters: i32 = 0;
  bytes: i32 = 0;
}

export function handle(input: string): string {
  const text = JSON.parse<Request>(input).text;
  const answer = new Answer();
  const characters: string[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at);
    characters.push(String.fromCodePoint(code));
    // It took two of the text's units.
    if (code > 0xffff) at++;
  }
  answer.reversed = characters.reverse().join("");
  answer.characters = characters.length;
  answer.bytes = String.UTF8.byteLength(text);
  return JSON.stringify(answer);
}
