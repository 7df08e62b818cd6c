(module
  (import "wasi:http/outgoing-handler@0.2.0" "handle" (func (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "_start")))
