(module (table 2 funcref) (type $wanted (func (result i32)))
  (func (export "call") (param i32) (result i32) (call_indirect (type $wanted) (local.get 0))))
