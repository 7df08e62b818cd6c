// Binaryen's part: which passes run over a compiled module, and in which order.
//
// The host compiles the module again with Cranelift, which allocates registers, folds constants, removes
// common subexpressions and moves invariant code out of loops by itself, but does not inline. So this list
// inlines, propagates what inlining uncovers, removes what is left over, and stops. The figures behind the
// choice, against AssemblyScript's own lists, are in README.md.

/** Bodies up to this size are inlined everywhere; sizes are Binaryen's, about one per instruction. */
const ALWAYS_INLINE_SIZE = 12;
/** … up to this size where nothing in the body speaks against it … */
const FLEXIBLE_INLINE_SIZE = 70;
/** … and up to this size where there is only one caller. The three are AssemblyScript's values for `-O`. */
const ONE_CALLER_INLINE_SIZE = 200;
const PARTIAL_INLINING_IFS = 4;

const OPTIMIZE_LEVEL = 2;
const SHRINK_LEVEL = 0;

const PASSES = [
  // Only what is reachable is worth the time of what follows.
  "duplicate-function-elimination",
  "remove-unused-module-elements",
  "inlining",
  "simplify-globals",
  // Parameters nobody reads, results nobody uses, constants every caller passes.
  "dae",
  "ssa-nomerge",
  "local-cse",
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
  "rse",
  "simplify-locals",
  "coalesce-locals",
  "remove-unused-brs",
  "merge-blocks",
  "optimize-instructions",
  "vacuum",
  "reorder-functions",
  "memory-packing",
  "duplicate-function-elimination",
  "remove-unused-module-elements",
];

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
  module.runPasses(PASSES);
}
