// Divides, and fails where that means nothing.  @nil typescript

interface Division {
  dividend: number;
  divisor: number;
}

export function handle({ dividend, divisor }: Division): { quotient: number } {
  if (divisor === 0) throw new RangeError("cannot divide by zero");
  return { quotient: dividend / divisor };
}
