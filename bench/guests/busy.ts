// Computes for about two milliseconds before it answers: long enough to matter, short enough to queue for.
export function handle(input: string): string {
  let state: u32 = 1;
  for (let i = 0; i < 2_000_000; i++) state = state * 1664525 + 1013904223;
  return "{\"state\":" + state.toString() + ",\"bytes\":" + input.length.toString() + "}";
}
