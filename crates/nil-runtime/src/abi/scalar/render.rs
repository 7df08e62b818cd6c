//! WebAssembly numbers → JSON, exactly.

use wasmtime::ValRaw;

use crate::{abi::Stop, detect::ScalarType};

/// No result is `null`, one a number, several a list.
pub(super) fn results(types: &[ScalarType], values: &[ValRaw]) -> Result<String, Stop> {
    let mut texts = types.iter().zip(values).map(|(ty, value)| render(*ty, value));
    match types {
        [] => Ok("null".to_owned()),
        [_] => texts.next().unwrap_or_else(|| Ok("null".to_owned())),
        _ => Ok(format!("[{}]", texts.collect::<Result<Vec<_>, _>>()?.join(","))),
    }
}

/// Small integers travel in 32 bits whose upper part means nothing.
fn render(ty: ScalarType, value: &ValRaw) -> Result<String, Stop> {
    Ok(match ty {
        ScalarType::I8 => (value.get_i32() as i8).to_string(),
        ScalarType::I16 => (value.get_i32() as i16).to_string(),
        ScalarType::I32 | ScalarType::Isize => value.get_i32().to_string(),
        ScalarType::U8 => (value.get_u32() as u8).to_string(),
        ScalarType::U16 => (value.get_u32() as u16).to_string(),
        ScalarType::U32 | ScalarType::Usize => value.get_u32().to_string(),
        ScalarType::I64 => value.get_i64().to_string(),
        ScalarType::U64 => value.get_u64().to_string(),
        ScalarType::Bool => (value.get_i32() != 0).to_string(),
        ScalarType::F32 => {
            let value = f32::from_bits(value.get_f32());
            finite(value.into())?;
            if plain(value.into()) { value.to_string() } else { format!("{value:e}") }
        }
        ScalarType::F64 => {
            let value = f64::from_bits(value.get_f64());
            finite(value)?;
            if plain(value) { value.to_string() } else { format!("{value:e}") }
        }
    })
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
fn plain(value: f64) -> bool {
    value == 0.0 || (1e-7..1e21).contains(&value.abs())
}
