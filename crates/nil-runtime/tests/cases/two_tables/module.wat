(module (table 1 funcref) (table 1 funcref) (func (export "answer") (result i32) (i32.const 42)))
