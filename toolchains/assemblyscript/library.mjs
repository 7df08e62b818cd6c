// The source files a user's program may import, held in memory: AssemblyScript's standard library, the
// runtime of `runtime/` with what it offers as "nil", json-as, and json-as's own dependency. They are read once when the worker starts; nothing is read from
// disk while a program is compiled, so no import can reach a file of the host.

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const SOURCE_EXTENSION = ".ts";
const DECLARATION_EXTENSION = ".d.ts";

/** AssemblyScript's prefix for everything that is not the user's own file. */
export const LIBRARY_PREFIX = "~lib/";

const require = createRequire(import.meta.url);

/** The folder of an installed package, found the way Node finds it from this file. */
function packageFolder(name) {
  // `resolve.paths` instead of `resolve(name)`: json-as does not export its package.json.
  for (const base of require.resolve.paths(name)) {
    const folder = path.join(base, name);
    try {
      readFileSync(path.join(folder, "package.json"));
      return folder;
    } catch {
      // Not in this node_modules; try the next one up.
    }
  }
  throw new Error(`the package ${name} is not installed; run \`npm ci\` in the toolchain's folder`);
}

/** The exact version of an installed package. */
export function packageVersion(name) {
  return JSON.parse(readFileSync(path.join(packageFolder(name), "package.json"), "utf8")).version;
}

/** Reads every source below `folder` into `files`, keyed by its path without extension. */
function readSources(folder, prefix, files) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) {
      if (entry.name !== "node_modules") {
        readSources(path.join(folder, entry.name), `${prefix}${entry.name}/`, files);
      }
    } else if (entry.name.endsWith(SOURCE_EXTENSION) && !entry.name.endsWith(DECLARATION_EXTENSION)) {
      const name = prefix + entry.name.slice(0, -SOURCE_EXTENSION.length);
      files.set(name, readFileSync(path.join(folder, entry.name), "utf8"));
    }
  }
  return files;
}

const files = new Map();
readSources(path.join(packageFolder("assemblyscript"), "std", "assembly"), "", files);

/** Standard library files every program starts from; those in folders are parsed when imported. */
export const preludeFiles = [...files.keys()].filter((name) => !name.includes("/"));

for (const name of ["json-as", "xjb-as"]) {
  readSources(packageFolder(name), `${name}/`, files);
}

/** Our own runtime, beside AssemblyScript's: memory and garbage collection of every program. */
export const RUNTIME_PATH = "~lib/rt/nil";
/** The file that pulls the runtime into a program. */
export const RUNTIME_ENTRY_PATH = "~lib/rt/index-nil";
for (const name of ["index-nil", "nil", "blocks"]) {
  files.set(`rt/${name}`, readFileSync(new URL(`runtime/${name}.ts`, import.meta.url), "utf8"));
}

// What programs import from "nil".
files.set("nil", readFileSync(new URL("runtime/variables.ts", import.meta.url), "utf8"));

/**
 * The library file AssemblyScript asks for by `internalPath` (`~lib/json-as`, `~lib/util/string`), as
 * `{ path, text }`, or `null`: for the compiler that is "no such file".
 */
export function findLibraryFile(internalPath) {
  if (!internalPath.startsWith(LIBRARY_PREFIX)) return null;
  const name = internalPath.slice(LIBRARY_PREFIX.length);
  for (const candidate of [name, `${name}/index`]) {
    const text = files.get(candidate);
    if (text !== undefined) {
      return { path: `${LIBRARY_PREFIX}${candidate}${SOURCE_EXTENSION}`, text };
    }
  }
  return null;
}
