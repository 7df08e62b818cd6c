(module
  (import "nil" "fail" (func $fail (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "cannot divide: ü🦀")
  (func (export "alloc") (param i32) (result i32) (i32.const 4096))
  (func (export "handle") (param i32 i32) (result i64)
    (call $fail (i32.const 64) (i32.const 21)) (i64.const 0)))
