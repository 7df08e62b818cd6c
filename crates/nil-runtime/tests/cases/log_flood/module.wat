(module
  (import "env" "console.log" (func $log (param i32)))
{{runtime}}
  (func $handle (export "handle") (param $input i32) (result i32)
    (local $p i32) (local $i i32)
    (local.set $p (call $new (i32.const 2000000) (i32.const 2)))
    (loop $fill (i32.store16 (i32.add (local.get $p) (i32.shl (local.get $i) (i32.const 1))) (i32.const 120))
      (br_if $fill (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000000))))
    (local.set $i (i32.const 0))
    (loop $flood (call $log (local.get $p))
      (br_if $flood (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))
    (local.get $input)))
