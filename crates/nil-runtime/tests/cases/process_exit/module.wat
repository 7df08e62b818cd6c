(module
  (import "env" "process.exit" (func $exit (param i32)))
{{runtime}}
  (func $handle (export "handle") (param $input i32) (result i32)
    (call $exit (i32.const 0)) (call $decimal (i32.const 1))))
