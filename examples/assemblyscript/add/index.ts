// The smallest function there is: numbers in, a number out, no JSON to write.
// Called with {"args": [2, 3]} or by parameter name with {"a": 2, "b": 3}.

export function add(a: i32, b: i32): i32 {
  return a + b;
}
