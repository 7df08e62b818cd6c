// {{name}}: takes JSON, returns JSON.
//
//   nil deploy {{name}}
//   nil invoke {{name}} '{"name": "Ada"}'

import { JSON } from "json-as";

@json
class Input {
  name: string = "world";
}

@json
class Output {
  message: string = "";
}

// Called with the input as JSON text, an object; returns JSON text. Throwing fails the execution.
export function handle(input: string): string {
  const parsed = JSON.parse<Input>(input);
  console.log("greeting " + parsed.name);
  const output = new Output();
  output.message = "Hello, " + parsed.name + "!";
  return JSON.stringify(output);
}
