(module (import "wasi_snapshot_preview1" "exec" (func)) (memory (export "memory") 1) (func (export "_start")))
