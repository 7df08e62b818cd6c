(module (func (export "f") (param $a i32) (result i32) (local.get 0)))
