(module
  (memory (export "memory") 1 2)
  (func (export "grow") (result i32)
    (if (i32.eq (memory.grow (i32.const 5)) (i32.const -1)) (then unreachable)) (memory.size)))
