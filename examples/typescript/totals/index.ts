// Adds up the lines of an order, in cents.  @nil typescript

interface Line {
  cents: number;
  quantity: number;
}

export function handle({ lines = [] }: { lines?: Line[] }): { lines: number; total: number } {
  const total = lines.reduce((sum, line) => sum + line.cents * line.quantity, 0);
  return { lines: lines.length, total };
}
