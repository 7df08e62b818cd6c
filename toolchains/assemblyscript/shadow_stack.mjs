// Fewer shadow stack entries. AssemblyScript's collector finds the references of running functions on a
// stack in memory, to which every function writes them as it goes; in a tight loop over objects those writes
// cost as much as the loop. They are needed only where a collection can happen, and here that is only inside
// a call that reaches the runtime's `collect`. So: a function from which `collect` cannot be reached keeps
// nothing on the shadow stack, and a call that cannot reach it, with arguments that cannot either, needs no
// entries for its arguments. Everything else stays as the compiler's own pass does it.
//
// Works on the compiler's instrumentation pass from outside, by replacing two of its methods; the versions
// are pinned and `assertPassShape` fails loudly if they ever change.

import binaryen from "binaryen";
import { ExpressionId } from "assemblyscript";

const COLLECT = "/collect";
const ALLOCATE = "/__new";
const TO_STACK = "~lib/rt/__tostack";
/** What the overflow check aborts with: its message and the name of the file it claims to be in. */
const OVERFLOW_STRINGS = ["stack overflow", "~lib/native.ts"];
/** The target of a call through the function table: whatever is in it may collect. */
const UNKNOWN = null;

/** Makes `compiler` leave out the entries that no collection can look at. `runtimePath` holds `collect`. */
export function thinShadowStack(compiler, runtimePath) {
  const pass = compiler.shadowStack;
  assertPassShape(pass);
  reserveOverflowMessage(compiler);
  const shadowStackPass = Object.getPrototypeOf(pass);
  pass.walkModule = function walkModule() {
    const graph = analyse(pass, shadowStackPass, runtimePath);
    instrumentLess(pass, shadowStackPass, graph);
    shadowStackPass.walkModule.call(pass);
  };
}

/**
 * The pass adds its overflow check, with two strings, when the layout of memory is already settled: left
 * alone, the strings would get addresses but no place in the binary, and the abort would read whatever is
 * there. So they are made together with the program's first string.
 */
function reserveOverflowMessage(compiler) {
  const ensure = compiler.ensureStaticStringPtr;
  compiler.ensureStaticStringPtr = function ensureStaticStringPtr(text) {
    delete compiler.ensureStaticStringPtr;
    for (const reserved of OVERFLOW_STRINGS) ensure.call(compiler, reserved);
    return ensure.call(compiler, text);
  };
}

function assertPassShape(pass) {
  for (const name of ["walkModule", "walkFunctions", "visitCallPre", "visitLocalSet"]) {
    if (typeof pass?.[name] !== "function") throw new TypeError(`the shadow stack pass has no '${name}'`);
  }
  if (!Array.isArray(pass.callSlotStack)) throw new TypeError("the shadow stack pass has no 'callSlotStack'");
}

/** Which functions (by name) and which calls (by the address of their expression) can reach a collection. */
function analyse(pass, shadowStackPass, runtimePath) {
  const Pass = Object.getPrototypeOf(shadowStackPass).constructor;
  const { module } = pass;
  const nameOf = (address) => module.readStringCached(address);
  // Calls in the order they are entered, so that a call's arguments come after it: target, enclosing call.
  const calls = [];
  const open = [];
  const callers = new Map();
  const collecting = new Set();

  class CallCollector extends Pass {
    enter(expression, target) {
      const enclosing = open.length > 0 ? open[open.length - 1] : -1;
      open.push(calls.length);
      calls.push({ expression, target, enclosing });
    }
    visitCallPre(expression) {
      const target = nameOf(binaryen._BinaryenCallGetTarget(expression));
      this.enter(expression, target);
      if (target === TO_STACK) return;
      const caller = nameOf(binaryen._BinaryenFunctionGetName(this.currentFunction));
      const known = callers.get(target);
      if (known) known.add(caller);
      else callers.set(target, new Set([caller]));
    }
    visitCall() {
      open.pop();
    }
    visitCallIndirectPre(expression) {
      this.enter(expression, UNKNOWN);
      collecting.add(nameOf(binaryen._BinaryenFunctionGetName(this.currentFunction)));
    }
    visitCallIndirect() {
      open.pop();
    }
  }
  new CallCollector(module).walkFunctions();

  collecting.add(runtimePath + COLLECT);
  for (const target of collecting) {
    // A set visits what is added while it is being visited.
    for (const caller of callers.get(target) ?? []) collecting.add(caller);
  }
  const allocate = runtimePath + ALLOCATE;
  if (callers.has(allocate) && !collecting.has(allocate)) throw new Error("allocation does not reach the collector");
  return { collecting, collectingCalls: callsThatCollect(calls, collecting) };
}

/** The calls that can collect themselves or while their arguments are evaluated. */
function callsThatCollect(calls, collecting) {
  const found = new Set();
  for (let at = calls.length - 1; at >= 0; at -= 1) {
    const { expression, target, enclosing } = calls[at];
    if (target === UNKNOWN || collecting.has(target)) found.add(expression);
    if (found.has(expression) && enclosing !== -1) found.add(calls[enclosing].expression);
  }
  return found;
}

function instrumentLess(pass, shadowStackPass, { collecting, collectingCalls }) {
  const { module } = pass;
  const nameOf = (address) => module.readStringCached(address);

  /** The value inside `__tostack(value)`, or 0. */
  const unwrap = (expression) => {
    let inner = expression;
    while (
      binaryen._BinaryenExpressionGetId(inner) === ExpressionId.Call &&
      nameOf(binaryen._BinaryenCallGetTarget(inner)) === TO_STACK
    ) {
      inner = binaryen._BinaryenCallGetOperandAt(inner, 0);
    }
    return inner === expression ? 0 : inner;
  };

  pass.visitCallPre = function visitCallPre(call) {
    if (collectingCalls.has(call)) {
      shadowStackPass.visitCallPre.call(this, call);
      return;
    }
    for (let at = 0, count = binaryen._BinaryenCallGetNumOperands(call); at < count; at += 1) {
      const inner = unwrap(binaryen._BinaryenCallGetOperandAt(call, at));
      if (inner) binaryen._BinaryenCallSetOperandAt(call, at, inner);
    }
    this.callSlotStack.push(0);
  };

  pass.visitLocalSet = function visitLocalSet(localSet) {
    if (collecting.has(nameOf(binaryen._BinaryenFunctionGetName(this.currentFunction)))) {
      shadowStackPass.visitLocalSet.call(this, localSet);
      return;
    }
    const inner = unwrap(binaryen._BinaryenLocalSetGetValue(localSet));
    if (inner) binaryen._BinaryenLocalSetSetValue(localSet, inner);
  };
}
