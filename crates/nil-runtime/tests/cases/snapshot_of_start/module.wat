(module
{{runtime}}
  (global $set (mut i32) (i32.const 1))
  (start $start) (func $start (global.set $set (i32.const 40)) (i32.store (i32.const 500) (i32.const 2)))
  (func $handle (export "handle") (param $input i32) (result i32)
    (call $decimal (i32.add (global.get $set) (i32.load (i32.const 500))))))
