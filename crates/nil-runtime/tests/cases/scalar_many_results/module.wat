(module (func (export "f") (result i32 i64 f64) (i32.const 1) (i64.const 2) (f64.const 2.5)))
