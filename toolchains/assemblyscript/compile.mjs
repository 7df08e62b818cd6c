// One compilation: the user's source in, WebAssembly or diagnostics out. Knows nothing of the protocol,
// and leaves nothing behind that the next compilation could see.

import { Compiler, initializeProgram, parse, validate } from "assemblyscript";
import binaryen from "binaryen";
import { ABI_SECTION, appendJsonSection } from "./abi_section.mjs";
import { decideAbi } from "./abi.mjs";
import { bound, drain, ENTRY_FILE, errorAt, hasErrors, isUserFile, render, tellMissing } from "./diagnostics.mjs";
import { checkHostImports } from "./host_imports.mjs";
import { generatedSources, importsJson, JsonTransformError, newJsonTransform } from "./json_transform.mjs";
import { RUNTIME_PATH } from "./library.mjs";
import { optimize } from "./optimize.mjs";
import { parseImports } from "./program.mjs";
import { thinShadowStack } from "./shadow_stack.mjs";

const ENTRY_PATH = "index";
const SOURCE_EXTENSION = ".ts";

/** The compiler failed where no source should make it fail; the worker is not to be trusted afterwards. */
export class CompilerCrash extends Error {
  constructor(stage, cause) {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    super(`the compiler crashed while it ${stage}: ${reason}`, { cause });
  }
}

/** The program was prepared for the wrong kind of source; prepare the other and compile again. */
export class WrongPreparation extends Error {}

/** Measures the stages of one compilation, in milliseconds. */
class Stopwatch {
  #begin = performance.now();
  #last = this.#begin;
  laps = {};

