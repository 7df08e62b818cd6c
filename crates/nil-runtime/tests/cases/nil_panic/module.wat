(module
  (import "nil" "panic" (func $panic (param i32 i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "index out of bounds") (data (i32.const 128) "index.rs")
  (func (export "alloc") (param i32) (result i32) (i32.const 4096))
  (func $work (call $panic (i32.const 64) (i32.const 19) (i32.const 128) (i32.const 8) (i32.const 7) (i32.const 13)))
  (func $handle (export "handle") (param i32 i32) (result i64) (call $work) (i64.const 0)))
