(module
{{runtime}}
  (start $start)
  (func $start (loop $forever (br $forever)))
  (func (export "handle") (param i32) (result i32) (local.get 0)))
