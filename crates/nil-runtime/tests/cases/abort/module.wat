(module
  (import "env" "abort" (func $abort (param i32 i32 i32 i32)))
{{runtime}}
  (data (i32.const 64) "{{string:boom: ü🦀}}") (data (i32.const 256) "{{string:index.ts}}")
  (func $handle (export "handle") (param $input i32) (result i32)
    (call $abort (i32.const 72) (i32.const 264) (i32.const 7) (i32.const 13)) unreachable))
