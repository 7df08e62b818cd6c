// The least a function can do: what comes in goes out. The server checks that both are JSON.
export function handle(input: string): string {
  return input;
}
