(module
{{runtime}}
  (func $handle (export "handle") (param $input i32) (result i32)
    (i32.store16 offset=8 (local.get $input) (i32.const 0xd800)) (local.get $input)))
