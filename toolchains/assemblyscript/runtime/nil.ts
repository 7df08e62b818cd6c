// The memory of one execution. AssemblyScript's compiler calls the functions exported here for every object
// a program makes, as it would call those of its own runtimes.
//
// An instance serves one call and is thrown away, and most calls allocate little: so an allocation is a
// pointer moved forward in fresh memory, and a program that stays below the first budget never collects.
// Past it, a stop-the-world mark and sweep finds the holes between the surviving objects; small objects then
// fill the holes, in address order, before more memory is asked for. Objects never move. There is nothing
// incremental here, so storing a reference costs nothing: nobody waits for a pause inside one call.
//
// A collection happens only inside `__new`, `__renew` and `__collect`. Raw memory (`heap.alloc`) is neither
// collected nor does asking for it collect.
//
// (Decorators on functions and variables are AssemblyScript's; editors that know only TypeScript mark them.)

import { AL_MASK, BLOCK_MAXSIZE, BLOCK_OVERHEAD, OBJECT, OBJECT_MAXSIZE, TOTAL_OVERHEAD } from "rt/common";
import { E_ALLOCATION_TOO_LARGE, E_ALREADY_PINNED, E_NOT_PINNED } from "util/error";
import {
  blockOf, FLAGS, FREE, heapStart, Hole, isPointerFree, LAST_END, MARKED, pagesEnd, PINNED, RAW, roundUp, sizeOf,
} from "./blocks";

/** Holes from this size on are kept in a list of their own, where large objects look for room. */
@inline const LARGE: usize = 4096;
/** The least that may be allocated between two collections. Below it, page faults are cheaper than marking. */
@inline const BUDGET: usize = 4 << 20;
/** The most that memory grows by beyond what is needed, in pages. */
@inline const GROWTH_PAGES: i32 = 64;

// The region being filled: blocks are cut from its front. It is either a hole or the untouched memory at
// the frontier, and then ends where the frontier is.

@lazy let cursor: usize = 0;
@lazy let regionEnd: usize = 0;

/** Memory from here on holds no block and has never been written. 0 before the first allocation. */
@lazy let frontier: usize = 0;
/** The end of the memory that is ours; programs may grow memory for themselves. */
@lazy let ownedEnd: usize = 0;
/** Blocks below this may hold old data; from here on memory is known to be zero. */
@lazy let dirtyBelow: usize = 0;
/** Bytes in use after the last collection. */
@lazy let live: usize = 0;
/** When the frontier would pass this address, it is time to collect. */
@lazy let threshold: usize = 0;

@lazy let smallHoles: Hole | null = null;
@lazy let largeHoles: Hole | null = null;
/** Objects reached but not yet scanned, linked through `gcInfo`. */
@lazy let gray: usize = 0;
/** Static objects marked in this collection, linked through `gcInfo`. */
@lazy let markedStatics: usize = 0;
/** Pinned objects, linked through `gcInfo2`. */
@lazy let pinned: usize = 0;

/** A block of `size` bytes, its word not yet written. */
function allocate(size: usize, mayCollect: bool): usize {
  let block = cursor;
  if (regionEnd - block < size) return allocateSlow(size, mayCollect);
  cursor = block + size;
  return block;
}

function allocateSlow(size: usize, mayCollect: bool): usize {
  if (!frontier) initialize();
  let block = allocateInHole(size);
  if (block) return block;
  if (mayCollect && <u64>frontierStart() + size > threshold) {
    collect();
    block = allocateInHole(size);
    if (block) return block;
  }
  block = allocateAtFrontier(size);
  if (!block && mayCollect) {
    // Memory cannot grow any further: what a collection finds is all there is.
    collect();
    block = allocateInHole(size);
    if (!block) block = allocateAtFrontier(size);
  }
  if (!block) throw new Error("out of memory");
  return block;
}

function initialize(): void {
  frontier = heapStart();
  dirtyBelow = frontier;
  ownedEnd = pagesEnd();
  threshold = frontier + BUDGET;
}

/** Where a block cut at the frontier would start. */
@inline function frontierStart(): usize {
  return regionEnd == frontier ? cursor : frontier;
}

/** Gives up the region: untouched memory goes back, the rest of a hole waits for the next collection. */
function closeRegion(): void {
  if (regionEnd == frontier) frontier = cursor;
  else if (cursor < regionEnd) store<usize>(cursor, (regionEnd - cursor) | FREE);
  cursor = 0;
  regionEnd = 0;
}

function allocateInHole(size: usize): usize {
  if (size >= LARGE) return allocateInLargeHole(size);
  let hole = smallHoles;
  while (hole) {
    smallHoles = hole.next;
    if (sizeOf(hole.info) >= size) return openHole(hole, size);
    hole = smallHoles;
  }
  hole = largeHoles;
  if (!hole) return 0;
  largeHoles = hole.next;
  return openHole(hole, size);
}

