(module
{{runtime}}
  (func $handle (export "handle") (param $input i32) (result i32)
    (i32.store (i32.const 1000) (i32.const 2)) (i32.store (i32.const 1004) (i32.const -1)) (i32.const 1008)))