  lap(name) {
    const now = performance.now();
    this.laps[name] = round(now - this.#last);
    this.#last = now;
  }

  finish() {
    this.laps.total = round(performance.now() - this.#begin);
    return this.laps;
  }
}

function round(milliseconds) {
  return Math.round(milliseconds * 10) / 10;
}

/** Runs one stage; anything it throws that is not about the source becomes a `CompilerCrash`. */
function stage(name, step) {
  try {
    return step();
  } catch (error) {
    if (error instanceof JsonTransformError || error instanceof NestedTooDeeply) throw error;
    if (error instanceof RangeError && /call stack/i.test(error.message)) throw new NestedTooDeeply();
    throw new CompilerCrash(name, error);
  }
}

/** The compiler recurses into the source; a stack it exhausts is the source's doing, not a defect. */
class NestedTooDeeply extends Error {}

/**
 * Compiles `source`, with `files` beside it (a map of text by path), in a freshly prepared program. Returns `{ ok: true, wasm, abi, diagnostics, omitted,
 * timingsMs }` or `{ ok: false, diagnostics, omitted, compileError, timingsMs, retire? }`; `retire` asks
 * for a new worker. Throws `CompilerCrash` or `WrongPreparation`.
 */
export function compileSource(prepared, source, { optimize: shouldOptimize, files = new Map() }) {
  const watch = new Stopwatch();
  const job = { prepared, source, files, shouldOptimize, watch, diagnostics: [], more: 0, generatedBy: new Map() };
  try {
    return build(job);
  } catch (error) {
    if (error instanceof JsonTransformError) return failed(job, [error.diagnostic]);
    if (error instanceof NestedTooDeeply) {
      const message =
        "the source is nested too deeply for the compiler, or a type or module refers to itself without end; " +
        "split long expressions and nested blocks";
      return { ...failed(job, [errorAt(null, "NIL006", message)]), retire: true };
    }
    throw error;
  }
}

function build(job) {
  const { program, options } = job.prepared;
  const { watch } = job;

  parseEntry(job);
  watch.lap("parse");
  if (hasErrors(job.diagnostics)) return failed(job);

  stage("initialised the program", () => initializeProgram(program));
  job.transform?.afterInitialize();
  const decision = decide(job);
  watch.lap("analyse");
  if (hasErrors(job.diagnostics)) return failed(job);

  options.exportRuntime = decision.abi?.abi === "assemblyscript";
  const module = stage("compiled the program", () => generate(program));
  const binaryenModule = binaryen.wrapModule(module.ref);
  try {
    note(job, drain(program, job.generatedBy));
    job.diagnostics.push(...(decision.diagnostics ?? []));
    job.diagnostics.push(...checkHostImports(program));
    watch.lap("compile");
    if (hasErrors(job.diagnostics)) return failed(job);

    const wasm = emit(job, module, binaryenModule, decision.abi);
    const { kept, omitted } = bound(job.diagnostics);
    return { ok: true, wasm, abi: decision.abi.abi, diagnostics: kept, omitted: omitted + job.more, timingsMs: watch.finish() };
  } finally {
    binaryenModule.dispose();
  }
}

/** Code for the whole program, not yet optimised. */
function generate(program) {
  program.parser.finish();
  const compiler = new Compiler(program);
  thinShadowStack(compiler, RUNTIME_PATH);
  return compiler.compile();
}

/**
 * The file of the user the compiler asks for by `internalPath` (`lib/totals`, `../outside`), as `{ path, text }`, or
 * `null`. A look into a map: a path that leads outside is one that is not there.
 */
function findUserFile(files, internalPath) {
  for (const path of [`${internalPath}${SOURCE_EXTENSION}`, `${internalPath}/index${SOURCE_EXTENSION}`]) {
    const text = files.get(path);
    if (text !== undefined) return { path, text };
  }
  return null;
}

/** The user's files, from the entry to all it imports, with the code json-as adds. */
function parseEntry(job) {
  const { program, withJson } = job.prepared;
  const missing = stage("parsed the source", () => {
    parse(program, job.source, ENTRY_FILE, true);
    return parseImports(program, (internalPath) => findUserFile(job.files, internalPath));
  });
  const userSources = program.sources.filter(isUserFile);
  const needsJson = userSources.some(importsJson);
  if (needsJson !== withJson) throw new WrongPreparation();

  note(job, drain(program, job.generatedBy));
  note(job, tellMissing(missing));
  if (!needsJson || hasErrors(job.diagnostics)) return;
  job.transform = newJsonTransform(program);
  stage("ran json-as", () => job.transform.afterParse());
  job.generatedBy = generatedSources(userSources);
  const missingFromJson = stage("parsed json-as", () => parseImports(program));
  note(job, drain(program, job.generatedBy));
  note(job, tellMissing(missingFromJson));
}

/** The calling convention; its diagnostics wait until the compiler has told its own. */
function decide(job) {
  const { program } = job.prepared;
  return stage("read the exports", () => {
    const decision = decideAbi(program, program.filesByName.get(ENTRY_PATH));
    note(job, drain(program, job.generatedBy));
    return decision;
  });
}

function emit(job, module, binaryenModule, abi) {
  const valid = stage("validated the module", () => validate(module));
  if (!valid) throw new CompilerCrash("validated the module", "it produced an invalid module");
  job.watch.lap("validate");
  if (job.shouldOptimize) stage("optimised the module", () => optimize(module, binaryenModule));
  job.watch.lap("optimize");
  const binary = stage("wrote the module", () => binaryenModule.emitBinary());
  const wasm = appendJsonSection(binary.binary ?? binary, ABI_SECTION, abi);
  job.watch.lap("emit");
  return wasm;
}

/** Adds messages to those of the job. */
function note(job, { found, more }) {
  job.diagnostics.push(...found);
  job.more += more;
}

function failed(job, own = []) {
  const bounded = bound([...job.diagnostics, ...own]);
  const [kept, omitted] = [bounded.kept, bounded.omitted + job.more];
  const textOf = (file) => (file === ENTRY_FILE ? job.source : job.files.get(file));
  const compileError = render(kept, omitted, textOf);
  return { ok: false, diagnostics: kept, omitted, compileError, timingsMs: job.watch.finish() };
}
