// The primes up to a limit, by the sieve of Eratosthenes.

import { JSON } from "json-as";

@json
class Request {
  limit: i32 = 0;
}

export function handle(input: string): string {
  const limit = JSON.parse<Request>(input).limit;
  const composite = new StaticArray<bool>(max(limit, 0) + 1);
  let count = 0;
  let last = 0;
  for (let n = 2; n <= limit; n++) {
    if (composite[n]) continue;
    count++;
    last = n;
    for (let multiple = <i64>n * n; multiple <= limit; multiple += n) composite[<i32>multiple] = true;
  }
  return `{"count":${count},"last":${count > 0 ? last.toString() : "null"}}`;
}
