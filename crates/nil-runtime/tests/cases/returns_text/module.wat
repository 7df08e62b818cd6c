(module
{{runtime}}
  (data (i32.const 64) "{{string:hello}}")
  (func $handle (export "handle") (param $input i32) (result i32)
    (i32.const 72)))
