// Prices an order: quantity discounts per line, a voucher over the whole order, tax by country.
// Money is counted in cents, so that no sum depends on how floating point rounds.

import { JSON } from "json-as";

@json
class Tier {
  from: i32 = 0;
  percent: i32 = 0;
}

@json
class Line {
  sku: string = "";
  quantity: i32 = 1;
  unitCents: i64 = 0;
  tiers: Tier[] = [];
}

@json
class Voucher {
  code: string = "";
  percent: i32 = 0;
  maximumCents: i64 = 0;
}

@json
class Order {
  country: string = "DE";
  lines: Line[] = [];
  voucher: Voucher | null = null;
}

@json
class PricedLine {
  sku: string = "";
  grossCents: i64 = 0;
  discountCents: i64 = 0;
  netCents: i64 = 0;
}

@json
class Quote {
  lines: PricedLine[] = [];
  subtotalCents: i64 = 0;
  voucherCents: i64 = 0;
  taxPercent: i32 = 0;
  taxCents: i64 = 0;
  totalCents: i64 = 0;
}

/** Percent of an amount, half a cent rounded up. */
function percentOf(cents: i64, percent: i32): i64 {
  return (cents * percent + 50) / 100;
}

function taxPercent(country: string): i32 {
  if (country == "DE") return 19;
  if (country == "FR" || country == "GB") return 20;
  if (country == "CH") return 8;
  if (country == "US") return 0;
  throw new Error("no tax rate for country '" + country + "'");
}

/** The best discount whose quantity the line reaches. */
function discountPercent(line: Line): i32 {
  let best = 0;
  for (let i = 0; i < line.tiers.length; i++) {
    const tier = line.tiers[i];
    if (line.quantity >= tier.from && tier.percent > best) best = tier.percent;
  }
  return best;
}

function priceLine(line: Line): PricedLine {
  if (line.quantity <= 0) throw new Error("quantity of '" + line.sku + "' must be positive");
  const priced = new PricedLine();
  priced.sku = line.sku;
  priced.grossCents = line.unitCents * line.quantity;
  priced.discountCents = percentOf(priced.grossCents, discountPercent(line));
  priced.netCents = priced.grossCents - priced.discountCents;
  return priced;
}

export function handle(input: string): string {
  const order = JSON.parse<Order>(input);
  const quote = new Quote();
  for (let i = 0; i < order.lines.length; i++) {
    const priced = priceLine(order.lines[i]);
    quote.lines.push(priced);
    quote.subtotalCents += priced.netCents;
  }

  const voucher = order.voucher;
  if (voucher) {
    quote.voucherCents = min(percentOf(quote.subtotalCents, voucher.percent), voucher.maximumCents);
  }
  const taxable = quote.subtotalCents - quote.voucherCents;
  quote.taxPercent = taxPercent(order.country);
  quote.taxCents = percentOf(taxable, quote.taxPercent);
  quote.totalCents = taxable + quote.taxCents;
  return JSON.stringify(quote);
}
