(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  ;; A number on standard output, in decimal, with a comma behind it.
  (func $number (param $n i32)
    (local $at i32)
    (local.set $at (i32.const 63))
    (i32.store8 (i32.const 63) (i32.const 44))
    (loop $digit
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
      (br_if $digit (local.tee $n (i32.div_u (local.get $n) (i32.const 10)))))
    (call $say (i32.const 1) (local.get $at) (i32.sub (i32.const 64) (local.get $at))))
  (func $say (param $fd i32) (param $from i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $from))
    (i32.store (i32.const 4) (local.get $length))
    (drop (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func (export "_start")
    (loop $l (br $l))))
