// Divides, and fails where that means nothing.

export function handle({ dividend, divisor }) {
  if (divisor === 0) throw new RangeError("cannot divide by zero");
  return { quotient: dividend / divisor };
}
