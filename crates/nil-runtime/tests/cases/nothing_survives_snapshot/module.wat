(module
{{runtime}}
  (global $count (mut i32) (i32.const 0))
  (func $start (drop (memory.grow (i32.const 8))) (global.set $count (i32.const 5)) (i32.store (i32.const 200000) (i32.const 6)))
  (start $start)
  (func $handle (export "handle") (param $input i32) (result i32)
    (local $found i32)
    (local.set $found (i32.add (i32.load (i32.const 200000)) (global.get $count)))
    (i32.store (i32.const 200000) (i32.const 1000))
    (global.set $count (i32.const 1000))
    (call $decimal (local.get $found))))
