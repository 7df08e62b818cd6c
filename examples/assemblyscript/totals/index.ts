// Adds up the lines of an order, in cents.

import { JSON } from "json-as";

@json
class Line {
  cents: i64 = 0;
  quantity: i64 = 0;
}

@json
class Order {
  lines: Line[] = [];
}

@json
class Totals {
  lines: i32 = 0;
  total: i64 = 0;
}

export function handle(input: string): string {
  const order = JSON.parse<Order>(input);
  const totals = new Totals();
  totals.lines = order.lines.length;
  for (let i = 0; i < order.lines.length; i++) totals.total += order.lines[i].cents * order.lines[i].quantity;
  return JSON.stringify(totals);
}
