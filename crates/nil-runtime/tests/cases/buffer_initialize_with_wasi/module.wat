(module
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 4096))
  (func $alloc (export "alloc") (param $length i32) (result i32)
    (global.get $free)
    (global.set $free (i32.add (global.get $free) (local.get $length))))
  (func (export "_initialize") (drop (call $sizes (i32.const 16) (i32.const 20))) (i32.store8 (i32.const 32) (i32.const 55)))
  (func (export "handle") (param $p i32) (param $n i32) (result i64) (i64.const 0x0000002000000001)))
