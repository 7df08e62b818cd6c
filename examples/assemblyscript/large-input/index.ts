// Sums the numbers and measures the names of a large input.

import { JSON } from "json-as";

@json
class Item {
  name: string = "";
  value: i64 = 0;
}

@json
class Request {
  items: Item[] = [];
}

@json
class Answer {
  items: i32 = 0;
  sum: i64 = 0;
  letters: i32 = 0;
}

export function handle(input: string): string {
  const items = JSON.parse<Request>(input).items;
  const answer = new Answer();
  answer.items = items.length;
  for (let i = 0; i < items.length; i++) {
    answer.sum += items[i].value;
    answer.letters += items[i].name.length;
  }
  return JSON.stringify(answer);
}
