(module
  (import "env" "abort" (func $abort (param i32 i32 i32 i32)))
{{runtime}}
  (data (i32.const 64) "{{string:no luck}}") (data (i32.const 256) "{{string:index.ts}}")
  (start $start) (func $start (call $abort (i32.const 72) (i32.const 264) (i32.const 3) (i32.const 9)) unreachable)
  (func (export "handle") (param i32) (result i32) (local.get 0)))
