(module
  (import "env" "Date.now" (func $now (result f64))) (import "env" "performance.now" (func $perf (result f64)))
  (import "env" "Math.random" (func $random (result f64))) (import "env" "seed" (func $seed (result f64)))
  (func (export "all") (result f64 f64 f64 f64) (call $now) (call $perf) (call $random) (call $seed)))
