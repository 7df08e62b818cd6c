// How the host will call a program: decided from the AssemblyScript types of its exports, never guessed.
// Either `handle(input: string): string`, or exactly one exported function over numbers only.

import { CommonFlags, ElementKind, Type } from "assemblyscript";
import { errorAt } from "./diagnostics.mjs";

const HANDLE = "handle";
const HANDLE_LINE = "export function handle(input: string): string { return input; }";
const NUMERIC_LINE = "export function add(a: i32, b: i32): i32 { return a + b; }";

/** AssemblyScript's numeric types by their names, which are also the names the host is told. */
const NUMERIC_TYPES = new Map([
  [Type.i8, "i8"],
  [Type.i16, "i16"],
  [Type.i32, "i32"],
  [Type.i64, "i64"],
  [Type.isize32, "isize"],
  [Type.u8, "u8"],
  [Type.u16, "u16"],
  [Type.u32, "u32"],
  [Type.u64, "u64"],
  [Type.usize32, "usize"],
  [Type.bool, "bool"],
  [Type.f32, "f32"],
  [Type.f64, "f64"],
]);

/** An exported function with everything the decision needs. */
class Export {
  constructor(name, prototype, instance) {
    this.name = name;
    this.declaration = prototype.declaration;
    this.range = prototype.declaration.name.range;
    this.instance = instance;
  }

  /** The declaration without its body, as the user wrote it, on one line. */
  get shown() {
    const { signature } = this.declaration;
    const parameters = signature.parameters.map((parameter) => parameter.range.toString());
    const result = signature.returnType.range;
    const resultText = result.start < result.end ? `: ${result.toString()}` : "";
    return `${this.name}(${parameters.join(", ")})${resultText}`.replace(/\s+/g, " ");
  }

  get hasOptionalParameters() {
    const { signature } = this.instance;
    return signature.requiredParameters < signature.parameterTypes.length;
  }

  /** `handle(string): string`, the parameter and the result both non-null. */
  takesAndReturnsString(stringType) {
    const { parameterTypes, returnType } = this.instance.signature;
    return this.isPlain && parameterTypes.length === 1 && parameterTypes[0] === stringType && returnType === stringType;
  }

  get isNumeric() {
    const { parameterTypes, returnType } = this.instance.signature;
    return this.isPlain && NUMERIC_TYPES.has(returnType) && parameterTypes.every((type) => NUMERIC_TYPES.has(type));
  }

  /** Neither an explicit `this` nor rest parameters, which the caller would have to supply as well. */
  get isPlain() {
    const { thisType, hasRest } = this.instance.signature;
    return thisType === null && !hasRest;
  }
}

/**
 * What the entry file exports that could be called: `{ functions, variables }`. Types, classes and plain
 * constants are no candidates; a variable holding a function is, because people write arrow functions.
 */
function collectExports(program, entry) {
  const functions = [];
  const variables = [];
  for (const [name, element] of entry.exports ?? []) {
    if (element.kind === ElementKind.FunctionPrototype) {
      if (element.is(CommonFlags.Generic) || element.is(CommonFlags.Ambient)) continue;
      const instance = program.resolver.resolveFunction(element, null);
      // Unresolvable types were reported by the resolver; there is nothing to decide then.
      if (instance) functions.push(new Export(name, element, instance));
    } else if (element.kind === ElementKind.Global) {
      variables.push({ name, range: element.declaration.name.range });
    }
  }
  return { functions, variables };
}

/**
 * The calling convention of an initialised program: `{ abi }`, where `abi` is what the binary's section
 * will hold, or `{ diagnostics }` saying what was looked for, what was found and what to write.
 */
