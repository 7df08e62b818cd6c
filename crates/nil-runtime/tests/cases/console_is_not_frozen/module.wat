(module
  (import "env" "console.log" (func $host (param i32)))
  (memory (export "memory") 1)
  (global $set (mut i32) (i32.const 1))
  (start $start) (func $start (global.set $set (i32.const 7)) (call $host (i32.const 0)))
  (func (export "get") (result i32) (global.get $set)))
