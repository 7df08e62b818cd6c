// Programs before the user's source is in them. Parsing the standard library takes longer than everything
// else an ordinary compilation does but optimise, and does not depend on the source: the worker does it
// while it waits. A prepared program serves one compilation and is dropped; nothing is shared between two.

import {
  newOptions,
  newProgram,
  nextFile,
  parse,
  setBundleVersion,
  setDebugInfo,
  setExportMemory,
  setExportRuntime,
  setOptimizeLevelHints,
  setRuntime,
  setStackSize,
  setTarget,
} from "assemblyscript";
import { findLibraryFile, LIBRARY_PREFIX, packageVersion, preludeFiles, RUNTIME_ENTRY_PATH, RUNTIME_PATH } from "./library.mjs";

const TARGET_WASM32 = 0;
/** What the compiler is told of our runtime: it zeroes memory and needs the shadow stack, like this one. */
const RUNTIME_INCREMENTAL = 2;
/** AssemblyScript's default: the stack on which the collector finds the references of running functions. */
const SHADOW_STACK_BYTES = 32 * 1024;
/** What the standard library is told; the passes themselves are chosen in `optimize.mjs`. */
const OPTIMIZE_LEVEL_HINT = 3;
const SHRINK_LEVEL_HINT = 0;
const JSON_PACKAGE = "~lib/json-as";

const compilerVersion = packageVersion("assemblyscript").split(".").map(Number);

/**
 * Parses every file the program has asked for, from the library and, by `findUserFile`, from the user's. Returns the
 * places (ranges of the quoted paths) that ask for a file neither has; the compiler is not asked to look anywhere
 * else.
 */
export function parseImports(program, findUserFile = () => null) {
  const missing = [];
  for (let wanted = nextFile(program); wanted !== null; wanted = nextFile(program)) {
    const file = findLibraryFile(wanted) ?? findUserFile(wanted);
    if (file) parse(program, file.text, file.path, false);
    else missing.push(program.parser.dependees.get(wanted).reportNode.range);
  }
  return missing;
}

function parseLibraryFile(program, internalPath, isEntry = false) {
  const file = findLibraryFile(internalPath);
  parse(program, file.text, file.path, isEntry);
}

/**
 * A program that lacks only the user's source. `withJson` includes the sources of json-as, so that they
 * need not be parsed while the user waits. `runtimeText` stands in for the runtime's source (tests only).
 */
export function prepareProgram({ withJson = false, runtimeText } = {}) {
  const options = newOptions();
  setTarget(options, TARGET_WASM32);
  // Function and parameter names stay in the binary: backtraces and calls by parameter name need them.
  setDebugInfo(options, true);
  setExportMemory(options, true);
  setRuntime(options, RUNTIME_INCREMENTAL);
  setStackSize(options, SHADOW_STACK_BYTES);
  setExportRuntime(options, true);
  setOptimizeLevelHints(options, OPTIMIZE_LEVEL_HINT, SHRINK_LEVEL_HINT);
  setBundleVersion(options, ...compilerVersion);

  const program = newProgram(options);
  for (const name of preludeFiles) parseLibraryFile(program, LIBRARY_PREFIX + name);
  // Before the user's file, so that the runtime is set up before the user's top-level code runs.
  if (runtimeText !== undefined) parse(program, runtimeText, `${RUNTIME_PATH}.ts`, false);
  parseLibraryFile(program, RUNTIME_ENTRY_PATH, true);
  parseImports(program);
  if (withJson) {
    parseLibraryFile(program, JSON_PACKAGE);
    parseImports(program);
  }
  return { program, options, withJson };
}