export function decideAbi(program, entry) {
  const { functions, variables } = collectExports(program, entry);
  const stringType = program.stringInstance.type;
  const handle = functions.find((candidate) => candidate.name === HANDLE);
  const numeric = functions.filter((candidate) => candidate.isNumeric);

  if (handle?.takesAndReturnsString(stringType)) {
    if (handle.hasOptionalParameters) {
      return refuse(handle.range, "NIL002", `'${handle.shown}' may not give its parameter a default; write: ${HANDLE_LINE}`);
    }
    if (numeric.length > 0) return { diagnostics: numeric.map((other) => bothKinds(other)) };
    return { abi: { abi: "assemblyscript", language: "assemblyscript", export: HANDLE } };
  }
  if (handle && !handle.isNumeric) {
    return refuse(
      handle.range,
      "NIL002",
      `'handle' must take one string and return a string, found '${handle.shown}'; write: ${HANDLE_LINE}`,
    );
  }
  if (functions.length === 1 && numeric.length === 1) return scalar(numeric[0]);
  if (numeric.length > 1) return { diagnostics: numeric.slice(1).map((other) => severalNumeric(numeric[0], other)) };
  if (numeric.length === 1) {
    const others = functions.filter((candidate) => candidate !== numeric[0]);
    return { diagnostics: others.map((other) => besideNumeric(numeric[0], other)) };
  }
  return { diagnostics: nothingToCall(entry, functions, variables) };
}

function refuse(range, code, message) {
  return { diagnostics: [errorAt(range, code, message)] };
}

function scalar(found) {
  if (found.hasOptionalParameters) {
    return refuse(
      found.range,
      "NIL002",
      `'${found.shown}' has optional parameters; a function called with numbers takes all of them: remove the defaults`,
    );
  }
  const { parameterTypes, returnType } = found.instance.signature;
  return {
    abi: {
      abi: "scalar",
      language: "assemblyscript",
      export: found.name,
      params: found.declaration.signature.parameters.map((parameter) => parameter.name.text),
      types: parameterTypes.map((type) => NUMERIC_TYPES.get(type)),
      result: NUMERIC_TYPES.get(returnType),
    },
  };
}

function bothKinds(other) {
  return errorAt(
    other.range,
    "NIL003",
    `both 'handle' and the numeric function '${other.shown}' are exported, so which one to call is ambiguous; ` +
      `remove 'export' from '${other.name}' (or from 'handle')`,
  );
}

function severalNumeric(first, other) {
  return errorAt(
    other.range,
    "NIL003",
    `several numeric functions are exported ('${first.shown}' and '${other.shown}'), so which one to call is ` +
      "ambiguous; keep 'export' on one of them",
  );
}

function besideNumeric(numeric, other) {
  return errorAt(
    other.range,
    "NIL003",
    `'${other.shown}' is exported beside the numeric function '${numeric.shown}'; remove 'export' from one of them, ` +
      `or take and return JSON: ${HANDLE_LINE}`,
  );
}

/** Why there is nothing to call, at the place that comes closest to what was meant. */
function nothingToCall(entry, functions, variables) {
  const wanted = `write: ${HANDLE_LINE} — or one function over numbers, such as: ${NUMERIC_LINE}`;
  const variable = variables.find(({ name }) => name === HANDLE);
  if (variable) {
    return [errorAt(variable.range, "NIL001", `'handle' is a variable, not a function; write: ${HANDLE_LINE}`)];
  }
  if (functions.length > 0) {
    return functions.map((found) =>
      errorAt(
        found.range,
        "NIL001",
        `no 'handle' is exported; found '${found.shown}', which is neither called 'handle' nor numeric; ${wanted}`,
      ),
    );
  }
  const other = entry.exports?.get(HANDLE);
  if (other) {
    const message = `'handle' is exported, but is not a function with fixed types; write: ${HANDLE_LINE}`;
    return [errorAt(other.declaration.name.range, "NIL001", message)];
  }
  const hidden = entry.members?.get(HANDLE);
  if (hidden) {
    const message = "'handle' is not exported; put 'export' before 'function handle'";
    return [errorAt(hidden.declaration.name.range, "NIL001", message)];
  }
  return [errorAt(null, "NIL001", `the source exports no function to call; ${wanted}`)];
}
