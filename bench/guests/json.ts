// The same answer the long way round: the body becomes objects, and the objects become text again.
import { JSON } from "json-as";

@json
class Nested {
  a: i32 = 0;
  b: i32[] = [];
}

@json
class Body {
  name: string = "";
  count: i32 = 0;
  tags: string[] = [];
  nested: Nested = new Nested();
}

export function handle(input: string): string {
  return JSON.stringify(JSON.parse<Body>(input));
}
