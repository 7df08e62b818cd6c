// Whether what all jobs of a worker share is as it was: the built-in objects of the language, which every module of
// the compiler relies on, and the set of global names. A compiler with a bug that lets a source reach them would
// otherwise carry one user's doing into the next user's module.

const ROOTS = [globalThis, Reflect, JSON, Math, Atomics, Intl];

/** Every built-in object: constructors, their prototypes, and what those inherit from. */
function builtIns() {
  const found = new Set(ROOTS);
  const add = (value) => {
    if ((typeof value === "object" && value !== null) || typeof value === "function") found.add(value);
  };
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const { value } = Object.getOwnPropertyDescriptor(globalThis, name);
    if (typeof value !== "function") continue;
    add(value);
    add(value.prototype);
    add(Object.getPrototypeOf(value));
  }
  const generator = Object.getPrototypeOf(function* () {});
  for (const value of [generator, generator.prototype, Object.getPrototypeOf([][Symbol.iterator]()), Object.getPrototypeOf(new Map().entries())]) add(value);
  found.delete(undefined);
  return [...found];
}

/** The own properties of an object with what is behind them; getters are not called. */
function shapeOf(object) {
  const shape = [Object.getPrototypeOf(object)];
  for (const key of Reflect.ownKeys(object)) {
    const { value, get, set } = Object.getOwnPropertyDescriptor(object, key);
    shape.push(key, get ?? value, set);
  }
  return shape;
}

/**
 * Remembers how things are. The function it returns tells what has changed since: a name of the first changed
 * object's property, or `null`.
 */
export function watchBuiltIns() {
  const remembered = builtIns().map((object) => [object, shapeOf(object)]);
  return () => {
    for (const [object, before] of remembered) {
      const now = shapeOf(object);
      const length = Math.max(now.length, before.length);
      for (let at = 0; at < length; at += 1) {
        if (!Object.is(now[at], before[at])) {
          const name = typeof object === "function" ? object.name : (object.constructor?.name ?? "an object");
          return `${name}: ${String(now[at - ((at + 2) % 3)] ?? before[at])}`.slice(0, 100);
        }
      }
    }
    return null;
  };
}
