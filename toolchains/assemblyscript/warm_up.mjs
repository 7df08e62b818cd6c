// What a worker compiles before it calls itself ready, so that the compiler's hot paths are compiled by
// Node when the first user waits. Chosen to touch what ordinary functions touch; the results are dropped.

const JSON_FUNCTION = `import { JSON } from "json-as";

@json
class Item {
  name: string = "";
  price: f64 = 0;
  tags: string[] = [];
}

@json
class Order {
  customer: string = "";
  items: Item[] = [];
  paid: bool = false;
  note: string | null = null;
}

@json
class Receipt {
  total: f64 = 0;
  lines: string[] = [];
}

export function handle(input: string): string {
  const order = JSON.parse<Order>(input);
  const receipt = new Receipt();
  for (let i = 0; i < order.items.length; i++) {
    const item = order.items[i];
    receipt.total += item.price;
    receipt.lines.push(item.name.toUpperCase() + ": " + item.price.toString());
  }
  if (receipt.lines.length == 0) throw new Error("an order needs items");
  return JSON.stringify(receipt);
}
`;

const PLAIN_FUNCTION = `export function handle(input: string): string {
  const words = input.split(" ");
  const counts = new Map<string, i32>();
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    counts.set(word, counts.has(word) ? counts.get(word) + 1 : 1);
  }
  return counts.size.toString();
}
`;

/** Compiled in this order. */
export const WARM_UP_SOURCES = [JSON_FUNCTION, PLAIN_FUNCTION, JSON_FUNCTION];
