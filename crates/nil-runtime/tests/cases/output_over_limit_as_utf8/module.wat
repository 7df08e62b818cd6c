(module
{{runtime}}
  (func $handle (export "handle") (param $input i32) (result i32)
    (local $p i32) (local $i i32)
    (local.set $p (call $new (i32.const 800) (i32.const 2)))
    (loop $fill (i32.store16 (i32.add (local.get $p) (i32.shl (local.get $i) (i32.const 1))) (i32.const 0x8a9e))
      (br_if $fill (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 400))))
    (local.get $p)))
