(module
  (import "env" "console.log" (func $log (param i32)))
{{runtime}}
  (data (i32.const 64) "{{string:starting}}")
  (start $start)
  (func $start (call $log (i32.const 72)))
  (func (export "handle") (param i32) (result i32) (local.get 0)))
