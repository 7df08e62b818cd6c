// What a program imports from "nil": the variables it was configured with. Asked of the host at each call of `env`,
// so that nothing of them is ever part of a published module.

@external("nil", "env_get_utf16")
declare function read(name: string, into: usize, units: i32): i32;

/** The value of the variable `name`, or `null` where it is not set. */
export function env(name: string): string | null {
  let units = read(name, 0, 0);
  if (units < 0) return null;
  let value = changetype<string>(__new(<usize>units << 1, idof<string>()));
  read(name, changetype<usize>(value), units);
  return value;
}
