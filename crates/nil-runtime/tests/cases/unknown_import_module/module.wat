(module (import "wasi_snapshot_preview0" "fd_write" (func (param i32 i32 i32 i32) (result i32))) (func (export "f") (result i32) (i32.const 1)))
