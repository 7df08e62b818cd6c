// Binaryen's part: which passes run over a compiled module.
import { optimize as runDefaultPasses } from "assemblyscript";

/** Optimises `module` in place. */
export function optimize(module) {
  runDefaultPasses(module, 3, 0, true, false);
}
