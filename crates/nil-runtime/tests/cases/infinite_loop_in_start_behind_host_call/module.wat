(module
  (import "env" "Date.now" (func $now (result f64)))
{{runtime}}
  (start $start)
  (func $start (drop (call $now)) (loop $forever (br $forever)))
  (func (export "handle") (param i32) (result i32) (local.get 0)))
