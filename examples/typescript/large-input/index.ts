// Sums the numbers and measures the names of a large input.  @nil typescript

interface Item {
  name: string;
  value: number;
}

export function handle({ items }: { items: Item[] }): { items: number; sum: number; letters: number } {
  let sum = 0;
  let letters = 0;
  for (const { value, name } of items) {
    sum += value;
    letters += name.length;
  }
  return { items: items.length, sum, letters };
}
