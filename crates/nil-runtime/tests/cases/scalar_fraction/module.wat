(module (func (export "f") (param $n i32) (result i32) (local.get 0)))
