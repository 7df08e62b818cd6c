;; {{name}}: gives its input back inside of an object, {"received": …}.
;;
;; The host asks `alloc` for room, writes the input there as JSON, and calls `handle`. What `handle` answers says
;; where the output is: the address in the upper 32 bits, the length in the lower ones.
(module
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 1024))
  (data (i32.const 16) "{\"received\":")

  ;; The next free bytes, with more memory where that is needed.
  (func $alloc (export "alloc") (param $length i32) (result i32)
    (local $address i32)
    (local $missing i32)
    (local.set $address (global.get $free))
    (global.set $free (i32.add (local.get $address) (local.get $length)))
    (local.set $missing
      (i32.sub
        (i32.shr_u (i32.add (global.get $free) (i32.const 65535)) (i32.const 16))
        (memory.size)))
    (if (i32.gt_s (local.get $missing) (i32.const 0))
      (then
        (if (i32.eq (memory.grow (local.get $missing)) (i32.const -1))
          (then unreachable))))
    (local.get $address))

  (func (export "handle") (param $input i32) (param $length i32) (result i64)
    (local $output i32)
    (local.set $output (call $alloc (i32.add (local.get $length) (i32.const 13))))
    (memory.copy (local.get $output) (i32.const 16) (i32.const 12))
    (memory.copy (i32.add (local.get $output) (i32.const 12)) (local.get $input) (local.get $length))
    (i32.store8 (i32.add (local.get $output) (i32.add (local.get $length) (i32.const 12))) (i32.const 125))
    (i64.or
      (i64.shl (i64.extend_i32_u (local.get $output)) (i64.const 32))
      (i64.extend_i32_u (i32.add (local.get $length) (i32.const 13))))))
