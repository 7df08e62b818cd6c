(module (func (export "add") (param i32 i32) (result i32) (i32.const 1)) (@custom "nil:abi" "{\"abi\":\"scalar\",\"export\":\"add\",\"types\":[\"i64\",\"i64\"],\"result\":\"i64\"}"))
