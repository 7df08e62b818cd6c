// A small host for tests: runs a module the worker built under Node's WebAssembly, with the imports and the
// calling conventions of ProjectNIL's runtime. Not the runtime: no limits, no isolation.

const STRING_ID = 2;
const LENGTH_OFFSET = 4;

/** A guest's `abort`, with the place AssemblyScript reports. */
export class GuestAbort extends Error {
  constructor(message, file, line, column) {
    super(`${message} (${file}:${line}:${column})`);
    this.guestMessage = message;
  }
}

/** What the worker wrote into the `nil:abi` section. */
export function readAbi(module) {
  const [section] = WebAssembly.Module.customSections(module, "nil:abi");
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(section));
}

/** Parameter names by function, as the name section gives them; only the names themselves are checked. */
export function hasNameSection(module) {
  return WebAssembly.Module.customSections(module, "name").length === 1;
}

/** A fresh instance of `module` with `variables`; what it logs is appended to `logs`. */
export function instantiate(module, logs = [], variables = {}) {
  let memory;
  const readString = (pointer) => {
    if (pointer === 0) return null;
    const view = new DataView(memory.buffer);
    const bytes = view.getUint32(pointer - LENGTH_OFFSET, true);
    return new TextDecoder("utf-16le").decode(new Uint8Array(memory.buffer, pointer, bytes));
  };
  const log = (level) => (pointer) => logs.push(`${level}: ${readString(pointer)}`);
  const env = {
    abort(message, file, line, column) {
      throw new GuestAbort(readString(message), readString(file), line, column);
    },
    trace(message, count, ...values) {
      logs.push(`trace: ${[readString(message), ...values.slice(0, count)].join(" ")}`);
    },
    seed: () => 0.42,
    "Date.now": () => 1_700_000_000_000,
    "performance.now": () => 12.5,
    "process.exit": (code) => {
      throw new Error(`exit ${code}`);
    },
    "console.assert": (condition, message) => condition || logs.push(`assert: ${readString(message)}`),
  };
  for (const level of ["log", "debug", "info", "warn", "error", "time", "timeLog", "timeEnd"]) {
    env[`console.${level}`] = log(level);
  }
  for (const name of Object.getOwnPropertyNames(Math)) env[`Math.${name}`] = Math[name];

  const nil = {
    env_get_utf16(name, into, room) {
      const value = variables[readString(name)];
      if (value === undefined) return -1;
      const units = new Uint16Array(memory.buffer, into, value.length <= room ? value.length : 0);
      for (let at = 0; at < units.length; at += 1) units[at] = value.charCodeAt(at);
      return value.length;
    },
  };

  const instance = new WebAssembly.Instance(module, { env, nil });
  memory = instance.exports.memory;
  return { exports: instance.exports, readString };
}

/** Calls `handle` of the string convention. */
export function callHandle(module, input, logs, variables) {
  const { exports, readString } = instantiate(module, logs, variables);
  const pointer = exports.__new(input.length * 2, STRING_ID);
  const units = new Uint16Array(exports.memory.buffer, pointer, input.length);
  for (let at = 0; at < input.length; at += 1) units[at] = input.charCodeAt(at);
  return readString(exports.handle(pointer));
}

const INTEGER_RANGES = {
  i8: [-128n, 127n],
  i16: [-32768n, 32767n],
  i32: [-(2n ** 31n), 2n ** 31n - 1n],
  isize: [-(2n ** 31n), 2n ** 31n - 1n],
  i64: [-(2n ** 63n), 2n ** 63n - 1n],
  u8: [0n, 255n],
  u16: [0n, 65535n],
  u32: [0n, 2n ** 32n - 1n],
  usize: [0n, 2n ** 32n - 1n],
  u64: [0n, 2n ** 64n - 1n],
};

function toGuest(value, type, name) {
  if (type === "bool") return value ? 1 : 0;
  if (type === "f32" || type === "f64") return Number(value);
  const number = BigInt(value);
  const [low, high] = INTEGER_RANGES[type];
  if (number < low || number > high) throw new RangeError(`'${name}' is outside the range of ${type}`);
  return type.endsWith("64") ? number : Number(number);
}

function fromGuest(value, type) {
  if (type === "bool") return value !== 0;
  if (type === "u64") return BigInt.asUintN(64, value);
  if (type === "u32" || type === "usize") return value >>> 0;
  return value;
}

/** Calls the function of the scalar convention with `{"args": […]}` or with values by parameter name. */
export function callScalar(module, abi, input) {
  const values = input.args ?? abi.params.map((name) => input[name]);
  if (values.length !== abi.params.length || values.includes(undefined)) {
    throw new TypeError(`'${abi.export}' takes ${abi.params.length} numbers: ${abi.params.join(", ")}`);
  }
  const { exports } = instantiate(module);
  const args = values.map((value, at) => toGuest(value, abi.types[at], abi.params[at]));
  return fromGuest(exports[abi.export](...args), abi.result);
}
