// {{name}}: takes JSON, returns JSON.
//
//   nil deploy {{name}}
//   nil invoke {{name}} '{"name": "Ada"}'

// Called with the input, an object; what it returns becomes JSON. May be async; throwing fails the execution.
export function handle(input) {
  const name = input.name ?? "world";
  console.log("greeting", name);
  return { message: `Hello, ${name}!` };
}
