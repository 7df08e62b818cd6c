(module
  (import "nil" "env_get_utf16" (func $env (param i32 i32 i32) (result i32)))
{{runtime}}
  (data (i32.const 64) "{{string:NAME}}")
  (func $handle (export "handle") (param $input i32) (result i32)
    (local $units i32) (local $value i32)
    (local.set $units (call $env (i32.const 72) (i32.const 0) (i32.const 0)))
    (local.set $value (call $new (i32.shl (local.get $units) (i32.const 1)) (i32.const 2)))
    (drop (call $env (i32.const 72) (local.get $value) (local.get $units)))
    (local.get $value)))