/** Makes `hole` the region and cuts the first block from it. */
function openHole(hole: Hole, size: usize): usize {
  closeRegion();
  let block = changetype<usize>(hole);
  cursor = block + size;
  regionEnd = block + sizeOf(hole.info);
  return block;
}

/** Cuts a block from the first hole that is large enough; what remains of the hole stays a hole. */
function allocateInLargeHole(size: usize): usize {
  let previous: Hole | null = null;
  let hole = largeHoles;
  while (hole && sizeOf(hole.info) < size) {
    previous = hole;
    hole = hole.next;
  }
  if (!hole) return 0;
  let block = changetype<usize>(hole);
  let next = hole.next;
  let rest = sizeOf(hole.info) - size;
  if (rest) {
    let remainder = changetype<Hole>(block + size);
    remainder.info = rest | FREE;
    if (rest >= LARGE) {
      remainder.next = next;
      next = remainder;
    }
  }
  if (previous) previous.next = next;
  else largeHoles = next;
  return block;
}

/** A block of untouched memory, or 0 when memory cannot grow. */
function allocateAtFrontier(size: usize): usize {
  let block = frontierStart();
  if (<u64>block + size > ownedEnd) {
    if (pagesEnd() != ownedEnd) {
      skipForeignPages();
      block = frontier;
    }
    if (!grow(<u64>block + size)) return 0;
  }
  let end = block + size;
  if (regionEnd != frontier) {
    // A hole is still being filled; a large object does not end that.
    if (size >= LARGE) {
      frontier = end;
      return block;
    }
    closeRegion();
  }
  cursor = end;
  regionEnd = max(end, min(ownedEnd, threshold));
  frontier = regionEnd;
  return block;
}

/** Grows memory so that a block can end at `end`, which may lie behind the last address there is. */
function grow(end: u64): bool {
  let pages = memory.size();
  let needed = <i32>((end + BLOCK_OVERHEAD + 0xffff) >> 16) - pages;
  let wanted = max(needed, min(pages, GROWTH_PAGES));
  if (memory.grow(wanted) < 0 && (wanted == needed || memory.grow(needed) < 0)) return false;
  ownedEnd = pagesEnd();
  return true;
}

/** The program has grown memory itself: those pages become one raw block, and the frontier lies behind. */
function skipForeignPages(): void {
  closeRegion();
  ownedEnd = pagesEnd();
  let behind = ownedEnd + AL_MASK + 1;
  store<usize>(frontier, (behind - frontier) | RAW);
  frontier = behind;
}

function collect(): void {
  closeRegion();
  mark();
  let liveBefore = live;
  let unused = sweep();
  dirtyBelow = frontier;
  let heapSize = frontier - heapStart();
  let free = heapSize - live;
  let budget = max(BUDGET, live);
  let fresh = free < budget ? budget - free : 0;
  // Holes can be too small for what the program asks for. When little was allocated since the last
  // collection, new memory makes sure that the next one is further away.
  if (heapSize - unused - liveBefore < budget >> 2) fresh = max(fresh, budget >> 2);
  threshold = <usize>min<u64>(<u64>frontier + roundUp(fresh), LAST_END);
}

function mark(): void {
  __visit_globals(0);
  for (let slot = __stack_pointer; slot < __heap_base; slot += sizeof<usize>()) __visit(load<usize>(slot), 0);
  for (let ptr = pinned; ptr; ptr = blockOf(ptr).gcInfo2) __visit(ptr, 0);
  while (gray) {
    let ptr = gray;
    let block = blockOf(ptr);
    gray = block.gcInfo;
    if (ptr < __heap_base) {
      block.gcInfo = markedStatics;
      markedStatics = ptr;
    }
    __visit_members(ptr, 0);
  }
  while (markedStatics) {
    let block = blockOf(markedStatics);
    markedStatics = block.gcInfo;
    block.mmInfo &= ~MARKED;
  }
}

/** Turns runs of blocks nobody reached into holes. Returns the bytes that were free already. */
function sweep(): usize {
  let unused: usize = 0;
  live = 0;
  let lastSmall: Hole | null = null;
  let lastLarge: Hole | null = null;
  smallHoles = null;
  largeHoles = null;
  let at = heapStart();
  while (at < frontier) {
    let info = load<usize>(at);
    let size = sizeOf(info);
    if (info & (MARKED | PINNED | RAW)) {
      store<usize>(at, info & ~MARKED);
      live += size;
      at += size;
      continue;
    }
    let hole = changetype<Hole>(at);
    do {
      if (info & FREE) unused += size;
      else if (isDefined(__finalize)) __finalize(at + TOTAL_OVERHEAD);
      at += size;
      if (at >= frontier) break;
      info = load<usize>(at);
      size = sizeOf(info);
    } while (!(info & (MARKED | PINNED | RAW)));
    let holeSize = at - changetype<usize>(hole);
    hole.info = holeSize | FREE;
    hole.next = null;
    if (holeSize < LARGE) {
      if (lastSmall) lastSmall.next = hole;
      else smallHoles = hole;
      lastSmall = hole;
    } else {
      if (lastLarge) lastLarge.next = hole;
      else largeHoles = hole;
      lastLarge = hole;
    }
  }
  return unused;
}

