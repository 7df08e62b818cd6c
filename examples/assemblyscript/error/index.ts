// Divides, and fails where that means nothing.

import { JSON } from "json-as";

@json
class Request {
  dividend: f64 = 0;
  divisor: f64 = 0;
}

@json
class Answer {
  quotient: f64 = 0;
}

export function handle(input: string): string {
  const request = JSON.parse<Request>(input);
  if (request.divisor == 0) throw new RangeError("cannot divide by zero");
  const answer = new Answer();
  answer.quotient = request.dividend / request.divisor;
  return JSON.stringify(answer);
}
