(module (func (export "f") (param $a i32) (param f64) (result i32) (local.get 0)))