@global @unsafe
export function __new(size: usize, id: i32): usize {
  if (size > OBJECT_MAXSIZE) throw new Error(E_ALLOCATION_TOO_LARGE);
  let blockSize = roundUp(size + TOTAL_OVERHEAD);
  let address = allocate(blockSize, true);
  let block = changetype<OBJECT>(address);
  block.mmInfo = blockSize;
  block.rtId = id;
  block.rtSize = <u32>size;
  let ptr = address + TOTAL_OVERHEAD;
  if (address < dirtyBelow) memory.fill(ptr, 0, size);
  return ptr;
}

@global @unsafe
export function __renew(oldPtr: usize, size: usize): usize {
  let block = blockOf(oldPtr);
  let oldSize = <usize>block.rtSize;
  if (oldPtr >= __heap_base && size <= OBJECT_MAXSIZE) {
    let address = changetype<usize>(block);
    let blockSize = sizeOf(block.mmInfo);
    if (size > blockSize - TOTAL_OVERHEAD && address + blockSize == cursor) {
      // The last block of the region: take what follows it, if there is enough.
      let wanted = roundUp(size + TOTAL_OVERHEAD);
      if (regionEnd - address >= wanted) {
        block.mmInfo = wanted | (block.mmInfo & FLAGS);
        blockSize = wanted;
        cursor = address + wanted;
      }
    }
    if (size <= blockSize - TOTAL_OVERHEAD) {
      if (size > oldSize) memory.fill(oldPtr + oldSize, 0, size - oldSize);
      block.rtSize = <u32>size;
      return oldPtr;
    }
  }
  // The old object stays as it is: references to it may still be on the stack.
  let newPtr = __new(size, block.rtId);
  memory.copy(newPtr, oldPtr, min(size, oldSize));
  return newPtr;
}

@global @unsafe
export function __link(parentPtr: usize, childPtr: usize, expectMultiple: bool): void {
  // Nothing moves between the phases of a collection, so nobody needs to know.
}

@global @unsafe
export function __visit(ptr: usize, cookie: u32): void {
  if (!ptr) return;
  let block = blockOf(ptr);
  let info = block.mmInfo;
  if (info & MARKED) return;
  let pointerFree = isPointerFree(block.rtId);
  // A static object is never swept; it needs a mark only so that it is scanned once.
  if (pointerFree && ptr < __heap_base) return;
  block.mmInfo = info | MARKED;
  if (pointerFree) return;
  block.gcInfo = gray;
  gray = ptr;
}

@global @unsafe
export function __pin(ptr: usize): usize {
  if (ptr) {
    let block = blockOf(ptr);
    if (block.mmInfo & PINNED) throw new Error(E_ALREADY_PINNED);
    block.mmInfo |= PINNED;
    block.gcInfo2 = pinned;
    pinned = ptr;
  }
  return ptr;
}

@global @unsafe
export function __unpin(ptr: usize): void {
  if (!ptr) return;
  let block = blockOf(ptr);
  if (!(block.mmInfo & PINNED)) throw new Error(E_NOT_PINNED);
  block.mmInfo &= ~PINNED;
  if (pinned == ptr) {
    pinned = block.gcInfo2;
    return;
  }
  let before = blockOf(pinned);
  while (<usize>before.gcInfo2 != ptr) before = blockOf(before.gcInfo2);
  before.gcInfo2 = block.gcInfo2;
}

@global @unsafe
export function __collect(): void {
  if (frontier) collect();
}

@global @unsafe
export function __alloc(size: usize): usize {
  if (size > BLOCK_MAXSIZE) throw new Error(E_ALLOCATION_TOO_LARGE);
  let blockSize = roundUp(size + BLOCK_OVERHEAD);
  let block = allocate(blockSize, false);
  store<usize>(block, blockSize | RAW);
  return block + BLOCK_OVERHEAD;
}

@global @unsafe
export function __realloc(ptr: usize, size: usize): usize {
  if (size > BLOCK_MAXSIZE) throw new Error(E_ALLOCATION_TOO_LARGE);
  let block = ptr - BLOCK_OVERHEAD;
  let blockSize = sizeOf(load<usize>(block));
  let wanted = roundUp(size + BLOCK_OVERHEAD);
  if (wanted <= blockSize) return ptr;
  if (block + blockSize == cursor && regionEnd - block >= wanted) {
    store<usize>(block, wanted | RAW);
    cursor = block + wanted;
    return ptr;
  }
  let newPtr = __alloc(size);
  memory.copy(newPtr, ptr, blockSize - BLOCK_OVERHEAD);
  __free(ptr);
  return newPtr;
}

@global @unsafe
export function __free(ptr: usize): void {
  // Reused after the next collection.
  let block = ptr - BLOCK_OVERHEAD;
  store<usize>(block, sizeOf(load<usize>(block)) | FREE);
}
