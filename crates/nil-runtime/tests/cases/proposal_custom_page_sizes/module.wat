(module (memory 1 (pagesize 1)) (func (export "f") (result i32) (i32.const 1)))
