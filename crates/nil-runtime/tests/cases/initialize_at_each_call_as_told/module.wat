(module (global $set (mut i32) (i32.const 1))
  (func (export "_initialize") (global.set $set (i32.add (global.get $set) (i32.const 1))))
  (func (export "get") (result i32) (global.get $set))
  (@custom "nil:abi" "{\"abi\":\"scalar\",\"export\":\"get\",\"result\":\"i32\",\"initialize\":\"at-each-call\"}"))
