(module
{{runtime}}
  (func $inner (result i32) unreachable)
  (func $handle (export "handle") (param $input i32) (result i32)
    (call $inner)))
