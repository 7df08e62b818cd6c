// The host functions a program may import, and the check that it imports nothing else. The runtime checks
// again, and knows the types; here the check can still point at the line that asks for the import.

import { errorAt, isUserFile } from "./diagnostics.mjs";

const CONSOLE = ["assert", "log", "debug", "info", "warn", "error", "time", "timeLog", "timeEnd"];

const MATH_FUNCTIONS = [
  "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "clz32", "cos", "cosh",
  "exp", "expm1", "floor", "fround", "hypot", "imul", "log", "log10", "log1p", "log2", "max", "min", "pow",
  "random", "round", "sign", "sin", "sinh", "sqrt", "tan", "tanh", "trunc",
];

const MATH_CONSTANTS = ["E", "LN2", "LN10", "LOG2E", "LOG10E", "PI", "SQRT1_2", "SQRT2"];

/** What the host provides in the module `env`. */
export const PROVIDED = new Set([
  "abort",
  "trace",
  "seed",
  "Date.now",
  "performance.now",
  "process.exit",
  ...CONSOLE.map((name) => `console.${name}`),
  ...[...MATH_FUNCTIONS, ...MATH_CONSTANTS].map((name) => `Math.${name}`),
]);

/** And in the module `nil`. */
const PROVIDED_BY_NIL = new Set(["env_get_utf16"]);

/** Why a name of the standard library is not provided, where there is more to say than "unknown". */
const REASONS = new Map([
  ["crypto.getRandomValuesN", "crypto.getRandomValues is not provided; Math.random() is seeded freshly in every execution"],
]);

/** One diagnostic for each import the host does not provide. */
export function checkHostImports(program) {
  const found = [];
  for (const [module, elements] of program.moduleImports) {
    for (const [name, element] of elements) {
      if (module === "env" && PROVIDED.has(name)) continue;
      if (module === "nil" && PROVIDED_BY_NIL.has(name)) continue;
      const range = element.declaration.name.range;
      const inUserFile = isUserFile(range.source);
      const reason = REASONS.get(name) ?? "it is not among the functions the host provides";
      found.push(
        errorAt(inUserFile ? range : null, "NIL004", `the program imports '${module}.${name}': ${reason}`),
      );
    }
  }
  return found;
}
