import { JSON } from "json-as";

@json
class Input {
  name: string = "world";
}

@json
class Output {
  message: string = "";
}

// ProjectNIL calls `handle` with the JSON text of the input and expects JSON text back.
export function handle(input: string): string {
  const parsed = JSON.parse<Input>(input);
  console.log("greeting " + parsed.name);
  const output = new Output();
  output.message = "Hello, " + parsed.name + "!";
  return JSON.stringify(output);
}
