// The json-as transform, which writes the serialisers of `@json` classes into the parsed program, driven
// the way AssemblyScript's own command line drives it. Keeps what the transform remembers from one
// compilation out of the next, and turns what it throws into messages with a place.

import { NodeKind, Type } from "assemblyscript";
import binaryen from "binaryen";
import JsonTransform from "json-as/transform/lib/index.js";
import { TypeAlias } from "json-as/transform/lib/linkers/alias.js";
import { errorAt } from "./diagnostics.mjs";
import "./json_keys.mjs";

/** json-as resolves its own folder relative to this; `.` is what the command line passes. */
const BASE_DIRECTORY = ".";

/** What the transform appends to messages it raises about a place. */
const PLACE_IN_STACK = /\n\s*at ([^\n]+):(\d+):(\d+)\n?$/;

/** A mistake in the source that json-as reports by throwing. */
export class JsonTransformError extends Error {
  constructor(diagnostic) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
  }
}

/** True if a file of the user imports json-as, and the transform therefore has to run. */
export function importsJson(source) {
  return source.statements.some(
    (statement) =>
      (statement.kind === NodeKind.Import || statement.kind === NodeKind.Export) &&
      /^~lib\/json-as(\/|$)/.test(statement.internalPath ?? ""),
  );
}

/** A transform for one program: `afterParse` and `afterInitialize`, as the compiler's hooks are called. */
export function newJsonTransform(program) {
  // The only maps json-as keeps in a class instead of an object: aliases of one source must not be seen
  // by the next. Its other static state is overwritten before every use, except a counter that only
  // numbers debug output.
  TypeAlias.foundAliases.clear();
  TypeAlias.aliases.clear();
  Object.assign(JsonTransform.prototype, {
    program,
    binaryen,
    baseDir: BASE_DIRECTORY,
    log: console.error,
    stdout: process.stderr,
    stderr: process.stderr,
    readFile: () => null,
    writeFile: () => false,
    listFiles: () => [],
  });
  const transform = new JsonTransform();
  return {
    afterParse: () => reportMistakes(() => transform.afterParse(program.parser)),
    afterInitialize: () => {
      reportMistakes(() => transform.afterInitialize(program));
      leaveOutCache(program);
    },
  };
}

/**
 * json-as can cache serialised strings; it is off, but would still reserve 1 MiB for it in every instance,
 * which is nineteen pages of memory to set up and clear for a call that needs one or two.
 */
function leaveOutCache(program) {
  program.registerConstantInteger("JSON_CACHE_SIZE", Type.u32, globalThis.i64_zero);
}

/** Plain `Error`s are what json-as throws about the source; any other kind is a defect and passes. */
function reportMistakes(step) {
  try {
    step();
  } catch (error) {
    if (error?.constructor !== Error) throw error;
    throw new JsonTransformError(fromThrown(error));
  }
}

function fromThrown(error) {
  const stack = String(error.stack ?? "");
  const placed = PLACE_IN_STACK.exec(stack);
  if (error.message === "" && placed) {
    const [, file, line, column] = placed;
    const message = `json-as: ${stack.slice(0, placed.index).trim()}`;
    return { file, line: Number(line), column: Number(column), severity: "error", code: "NIL005", message };
  }
  return errorAt(null, "NIL005", `json-as: ${error.message}`);
}

/**
 * Which class each generated source belongs to: json-as parses its code from strings that call themselves as the
 * file they are for, so a message about them would point at an unrelated line of the user's file.
 */
export function generatedSources(userSources) {
  const owners = new Map();
  for (const source of userSources) addGenerated(source, owners);
  return owners;
}

function addGenerated(userSource, owners) {
  const visit = (statements) => {
    for (const statement of statements) {
      if (statement.kind === NodeKind.NamespaceDeclaration) visit(statement.members);
      if (statement.kind !== NodeKind.ClassDeclaration) continue;
      for (const member of statement.members) {
        const source = member.range.source;
        if (source !== userSource && !source.normalizedPath.startsWith("~lib/")) owners.set(source, statement.name.range);
      }
    }
  };
  visit(userSource.statements);
}
