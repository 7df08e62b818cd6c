// Binaryen's part: which passes run over a compiled module, and in which order.
//
// The host compiles the module again with Cranelift, which allocates registers, folds constants, removes
// common subexpressions and moves invariant code out of loops by itself, but does not inline. So this list
// inlines, propagates what inlining uncovers, removes what is left over, and stops. The figures behind the
// choice, against AssemblyScript's own lists, are in README.md.

import binaryen from "binaryen";

/**
 * Bodies up to this size are inlined everywhere; sizes are Binaryen's, about one per instruction. It is just
 * enough for the checked accessors of arrays (`StaticArray#__get` and its kin, 20 to 30), which AssemblyScript's
 * own value, 12, leaves as calls: kernels over arrays take a quarter of the time, and modules grow by a tenth.
 */
const ALWAYS_INLINE_SIZE = 30;
/** … up to this size where nothing in the body speaks against it … */
const FLEXIBLE_INLINE_SIZE = 70;
/** … and up to this size where there is only one caller. These two are AssemblyScript's values for `-O`. */
const ONE_CALLER_INLINE_SIZE = 200;
const PARTIAL_INLINING_IFS = 4;

/** From 3 on, Binaryen also inlines functions that call others: 5 to 15 % less time in code over strings. */
const OPTIMIZE_LEVEL = 3;
const SHRINK_LEVEL = 0;

/**
 * Sinking and merging locals takes time that grows with the square of their number. A function with more
 * than this many, generated code as a rule, keeps its module from those passes: 2,000 locals cost a second
 * or two, 6,000 three quarters of a minute.
 */
const LOCALS_LIMIT = 2000;

const WHOLE_PROGRAM_PASSES = [
  // Only what is reachable is worth the time of what follows.
  "duplicate-function-elimination",
  "remove-unused-module-elements",
  "inlining",
  "simplify-globals",
  // Parameters nobody reads, results nobody uses, constants every caller passes.
  "dae",
];

const FUNCTION_PASSES = [
  "remove-unused-brs",
  "remove-unused-names",
  "merge-blocks",
  "precompute-propagate",
  "optimize-instructions",
  "dce",
  "simplify-locals",
  "vacuum",
  // Once more, now that bodies are smaller and some indirect calls are direct.
  "inlining",
  "directize",
  "simplify-globals",
  "precompute-propagate",
  "simplify-locals",
  "coalesce-locals",
  "remove-unused-brs",
  "merge-blocks",
  "optimize-instructions",
  "vacuum",
];

/** Instead of `FUNCTION_PASSES` where a function is over the limit: what takes time in proportion only. */
const LINEAR_FUNCTION_PASSES = ["remove-unused-brs", "remove-unused-names", "precompute", "optimize-instructions", "dce", "vacuum"];

const FINAL_PASSES = [
  "reorder-functions",
  "memory-packing",
  "duplicate-function-elimination",
  "remove-unused-module-elements",
];

/** True if a function has too many locals for the passes that work on pairs of them. */
function hasHugeFunction({ ref }) {
  const count = binaryen._BinaryenGetNumFunctions(ref);
  for (let index = 0; index < count; index += 1) {
    const locals = binaryen._BinaryenFunctionGetNumLocals(binaryen._BinaryenGetFunctionByIndex(ref, index));
    if (locals > LOCALS_LIMIT) return true;
  }
  return false;
}

/** Optimises `module`, an AssemblyScript module, in place. Names are kept. */
export function optimize(module) {
  module.clearPassArguments();
  module.setOptimizeLevel(OPTIMIZE_LEVEL);
  module.setShrinkLevel(SHRINK_LEVEL);
  module.setDebugInfo(true);
  module.setZeroFilledMemory(false);
  // AssemblyScript's driver allows it; it would make `-0 + 0` come out as `-0`.
  module.setFastMath(false);
  module.setAlwaysInlineMaxSize(ALWAYS_INLINE_SIZE);
  module.setFlexibleInlineMaxSize(FLEXIBLE_INLINE_SIZE);
  module.setOneCallerInlineMaxSize(ONE_CALLER_INLINE_SIZE);
  module.setAllowInliningFunctionsWithLoops(true);
  module.setPartialInliningIfs(PARTIAL_INLINING_IFS);
  module.runPasses(WHOLE_PROGRAM_PASSES);
  module.runPasses(hasHugeFunction(module) ? LINEAR_FUNCTION_PASSES : FUNCTION_PASSES);
  module.runPasses(FINAL_PASSES);
}
