(module (import "env" "Math.E" (global $e f64)) (func (export "e") (result f64) (global.get $e)))
