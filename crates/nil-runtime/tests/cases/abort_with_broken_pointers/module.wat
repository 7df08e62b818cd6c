(module
  (import "env" "abort" (func $abort (param i32 i32 i32 i32)))
{{runtime}}
  (func $handle (export "handle") (param $input i32) (result i32)
    (call $abort (i32.const -4) (i32.const 3) (i32.const 1) (i32.const 2)) unreachable))
