(module (table 2 funcref) (type $wanted (func (result i32))) (elem (i32.const 0) $other)
  (func $other (param i64))
  (func (export "call") (param i32) (result i32) (call_indirect (type $wanted) (local.get 0))))
