/** Zig, as the family of C's tokens. */

import type { StringStream } from "@codemirror/language";
import { clike } from "@codemirror/legacy-modes/mode/clike";

const words = (text: string): Record<string, boolean> =>
  Object.fromEntries(text.split(" ").map((word) => [word, true]));

export const zig = clike({
  name: "zig",
  keywords: words(
    "addrspace align allowzero and anyframe anytype asm async await break callconv catch comptime const continue defer " +
      "else enum errdefer error export extern fn for if inline linksection noalias noinline nosuspend opaque or orelse " +
      "packed pub resume return struct suspend switch test threadlocal try union unreachable usingnamespace var volatile while",
  ),
  types: words(
    "i8 u8 i16 u16 i32 u32 i64 u64 i128 u128 isize usize f16 f32 f64 f80 f128 bool void type noreturn anyerror anyopaque " +
      "comptime_int comptime_float c_int c_uint c_char c_long",
  ),
  blockKeywords: words("else for if switch while struct enum union"),
  atoms: words("true false null undefined"),
  multiLineStrings: false,
  hooks: {
    // Builtins: `@import`.
    "@": (stream: StringStream) => (stream.eatWhile(/[\w]/) ? "builtin" : null),
    // A line of a text of several: `\\…`.
    "\\": (stream: StringStream) => (stream.eat("\\") ? (stream.skipToEnd(), "string") : null),
  },
});
