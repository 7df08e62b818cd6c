(module
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $get (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 4096))
  (func $alloc (export "alloc") (param $length i32) (result i32)
    (global.get $free)
    (global.set $free (i32.add (global.get $free) (local.get $length))))
  (func (export "_initialize")
    (drop (call $sizes (i32.const 16) (i32.const 20)))
    (drop (call $get (i32.const 32) (i32.const 64))))
  ;; The first entry without its NUL: where it starts is at 32, how long all are at 20.
  (func (export "handle") (param $p i32) (param $n i32) (result i64)
    (i64.or
      (i64.shl (i64.extend_i32_u (i32.load (i32.const 32))) (i64.const 32))
      (i64.extend_i32_u (i32.sub (i32.load (i32.const 20)) (i32.const 1))))))
