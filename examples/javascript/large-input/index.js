// Sums the numbers and measures the names of a large input.

export function handle({ items }) {
  let sum = 0;
  let letters = 0;
  for (const { value, name } of items) {
    sum += value;
    letters += name.length;
  }
  return { items: items.length, sum, letters };
}
