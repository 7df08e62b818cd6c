(module (func (export "f") (param i32) (result i32) (local.get 0)) (@custom "nil:abi" "{\"abi\":\"scalar\",\"export\":\"f\",\"params\":[\"age\"],\"types\":[\"u8\"],\"result\":\"u8\"}"))
