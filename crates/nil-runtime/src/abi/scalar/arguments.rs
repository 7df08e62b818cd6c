//! JSON → WebAssembly numbers, from the digits as written: no detour through a float loses a bit of an `i64`.

use std::{borrow::Cow, fmt};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use wasmtime::ValRaw;

use crate::{
    abi::Stop,
    detect::{Param, ScalarType},
    shown::shown,
};

/// Parameters listed in a message at most.
const MAX_LISTED: usize = 20;

/// The arguments in `input`: `{"args": [1, 2]}`, or an object by parameter name where parameters have names.
pub(super) fn read(params: &[Param], input: &str) -> Result<Vec<ValRaw>, Stop> {
    let wrong = |what: String| Stop::input(format!("{what}; the function expects {}", shape(params)));
    let object: Object<'_> =
        serde_json::from_str(input).map_err(|error| wrong(format!("the input is not a JSON object ({error})")))?;
    let values = match positional(&object, params) {
        Some(list) => {
            let values: Vec<&RawValue> =
                serde_json::from_str(list.get()).map_err(|error| wrong(format!("`args` is not a list ({error})")))?;
            if values.len() != params.len() {
                return Err(wrong(format!("`args` has {} values, not {}", values.len(), params.len())));
            }
            values
        }
        None => by_name(&object, params).map_err(wrong)?,
    };
    let convert = |(index, (param, value)): (usize, (&Param, &RawValue))| {
        number(param.ty, value.get()).map_err(|reason| wrong(format!("{} {reason}", place(index, param))))
    };
    params.iter().zip(values).enumerate().map(convert).collect()
}

/// The list under `args`, unless the function itself has a parameter of that name and gets no list for it.
fn positional<'a>(object: &Object<'a>, params: &[Param]) -> Option<&'a RawValue> {
    let [(key, value)] = &object.0[..] else { return None };
    let is_parameter = params.iter().any(|param| param.name.as_deref() == Some("args"));
    (key == "args" && (!is_parameter || value.get().starts_with('['))).then_some(*value)
}

fn by_name<'a>(object: &Object<'a>, params: &[Param]) -> Result<Vec<&'a RawValue>, String> {
    let known = |key: &str| params.iter().any(|param| param.name.as_deref() == Some(key));
    if let Some((key, _)) = object.0.iter().find(|(key, _)| !known(key)) {
        return Err(format!("there is no parameter `{}`", shown(key)));
    }
    let find = |(index, param): (usize, &Param)| {
        let name = param.name.as_deref();
        // The last one wins, as in JavaScript.
        let value = object.0.iter().rev().find(|(key, _)| Some(key.as_ref()) == name).map(|(_, value)| *value);
        value.ok_or_else(|| format!("{} is missing", place(index, param)))
    };
    params.iter().enumerate().map(find).collect()
}

/// One JSON token as a number of type `ty`.
fn number(ty: ScalarType, token: &str) -> Result<ValRaw, String> {
    let mismatch = || format!("must be {ty}, not {}", shown(token));
    match ty {
        ScalarType::Bool => match token {
            "true" => Ok(ValRaw::i32(1)),
            "false" => Ok(ValRaw::i32(0)),
            _ => Err(mismatch()),
        },
        _ if !token.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => Err(mismatch()),
        ScalarType::F32 => match token.parse::<f32>() {
            Ok(value) if value.is_finite() => Ok(ValRaw::f32(value.to_bits())),
            _ => Err(format!("is out of range for f32: {}", shown(token))),
        },
        ScalarType::F64 => match token.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(ValRaw::f64(value.to_bits())),
            _ => Err(format!("is out of range for f64: {}", shown(token))),
        },
        _ => integer(ty, token),
    }
}

fn integer(ty: ScalarType, token: &str) -> Result<ValRaw, String> {
    if token.contains(['.', 'e', 'E']) {
        return Err(format!("must be a whole number of type {ty}, not {}", shown(token)));
    }
    let (least, most) = range(ty);
    // A token beyond i128 is a valid JSON number all the same, and certainly out of range.
    let value = token.parse::<i128>().ok().filter(|value| (least..=most).contains(value));
    let value = value.ok_or_else(|| format!("is out of range for {ty} ({least} to {most}): {}", shown(token)))?;
    // Truncation keeps the bits: u64 and u32 travel in i64 and i32.
    Ok(match ty {
        ScalarType::I64 | ScalarType::U64 => ValRaw::i64(value as i64),
        _ => ValRaw::i32(value as i32),
    })
}

fn range(ty: ScalarType) -> (i128, i128) {
    match ty {
        ScalarType::I8 => (i8::MIN.into(), i8::MAX.into()),
        ScalarType::I16 => (i16::MIN.into(), i16::MAX.into()),
        ScalarType::I64 => (i64::MIN.into(), i64::MAX.into()),
        ScalarType::U8 => (0, u8::MAX.into()),
        ScalarType::U16 => (0, u16::MAX.into()),
        ScalarType::U32 | ScalarType::Usize => (0, u32::MAX.into()),
        ScalarType::U64 => (0, u64::MAX.into()),
        _ => (i32::MIN.into(), i32::MAX.into()),
    }
}

/// The call as it should look: `{"args":[a: i32, b: i32]}`.
fn shape(params: &[Param]) -> String {
    let list = params.iter().take(MAX_LISTED).map(|param| match &param.name {
        Some(name) => format!("{}: {}", shown(name), param.ty),
        None => param.ty.to_string(),
    });
    let more = if params.len() > MAX_LISTED { ", …" } else { "" };
    format!("{{\"args\":[{}{more}]}}", list.collect::<Vec<_>>().join(", "))
}

fn place(index: usize, param: &Param) -> String {
    match &param.name {
        Some(name) => format!("parameter {} (`{}`)", index + 1, shown(name)),
        None => format!("parameter {}", index + 1),
    }
}

/// A JSON object with its values as written, in order.
struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    entries.push((entry.0.0, entry.1));
                }
                Ok(Object(entries))
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

/// A key, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
