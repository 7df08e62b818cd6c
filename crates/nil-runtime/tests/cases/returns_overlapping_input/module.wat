(module
{{runtime}}
  (func $handle (export "handle") (param $input i32) (result i32)
    (i32.store (i32.add (local.get $input) (i32.const 0)) (i32.const 2)) (i32.store (i32.add (local.get $input) (i32.const 4)) (i32.const 4)) (i32.add (local.get $input) (i32.const 8))))
