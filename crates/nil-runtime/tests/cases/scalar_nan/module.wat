(module (func (export "f") (result f64) (f64.div (f64.const 0) (f64.const 0))))
