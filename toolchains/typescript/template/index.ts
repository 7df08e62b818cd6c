// {{name}}: takes JSON, returns JSON.  @nil typescript
//
//   nil deploy {{name}}
//   nil invoke {{name}} '{"name": "Ada"}'

interface Input {
  name?: string;
}

interface Output {
  message: string;
}

// Called with the input, an object; what it returns becomes JSON. May be async; throwing fails the execution.
// Types are stripped, not checked: check them in your editor.
export function handle(input: Input): Output {
  const name = input.name ?? "world";
  console.log("greeting", name);
  return { message: `Hello, ${name}!` };
}
