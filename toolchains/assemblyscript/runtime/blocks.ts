// What memory is made of: blocks, one behind the other from `heapStart()`, each starting with one word. Only
// the layout; who owns which block is `nil.ts`'s business.

import { AL_MASK, BLOCK_OVERHEAD, OBJECT, TOTAL_OVERHEAD } from "rt/common";
import { TypeinfoFlags } from "shared/typeinfo";

// The word is the block's size, a multiple of 16 that counts the word, and these flags. Static objects carry
// the word too, but only its first two bits are ours.

/** Reached in the collection that is running. */
@inline export const MARKED: usize = 1;
/** Kept by `__pin`. */
@inline export const PINNED: usize = 2;
/** Not in use. */
@inline export const FREE: usize = 4;
/** Raw memory, kept until it is freed. */
@inline export const RAW: usize = 8;
@inline export const FLAGS: usize = MARKED | PINNED | FREE | RAW;

/** Where the last block of a 4 GiB memory ends. */
@inline export const LAST_END: u64 = 0xffff_ffec;

/** A free block that is waiting in a list. Shares its first word with all blocks. */
@unmanaged export class Hole {
  info: usize;
  next: Hole | null;
}

/** Where the first block starts; the data behind a block's word is aligned to 16 bytes. */
@inline export function heapStart(): usize {
  return ((__heap_base + BLOCK_OVERHEAD + AL_MASK) & ~AL_MASK) - BLOCK_OVERHEAD;
}

/** Where the last block that fits the present memory could end. */
@inline export function pagesEnd(): usize {
  return (<usize>memory.size() << 16) - BLOCK_OVERHEAD;
}

/** The header of the object at `ptr`. */
@inline export function blockOf(ptr: usize): OBJECT {
  return changetype<OBJECT>(ptr - TOTAL_OVERHEAD);
}

/** The size in a block's word. */
@inline export function sizeOf(info: usize): usize {
  return info & ~FLAGS;
}

/** The next multiple of 16. */
@inline export function roundUp(size: usize): usize {
  return (size + AL_MASK) & ~AL_MASK;
}

/** True if objects of this class hold no references. */
@inline export function isPointerFree(rtId: u32): bool {
  // 0: Object, 1: ArrayBuffer, 2: String
  return rtId <= idof<string>() || (__typeinfo(rtId) & TypeinfoFlags.POINTERFREE) != 0;
}
