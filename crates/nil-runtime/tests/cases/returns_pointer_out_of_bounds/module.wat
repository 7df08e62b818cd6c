(module
{{runtime}}
  (func $handle (export "handle") (param $input i32) (result i32)
    (i32.const -16)))
