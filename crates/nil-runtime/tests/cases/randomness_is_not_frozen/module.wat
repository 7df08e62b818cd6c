(module
  (import "env" "seed" (func $host (result f64)))
  (memory (export "memory") 1)
  (global $set (mut i32) (i32.const 1))
  (start $start) (func $start (global.set $set (i32.const 7)) (drop (call $host)))
  (func (export "get") (result i32) (global.get $set)))
