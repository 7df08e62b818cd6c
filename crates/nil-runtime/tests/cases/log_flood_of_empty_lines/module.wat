(module
  (import "env" "console.log" (func $log (param i32)))
{{runtime}}
  (data (i32.const 64) "{{string:}}")
  (func $handle (export "handle") (param $input i32) (result i32)
    (local $i i32)
    (loop $flood (call $log (i32.const 72))
      (br_if $flood (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 50000))))
    (local.get $input)))
