;; AssemblyScript's string ABI in its smallest form: a bump allocator and a handle that gives its input back.
(module
  (import "env" "abort" (func $abort (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (global $top (mut i32) (i32.const 1024))
  (func $new (export "__new") (param $size i32) (param $id i32) (result i32)
    (local $pointer i32)
    (local.set $pointer (i32.add (global.get $top) (i32.const 16)))
    (global.set $top (i32.and (i32.add (i32.add (local.get $pointer) (local.get $size)) (i32.const 15)) (i32.const -16)))
    (block $fits
      (br_if $fits (i32.le_u (global.get $top) (i32.shl (memory.size) (i32.const 16))))
      (br_if $fits (i32.ge_s
        (memory.grow (i32.shr_u (i32.add (i32.sub (global.get $top) (i32.shl (memory.size) (i32.const 16))) (i32.const 65535)) (i32.const 16)))
        (i32.const 0)))
      unreachable)
    (i32.store (i32.sub (local.get $pointer) (i32.const 8)) (local.get $id))
    (i32.store (i32.sub (local.get $pointer) (i32.const 4)) (local.get $size))
    (local.get $pointer))
  (func (export "__pin") (param i32) (result i32) (local.get 0))
  (func (export "__unpin") (param i32))
  (func (export "__collect"))
  (func (export "handle") (param i32) (result i32) (local.get 0)))
