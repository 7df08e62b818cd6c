(module
  (import "env" "console.log" (func $log (param i32)))
{{runtime}}
  (func $handle (export "handle") (param $input i32) (result i32)
    (call $log (i32.const -8)) (local.get $input)))
