// What a function finds in its global scope beside the language itself. Evaluated once, when the shared runtime is
// prepared; every function starts from its result.
//
// It takes the host's functions one by one, so that no name of theirs is ever global, and answers the functions the
// host calls. What those use is taken from the language before any user code runs: a function that replaces
// `JSON.stringify` or `Array.prototype.push` gets odd results, and nobody else does.

(log) => (random) => (wait) => (url) => (encode) => (decode) => (env) => {
  "use strict";

  const { stringify, parse } = JSON;
  const { apply, ownKeys, getOwnPropertyDescriptor } = Reflect;
  const { now } = performance;
  const startOf = performance;
  const uncurry = (method) => (self, ...rest) => apply(method, self, rest);
  const tagOf = uncurry(Object.prototype.toString);
  const thenOf = uncurry(Promise.prototype.then);
  const resolved = Promise.resolve();
  const view = Uint8Array;

  /** Adds to the global scope as the web has it: writable, and not enumerable. */
  function define(values) {
    for (const name of ownKeys(values)) {
      Object.defineProperty(globalThis, name, { value: values[name], writable: true, configurable: true });
    }
  }

  // ---- Showing values ------------------------------------------------------------------------------------------

  const MOST_ITEMS = 100;
  const MOST_DEPTH = 4;

  function isError(value) {
    return value instanceof Error || tagOf(value) === "[object Error]";
  }

  function errorText(error) {
    const name = error.name === undefined ? "Error" : String(error.name);
    const message = error.message === undefined ? "" : String(error.message);
    return message === "" ? name : name === "" ? message : `${name}: ${message}`;
  }

  function keyText(key) {
    if (typeof key === "symbol") return `[${key.toString()}]`;
    return /^[A-Za-z_$][\w$]*$/.test(key) ? key : stringify(key);
  }

  function functionText(value) {
    const source = Function.prototype.toString.call(value);
    return `[${source.startsWith("class") ? "class" : "Function"}${value.name ? ` ${value.name}` : " (anonymous)"}]`;
  }

  function listText(items, total, open, close) {
    if (total > items.length) items.push(`… ${total - items.length} more`);
    if (items.length === 0) return open + close;
    const line = `${open} ${items.join(", ")} ${close}`;
    return line.length <= 100 && !line.includes("\n")
      ? line
      : `${open}\n${items.map((item) => `  ${item.replaceAll("\n", "\n  ")}`).join(",\n")}\n${close}`;
  }

  /** `value` as `console.log` shows it inside of something else. */
  function inspect(value, depth = 0, seen = []) {
    switch (typeof value) {
      case "string":
        return stringify(value);
      case "bigint":
        return `${value}n`;
      case "symbol":
        return value.toString();
      case "number":
        return Object.is(value, -0) ? "-0" : String(value);
      case "function":
        return functionText(value);
      case "object":
        break;
      default:
        return String(value);
    }
    if (value === null) return "null";
    if (seen.includes(value)) return "[Circular]";
    if (isError(value)) return errorWithStack(value);
    if (depth > MOST_DEPTH) return Array.isArray(value) ? "[Array]" : "[Object]";
    const inside = (item) => inspect(item, depth + 1, [...seen, value]);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
    if (value instanceof RegExp) return value.toString();
    if (value instanceof Promise) return "Promise {}";
    if (value instanceof URL) return value.href;
    const name = value.constructor?.name;
    const prefix = name && name !== "Object" && name !== "Array" ? `${name} ` : "";
    if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) {
      return prefix + listText(Array.from(Array.prototype.slice.call(value, 0, MOST_ITEMS), inside), value.length, "[", "]");
    }
    if (value instanceof Map) {
      const items = [...value].slice(0, MOST_ITEMS).map(([key, item]) => `${inside(key)} => ${inside(item)}`);
      return `Map(${value.size}) ${listText(items, value.size, "{", "}")}`;
    }
    if (value instanceof Set) {
      return `Set(${value.size}) ${listText([...value].slice(0, MOST_ITEMS).map(inside), value.size, "{", "}")}`;
    }
    if (value instanceof ArrayBuffer) return `ArrayBuffer { byteLength: ${value.byteLength} }`;
    const keys = ownKeys(value).filter((key) => getOwnPropertyDescriptor(value, key)?.enumerable);
    const items = keys.slice(0, MOST_ITEMS).map((key) => {
      const descriptor = getOwnPropertyDescriptor(value, key);
      return `${keyText(key)}: ${descriptor.get ? "[Getter]" : inside(descriptor.value)}`;
    });
    return prefix + listText(items, keys.length, "{", "}");
  }

  function errorWithStack(error) {
    const stack = typeof error.stack === "string" ? error.stack.trimEnd() : "";
    let text = stack === "" ? errorText(error) : `${errorText(error)}\n${stack}`;
    if (error.cause !== undefined) text += `\ncaused by: ${isError(error.cause) ? errorWithStack(error.cause) : inspect(error.cause)}`;
    return text;
  }

  /** The arguments of `console.log` as a line: `%s`, `%d`, `%i`, `%f`, `%j`, `%o`, `%O`, `%%`, then the rest. */
  function format(values) {
    const shown = (value) => (typeof value === "string" ? value : inspect(value));
    let rest = values;
    let text = "";
    if (typeof values[0] === "string" && values[0].includes("%")) {
      rest = values.slice(1);
      text = values[0].replace(/%[sdifjoOc%]/g, (directive) => {
        if (directive === "%%") return "%";
        if (rest.length === 0) return directive;
        const value = rest[0];
        rest = rest.slice(1);
        switch (directive) {
          case "%s":
            return shown(value);
          case "%d":
            return String(Number(value));
          case "%i":
            return String(Number.parseInt(value, 10));
          case "%f":
            return String(Number.parseFloat(value));
          case "%j":
            return stringify(value) ?? "undefined";
          case "%c":
            return "";
          default:
            return inspect(value);
        }
      });
      if (rest.length > 0) text += " ";
    }
    return text + rest.map(shown).join(" ");
  }

  // ---- console -------------------------------------------------------------------------------------------------

  const DEBUG = 0;
  const LOG = 1;
  const INFO = 2;
  const WARN = 3;
  const ERROR = 4;
  let indent = "";
  const counts = new Map();
  const timers = new Map();

  function write(level, values) {
    let text;
    try {
      text = format(values);
    } catch (error) {
      text = `(a value that cannot be shown: ${isError(error) ? errorText(error) : "its getter throws"})`;
    }
    log(level, indent === "" ? text : indent + text.replaceAll("\n", `\n${indent}`));
  }

  function elapsed(label) {
    return `${label}: ${(apply(now, startOf, []) - timers.get(label)).toFixed(3)}ms`;
  }

  const console = {
    log: (...values) => write(LOG, values),
    debug: (...values) => write(DEBUG, values),
    info: (...values) => write(INFO, values),
    warn: (...values) => write(WARN, values),
    error: (...values) => write(ERROR, values),
    dir: (value) => write(LOG, [inspect(value)]),
    trace: (...values) => write(DEBUG, [`Trace: ${format(values)}\n${new Error().stack.trimEnd()}`]),
    assert: (condition, ...values) => {
      if (!condition) write(ERROR, values.length === 0 ? ["Assertion failed"] : ["Assertion failed:", ...values]);
    },
    group: (...values) => {
      if (values.length > 0) write(LOG, values);
      indent += "  ";
    },
    groupEnd: () => {
      indent = indent.slice(2);
    },
    count: (label = "default") => {
      counts.set(label, (counts.get(label) ?? 0) + 1);
      write(LOG, [`${label}: ${counts.get(label)}`]);
    },
    countReset: (label = "default") => void counts.delete(label),
    table: (value) => write(LOG, [inspect(value)]),
    time: (label = "default") => {
      if (!timers.has(label)) timers.set(label, apply(now, startOf, []));
    },
    timeLog: (label = "default", ...values) => {
      if (timers.has(label)) write(LOG, [elapsed(label), ...values]);
    },
    timeEnd: (label = "default") => {
      if (timers.has(label)) write(LOG, [elapsed(label)]);
      timers.delete(label);
    },
  };
  console.groupCollapsed = console.group;

  // ---- Timers: run in the order they are due, once nothing else is left to run ----------------------------------

  const waiting = new Map();
  let lastTimer = 0;

  function setTimer(callback, delay, repeat, values) {
    if (typeof callback !== "function") throw new TypeError("the first argument of a timer must be a function");
    const ms = Math.max(repeat ? 1 : 0, Number(delay) || 0);
    lastTimer += 1;
    // Asking for the time is what an evaluation must not do; a timer without delay need not ask.
    waiting.set(lastTimer, { callback, values, every: repeat ? ms : undefined, due: ms === 0 ? 0 : apply(now, startOf, []) + ms });
    return lastTimer;
  }

  function clearTimer(id) {
    waiting.delete(id);
  }

  function nextTimer() {
    let first;
    for (const [id, timer] of waiting) {
      if (first === undefined || timer.due < first[1].due) first = [id, timer];
    }
    if (first === undefined) return false;
    const [id, timer] = first;
    if (timer.due > 0) {
      const left = timer.due - apply(now, startOf, []);
      if (left > 0) wait(left);
    }
    if (timer.every === undefined) waiting.delete(id);
    else timer.due += timer.every;
    const { callback, values } = timer;
    callback(...values);
    return true;
  }

  // ---- Encodings, randomness, cloning --------------------------------------------------------------------------

  function bytesOf(source) {
    if (source === undefined) return new view(0);
    if (ArrayBuffer.isView(source)) return new view(source.buffer, source.byteOffset, source.byteLength);
    if (source instanceof ArrayBuffer) return new view(source);
    throw new TypeError("the input must be an ArrayBuffer or a view of one");
  }

  class TextEncoder {
    get encoding() {
      return "utf-8";
    }
    encode(text = "") {
      return new view(encode(`${text}`));
    }
    encodeInto(text, into) {
      const characters = `${text}`;
      let read = 0;
      let written = 0;
      for (const character of characters) {
        const bytes = new view(encode(character));
        if (written + bytes.length > into.length) break;
        into.set(bytes, written);
        written += bytes.length;
        read += character.length;
      }
      return { read, written };
    }
  }

  /** How many bytes at the end of `bytes` begin a character of UTF-8 that is not complete. */
  function unfinished(bytes) {
    for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
      const byte = bytes[bytes.length - back];
      if ((byte & 0xc0) === 0x80) continue;
      const needs = byte >= 0xf0 && byte < 0xf5 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
      return needs > back && byte < 0xf5 ? back : 0;
    }
    return 0;
  }

  class TextDecoder {
    #encoding;
    #fatal;
    #ignoreBom;
    #pending = new view(0);
    #started = false;
    constructor(label = "utf-8", { fatal = false, ignoreBOM = false } = {}) {
      const name = decode(undefined, `${label}`.trim(), 2);
      if (name === undefined) throw new RangeError(`the encoding ${inspect(label)} is not supported`);
      this.#encoding = name;
      this.#fatal = Boolean(fatal);
      this.#ignoreBom = Boolean(ignoreBOM);
    }
    get encoding() {
      return this.#encoding;
    }
    get fatal() {
      return this.#fatal;
    }
    get ignoreBOM() {
      return this.#ignoreBom;
    }
    decode(source, { stream = false } = {}) {
      let bytes = bytesOf(source);
      if (this.#pending.length > 0) {
        const joined = new view(this.#pending.length + bytes.length);
        joined.set(this.#pending);
        joined.set(bytes, this.#pending.length);
        bytes = joined;
      }
      let end = bytes.length;
      if (stream) {
        if (this.#encoding === "utf-8") end -= unfinished(bytes);
        else if (this.#encoding.startsWith("utf-16")) end -= end % 2;
      }
      this.#pending = bytes.slice(end);
      let text = decode(bytes.slice(0, end).buffer, this.#encoding, this.#fatal ? 1 : 0);
      if (text === undefined) throw new TypeError(`the bytes are not valid ${this.#encoding}`);
      if (!this.#started && !this.#ignoreBom && text.charCodeAt(0) === 0xfeff) text = text.slice(1);
      this.#started = stream && (this.#started || end > 0);
      return text;
    }
  }

  const INTEGERS = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array];

  const crypto = {
    getRandomValues(array) {
      if (!INTEGERS.some((kind) => array instanceof kind)) {
        throw new DOMException("the argument must be an array of integers", "TypeMismatchError");
      }
      if (array.byteLength > 65_536) throw new DOMException("at most 65536 bytes at once", "QuotaExceededError");
      const bytes = new ArrayBuffer(array.byteLength);
      random(bytes);
      bytesOf(array).set(new view(bytes));
      return array;
    },
    randomUUID() {
      const bytes = this.getRandomValues(new view(16));
      bytes[6] = (bytes[6] & 0x0f) | 0x40;
      bytes[8] = (bytes[8] & 0x3f) | 0x80;
      const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
      return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join("-");
    },
  };

  const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

  function clone(value, seen) {
    if (typeof value === "function" || typeof value === "symbol") {
      throw new DOMException(`${inspect(value)} cannot be cloned`, "DataCloneError");
    }
    if (typeof value !== "object" || value === null) return value;
    if (seen.has(value)) return seen.get(value);
    const keep = (copy) => {
      seen.set(value, copy);
      return copy;
    };
    if (value instanceof Date) return keep(new Date(value.getTime()));
    if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags));
    if (value instanceof Boolean || value instanceof Number || value instanceof String) return keep(Object(value.valueOf()));
    if (value instanceof ArrayBuffer) return keep(value.slice(0));
    if (ArrayBuffer.isView(value)) {
      const buffer = clone(value.buffer, seen);
      return keep(new value.constructor(buffer, value.byteOffset, value instanceof DataView ? value.byteLength : value.length));
    }
    if (value instanceof Map) {
      const copy = keep(new Map());
      for (const [key, item] of [...value]) copy.set(clone(key, seen), clone(item, seen));
      return copy;
    }
    if (value instanceof Set) {
      const copy = keep(new Set());
      for (const item of [...value]) copy.add(clone(item, seen));
      return copy;
    }
    if (isError(value)) {
      const kind = Object.hasOwn(ERRORS, value.name) ? ERRORS[value.name] : Error;
      const copy = keep(new kind(value.message));
      if (Object.hasOwn(value, "cause")) copy.cause = clone(value.cause, seen);
      copy.stack = value.stack;
      return copy;
    }
    if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) {
      throw new DOMException(`a ${value.constructor.name} cannot be cloned`, "DataCloneError");
    }
    const copy = keep(Array.isArray(value) ? new Array(value.length) : {});
    for (const key of Object.keys(value)) {
      Object.defineProperty(copy, key, { value: clone(value[key], seen), writable: true, enumerable: true, configurable: true });
    }
    return copy;
  }

  // ---- URL -----------------------------------------------------------------------------------------------------

  const PARTS = ["href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"];

  function formDecode(text) {
    const bytes = [];
    const utf8 = new view(encode(text));
    for (let at = 0; at < utf8.length; at += 1) {
      const digits = String.fromCharCode(utf8[at + 1] ?? 0, utf8[at + 2] ?? 0);
      if (utf8[at] === 0x25 && /^[0-9A-Fa-f]{2}$/.test(digits)) {
        bytes.push(Number.parseInt(digits, 16));
        at += 2;
      } else {
        bytes.push(utf8[at] === 0x2b ? 0x20 : utf8[at]);
      }
    }
    return decode(new view(bytes).buffer, "utf-8", 0);
  }

  function formEncode(text) {
    let encoded = "";
    for (const byte of new view(encode(text))) {
      const character = String.fromCharCode(byte);
      if (/[A-Za-z0-9*\-._]/.test(character)) encoded += character;
      else encoded += byte === 0x20 ? "+" : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    }
    return encoded;
  }

  class URLSearchParams {
    #list = [];
    #changed = () => {};
    constructor(init = "") {
      if (typeof init === "object" && init !== null) {
        if (typeof init[Symbol.iterator] === "function") {
          for (const pair of init) {
            const [name, value, ...more] = [...pair];
            if (value === undefined || more.length > 0) throw new TypeError("each entry must be a name and a value");
            this.#list.push([`${name}`, `${value}`]);
          }
        } else {
          for (const name of Object.keys(init)) this.#list.push([name, `${init[name]}`]);
        }
      } else {
        this.#read(`${init}`);
      }
    }
    /** Of a `URL`: hears of changes, and is told of them. */
    static of(search, changed) {
      const params = new URLSearchParams(search);
      params.#changed = changed;
      return [params, (text) => params.#read(text)];
    }
    #read(text) {
      const query = text.startsWith("?") ? text.slice(1) : text;
      this.#list = query.split("&").filter((part) => part !== "").map((part) => {
        const at = part.indexOf("=");
        return at < 0 ? [formDecode(part), ""] : [formDecode(part.slice(0, at)), formDecode(part.slice(at + 1))];
      });
    }
    get size() {
      return this.#list.length;
    }
    append(name, value) {
      this.#list.push([`${name}`, `${value}`]);
      this.#changed(this);
    }
    delete(name, value) {
      this.#list = this.#list.filter(([key, item]) => key !== `${name}` || (value !== undefined && item !== `${value}`));
      this.#changed(this);
    }
    get(name) {
      return this.#list.find(([key]) => key === `${name}`)?.[1] ?? null;
    }
    getAll(name) {
      return this.#list.filter(([key]) => key === `${name}`).map(([, value]) => value);
    }
    has(name, value) {
      return this.#list.some(([key, item]) => key === `${name}` && (value === undefined || item === `${value}`));
    }
    set(name, value) {
      const at = this.#list.findIndex(([key]) => key === `${name}`);
      if (at < 0) {
        this.#list.push([`${name}`, `${value}`]);
      } else {
        this.#list[at][1] = `${value}`;
        this.#list = this.#list.filter(([key], index) => key !== `${name}` || index === at);
      }
      this.#changed(this);
    }
    sort() {
      this.#list.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      this.#changed(this);
    }
    forEach(callback, self) {
      for (const [name, value] of this.#list) callback.call(self, value, name, this);
    }
    *entries() {
      for (const [name, value] of this.#list) yield [name, value];
    }
    *keys() {
      for (const [name] of this.#list) yield name;
    }
    *values() {
      for (const [, value] of this.#list) yield value;
    }
    [Symbol.iterator]() {
      return this.entries();
    }
    toString() {
      return this.#list.map(([name, value]) => `${formEncode(name)}=${formEncode(value)}`).join("&");
    }
    get [Symbol.toStringTag]() {
      return "URLSearchParams";
    }
  }
  const paramsOf = URLSearchParams.of;
  delete URLSearchParams.of;

  class URL {
    #parts;
    #params;
    #tellParams;
    constructor(input, base) {
      const parts = URL.#parse(input, base);
      if (parts === undefined) {
        const error = new TypeError(`Invalid URL: ${stringify(`${input}`)}`);
        error.code = "ERR_INVALID_URL";
        throw error;
      }
      this.#parts = parts;
    }
    static #parse(input, base) {
      const parts = base === undefined ? url("parse", `${input}`, "") : url("parse", `${input}`, `${base}`, true);
      return parts === undefined ? undefined : parse(parts);
    }
    static canParse(input, base) {
      return URL.#parse(input, base) !== undefined;
    }
    static parse(input, base) {
      return URL.canParse(input, base) ? new URL(input, base) : null;
    }
    static {
      for (const [index, part] of PARTS.entries()) {
        const get = { [part]() { return this.#parts[index]; } }[part];
        const set = part === "origin" ? undefined : { [part](value) { this.#set(part, `${value}`); } }[part];
        Object.defineProperty(URL.prototype, part, { get, set, enumerable: true, configurable: true });
      }
    }
    #set(part, value) {
      const parts = url(part, this.#parts[0], value);
      if (parts === undefined) {
        if (part === "href") throw new TypeError(`Invalid URL: ${stringify(value)}`);
        return;
      }
      this.#parts = parse(parts);
      this.#tellParams?.(this.#parts[9]);
    }
    get searchParams() {
      if (this.#params === undefined) {
        [this.#params, this.#tellParams] = paramsOf(this.#parts[9], (params) => {
          this.#parts = parse(url("search", this.#parts[0], params.toString()));
        });
      }
      return this.#params;
    }
    toString() {
      return this.#parts[0];
    }
    toJSON() {
      return this.#parts[0];
    }
    get [Symbol.toStringTag]() {
      return "URL";
    }
  }

  // ---- Variables -----------------------------------------------------------------------------------------------

  // Asked for each time: what a function is configured with may change without the function, and is never frozen.
  const readOnly = (target, name) => {
    throw new TypeError(`process.env.${String(name)} cannot be changed: a function's variables are read-only`);
  };
  const variables = new Proxy(Object.create(null), {
    get: (_, name) => (typeof name === "string" ? env(name) : undefined),
    has: (_, name) => typeof name === "string" && env(name) !== undefined,
    ownKeys: () => parse(env()),
    getOwnPropertyDescriptor(_, name) {
      const value = typeof name === "string" ? env(name) : undefined;
      return value === undefined ? undefined : { value, writable: false, enumerable: true, configurable: true };
    },
    set: readOnly,
    defineProperty: readOnly,
    deleteProperty: readOnly,
  });

  define({
    nil: Object.freeze({ env: (name) => env(`${name}`) }),
    process: Object.freeze({ env: variables }),
    console,
    crypto,
    structuredClone: (value) => clone(value, new Map()),
    queueMicrotask: (callback) => {
      if (typeof callback !== "function") throw new TypeError("the argument of queueMicrotask must be a function");
      thenOf(resolved, () => {
        try {
          callback();
        } catch (error) {
          console.error("an error in a microtask:", error);
        }
      });
    },
    setTimeout: (callback, delay, ...values) => setTimer(callback, delay, false, values),
    setInterval: (callback, delay, ...values) => setTimer(callback, delay, true, values),
    clearTimeout: clearTimer,
    clearInterval: clearTimer,
    TextEncoder,
    TextDecoder,
    URL,
    URLSearchParams,
  });

  // ---- What the host calls -------------------------------------------------------------------------------------

  function describe(error) {
    if (!isError(error)) return stringify({ message: `uncaught ${inspect(error)}`, stack: "" });
    let message = errorText(error);
    let cause = error.cause;
    for (let depth = 0; depth < 5 && cause !== undefined && cause !== null; depth += 1) {
      message += `\ncaused by: ${isError(cause) ? errorText(cause) : inspect(cause)}`;
      cause = isError(cause) ? cause.cause : undefined;
    }
    return stringify({ message, stack: typeof error.stack === "string" ? error.stack : "" });
  }

  return [describe, nextTimer, (namespace) => stringify(ownKeys(namespace).filter((key) => typeof key === "string"))];
};
