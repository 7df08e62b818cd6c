// Counts how often each word of a text occurs.

import { JSON } from "json-as";

@json
class Request {
  text: string = "";
}

@json
class Answer {
  words: Map<string, i32> = new Map<string, i32>();
}

/** ASCII letters and everything beyond ASCII. */
function isLetter(code: i32): bool {
  const letter = code | 0x20;
  return code >= 0x80 || (letter >= 0x61 && letter <= 0x7a);
}

export function handle(input: string): string {
  const text = JSON.parse<Request>(input).text;
  const answer = new Answer();
  const words = answer.words;
  let at = 0;
  while (at < text.length) {
    const start = at;
    let word = "";
    for (; at < text.length && isLetter(text.charCodeAt(at)); at++) {
      const code = text.charCodeAt(at);
      word += String.fromCharCode(code < 0x80 ? code | 0x20 : code);
    }
    if (at == start) at++;
    else words.set(word, words.has(word) ? words.get(word) + 1 : 1);
  }
  return JSON.stringify(answer);
}
