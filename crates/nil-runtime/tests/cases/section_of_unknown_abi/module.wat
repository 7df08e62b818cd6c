(module (func (export "add") (param i32 i32) (result i32) (i32.const 1)) (@custom "nil:abi" "{\"abi\":\"morse\",\"export\":\"add\"}"))
