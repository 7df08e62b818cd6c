(module (tag $e) (func (export "f") (result i32) (throw $e)))
