use wasmtime::ValRaw;

use super::{arguments, render};
use crate::{
    abi::Stop,
    detect::{Param, ScalarType},
    outcome::FailureKind,
};

fn param(name: &str, ty: ScalarType) -> Param {
    Param { name: Some(name.to_owned()).filter(|name| !name.is_empty()), ty }
}

fn one(ty: ScalarType, token: &str) -> Result<ValRaw, String> {
    let read = arguments::read(&[param("", ty)], &format!(r#"{{"args":[{token}]}}"#));
    read.map(|values| values[0]).map_err(reason)
}

fn reason(stop: Stop) -> String {
    match stop {
        Stop::Failure(FailureKind::InvalidInput { reason } | FailureKind::InvalidOutput { reason }) => reason,
        _ => panic!("another kind of failure"),
    }
}

#[test]
fn integers_are_exact_to_their_ends() {
    let i64s = [("9223372036854775807", i64::MAX), ("-9223372036854775808", i64::MIN), ("-0", 0)];
    for (token, expected) in i64s {
        assert_eq!(one(ScalarType::I64, token).map(|value| value.get_i64()), Ok(expected));
    }
    let maximum = one(ScalarType::U64, "18446744073709551615").map(|value| value.get_u64());
    assert_eq!(maximum, Ok(u64::MAX));
    let beyond = [
        (ScalarType::I64, "9223372036854775808"),
        (ScalarType::U64, "18446744073709551616"),
        (ScalarType::U64, "-1"),
        (ScalarType::I8, "128"),
        (ScalarType::I8, "-129"),
        (ScalarType::U16, "65536"),
        (ScalarType::Isize, "2147483648"),
        (ScalarType::Usize, "4294967296"),
        (ScalarType::I32, "1000000000000000000000000000000000000000000000000000000000000"),
    ];
    for (ty, token) in beyond {
        let reason = one(ty, token).map(|_| ()).expect_err("out of range");
        assert!(reason.contains("parameter 1 is out of range for"), "{reason}");
    }
}

#[test]
fn other_kinds_of_values_are_named() {
    for (ty, token, expected) in [
        (ScalarType::I32, "2.0", "must be a whole number of type i32, not 2.0"),
        (ScalarType::I32, "1e3", "must be a whole number of type i32, not 1e3"),
        (ScalarType::I32, "true", "must be i32, not true"),
        (ScalarType::I32, "null", "must be i32, not null"),
        (ScalarType::F64, "\"NaN\"", "must be f64, not \"NaN\""),
        (ScalarType::F64, "[1]", "must be f64, not [1]"),
        (ScalarType::Bool, "1", "must be bool, not 1"),
        (ScalarType::F32, "1e39", "is out of range for f32: 1e39"),
    ] {
        let reason = one(ty, token).map(|_| ()).expect_err("not of the type");
        assert!(reason.contains(expected), "{reason}");
    }
}

#[test]
fn floats_are_the_nearest() {
    assert_eq!(one(ScalarType::F64, "0.1").map(|value| f64::from_bits(value.get_f64())), Ok(0.1));
    // Rounding through f64 first would give another f32.
    let token = "1.00000017881393421514957253748434595763683319091796875001";
    assert_eq!(one(ScalarType::F32, token).map(|value| f32::from_bits(value.get_f32())), Ok(1.000_000_1));
    assert_eq!(one(ScalarType::F64, "3").map(|value| f64::from_bits(value.get_f64())), Ok(3.0));
}

#[test]
fn a_parameter_may_be_called_args() {
    let params = [param("args", ScalarType::I32)];
    for input in [r#"{"args":5}"#, r#"{"args":[5]}"#, r#"{"args":4,"args":5}"#] {
        let values = arguments::read(&params, input).map_err(reason).expect("one argument");
        assert_eq!(values[0].get_i32(), 5, "{input}");
    }
}

#[test]
fn a_function_without_parameters_takes_nothing() {
    for input in ["{}", r#"{"args":[]}"#] {
        assert!(arguments::read(&[], input).map_err(reason).expect("no argument").is_empty());
    }
    let extra = arguments::read(&[], r#"{"a":1}"#).map_err(reason).expect_err("one too many");
    assert_eq!(extra, "there is no parameter `a`; the function expects {\"args\":[]}");
}

#[test]
fn results_are_written_as_javascript_would() {
    let f64s = [
        (0.1, "0.1"),
        (5.0, "5"),
        (-0.0, "-0"),
        (1e21, "1e21"),
        (1e20, "100000000000000000000"),
        (1e-7, "0.0000001"),
        (5e-324, "5e-324"),
        (f64::MAX, "1.7976931348623157e308"),
    ];
    for (value, expected) in f64s {
        let text = render::results(&[ScalarType::F64], &[ValRaw::f64(value.to_bits())]).map_err(reason);
        assert_eq!(text.as_deref(), Ok(expected));
        assert_eq!(serde_json::from_str::<f64>(expected).expect("valid JSON"), value);
    }
    let small = [
        (ScalarType::I8, "-1"),
        (ScalarType::U8, "255"),
        (ScalarType::I16, "255"),
        (ScalarType::U32, "4294902015"),
        (ScalarType::I32, "-65281"),
        (ScalarType::Bool, "true"),
    ];
    for (ty, expected) in small {
        let text = render::results(&[ty], &[ValRaw::i32(0xffff_00ff_u32 as i32)]).map_err(reason);
        assert_eq!(text.as_deref(), Ok(expected), "{ty}");
    }
}
