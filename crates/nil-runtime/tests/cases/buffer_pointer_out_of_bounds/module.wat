(module
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 4096))
  (func $alloc (export "alloc") (param $length i32) (result i32)
    (global.get $free)
    (global.set $free (i32.add (global.get $free) (local.get $length))))
  (func (export "handle") (param $p i32) (param $n i32) (result i64)
    (i64.const 0xfffffff000000004)))
