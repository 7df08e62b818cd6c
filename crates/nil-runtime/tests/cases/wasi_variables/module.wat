(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (drop (call $environ_sizes_get (i32.const 16) (i32.const 20)))
    ;; Where the pointers begin, a word before them is free for the count.
    (drop (call $environ_get (i32.const 512) (i32.const 1024)))
    (i32.store8 (i32.const 1023) (i32.load (i32.const 16)))
    ;; One byte for the count, then the text as the first pointer has it.
    (i32.store (i32.const 0) (i32.sub (i32.load (i32.const 512)) (i32.const 1)))
    (i32.store (i32.const 4) (i32.add (i32.load (i32.const 20)) (i32.const 1)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
