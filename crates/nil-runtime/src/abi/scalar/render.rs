//! WebAssembly numbers → JSON, exactly.

use wasmtime::Val;

use crate::{abi::Stop, detect::ScalarType};

/// No result is `null`, one a number, several a list.
pub(super) fn results(types: &[ScalarType], values: &[Val]) -> Result<String, Stop> {
    let mut texts = types.iter().zip(values).map(|(ty, value)| render(*ty, value));
    match types {
        [] => Ok("null".to_owned()),
        [_] => texts.next().unwrap_or_else(|| Ok("null".to_owned())),
        _ => Ok(format!("[{}]", texts.collect::<Result<Vec<_>, _>>()?.join(","))),
    }
}

fn render(ty: ScalarType, value: &Val) -> Result<String, Stop> {
    match *value {
        // Small integers travel in 32 bits whose upper part means nothing.
        Val::I32(bits) => Ok(match ty {
            ScalarType::I8 => (bits as i8).to_string(),
            ScalarType::I16 => (bits as i16).to_string(),
            ScalarType::U8 => (bits as u8).to_string(),
            ScalarType::U16 => (bits as u16).to_string(),
            ScalarType::U32 | ScalarType::Usize => (bits as u32).to_string(),
            ScalarType::Bool => (bits != 0).to_string(),
            _ => bits.to_string(),
        }),
        Val::I64(bits) if ty == ScalarType::U64 => Ok((bits as u64).to_string()),
        Val::I64(bits) => Ok(bits.to_string()),
        Val::F32(bits) => {
            let value = f32::from_bits(bits);
            finite(value.into())?;
            let plain = plain(value.abs().into());
            Ok(if plain { value.to_string() } else { format!("{value:e}") })
        }
        Val::F64(bits) => {
            let value = f64::from_bits(bits);
            finite(value)?;
            Ok(if plain(value.abs()) { value.to_string() } else { format!("{value:e}") })
        }
        // Not reachable: detection admits numbers only.
        _ => Err(Stop::contract("the function returned something that is not a number")),
    }
}

fn finite(value: f64) -> Result<(), Stop> {
    if value.is_finite() {
        return Ok(());
    }
    let name = if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    };
    Err(Stop::output(format!("the function returned {name}, which JSON cannot express")))
}

/// Whether JavaScript would write it without an exponent.
fn plain(magnitude: f64) -> bool {
    magnitude == 0.0 || (1e-7..1e21).contains(&magnitude)
}
