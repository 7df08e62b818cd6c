//! `JSMath`: JavaScript's `Math`, where it differs from Rust's `f64` methods in JavaScript's way.

use wasmtime::{Linker, Result};

use super::{HostState, catalog::MODULE};

/// Defines every `Math.*` but `Math.random`.
pub(super) fn link(linker: &mut Linker<HostState>) -> Result<()> {
    type Unary = (&'static str, fn(f64) -> f64);
    type Binary = (&'static str, fn(f64, f64) -> f64);
    const UNARY: &[Unary] = &[
        ("Math.abs", f64::abs),
        ("Math.acos", f64::acos),
        ("Math.acosh", f64::acosh),
        ("Math.asin", f64::asin),
        ("Math.asinh", f64::asinh),
        ("Math.atan", f64::atan),
        ("Math.atanh", f64::atanh),
        ("Math.cbrt", f64::cbrt),
        ("Math.ceil", f64::ceil),
        ("Math.clz32", |x| f64::from(to_int32(x).leading_zeros())),
        ("Math.cos", f64::cos),
        ("Math.cosh", f64::cosh),
        ("Math.exp", f64::exp),
        ("Math.expm1", f64::exp_m1),
        ("Math.floor", f64::floor),
        ("Math.log", f64::ln),
        ("Math.log10", f64::log10),
        ("Math.log1p", f64::ln_1p),
        ("Math.log2", f64::log2),
        ("Math.round", round),
        ("Math.sign", |x| if x == 0.0 || x.is_nan() { x } else { x.signum() }),
        ("Math.sin", f64::sin),
        ("Math.sinh", f64::sinh),
        ("Math.sqrt", f64::sqrt),
        ("Math.tan", f64::tan),
        ("Math.tanh", f64::tanh),
        ("Math.trunc", f64::trunc),
    ];
    const BINARY: &[Binary] = &[
        ("Math.atan2", f64::atan2),
        ("Math.hypot", f64::hypot),
        ("Math.imul", |a, b| f64::from(to_int32(a).wrapping_mul(to_int32(b)))),
        ("Math.max", max),
        ("Math.min", |a, b| -max(-a, -b)),
        ("Math.pow", pow),
    ];
    for (name, function) in UNARY {
        linker.func_wrap(MODULE, name, *function)?;
    }
    for (name, function) in BINARY {
        linker.func_wrap(MODULE, name, *function)?;
    }
    linker.func_wrap(MODULE, "Math.fround", |x: f64| x as f32)?;
    Ok(())
}

/// ECMAScript's ToInt32: modulo 2^32, not saturating.
fn to_int32(x: f64) -> i32 {
    if !x.is_finite() {
        return 0;
    }
    (x.trunc() % 4_294_967_296.0) as i64 as i32
}

/// Halves go up, towards positive infinity; the sign of zero stays.
fn round(x: f64) -> f64 {
    let below = x.floor();
    (if x - below >= 0.5 { below + 1.0 } else { below }).copysign(x)
}

/// NaN wins, and 0 is larger than -0.
fn max(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() {
        f64::NAN
    } else if a == b {
        if a.is_sign_negative() { b } else { a }
    } else if a > b {
        a
    } else {
        b
    }
}

/// C and JavaScript differ for a base of ±1: with a NaN or infinite exponent JavaScript says NaN.
fn pow(base: f64, exponent: f64) -> f64 {
    if base.abs() == 1.0 && !exponent.is_finite() { f64::NAN } else { base.powf(exponent) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_javascript_s() {
        assert_eq!(round(2.5), 3.0);
        assert_eq!(round(-2.5), -2.0);
        assert_eq!(round(0.499_999_999_999_999_94), 0.0);
        assert!(round(-0.2).is_sign_negative());
        assert!(round(f64::NAN).is_nan());
    }

    #[test]
    fn integers_wrap_modulo_two_to_the_32() {
        assert_eq!(to_int32(4_294_967_297.0), 1);
        assert_eq!(to_int32(-1.5), -1);
        assert_eq!(to_int32(2_147_483_648.0), i32::MIN);
        assert_eq!(to_int32(f64::INFINITY), 0);
    }

    #[test]
    fn extremes_know_nan_and_the_sign_of_zero() {
        assert!(max(f64::NAN, 1.0).is_nan());
        assert!(max(-0.0, 0.0).is_sign_positive());
        assert!((-max(-0.0, 0.0)).is_sign_negative());
        assert!(pow(1.0, f64::INFINITY).is_nan());
        assert_eq!(pow(2.0, 10.0), 1024.0);
    }
}
