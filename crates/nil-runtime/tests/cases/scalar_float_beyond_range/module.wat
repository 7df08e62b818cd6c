(module (func (export "f") (param f64) (result f64) (local.get 0)))
