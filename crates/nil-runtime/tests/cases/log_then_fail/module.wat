(module
  (import "env" "console.log" (func $log (param i32)))
{{runtime}}
  (data (i32.const 64) "{{string:so far}}")
  (func $handle (export "handle") (param $input i32) (result i32)
    (call $log (i32.const 72)) unreachable))
