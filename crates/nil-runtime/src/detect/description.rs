//! The outcome of detection: what to call and how its parameters and results look. Data only.

use std::{fmt, str::FromStr};

use nil_core::Abi;
use serde::{Deserialize, Serialize};
use wasmparser::ValType;

/// How a function is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbiDescription {
    /// The calling convention.
    pub abi: Abi,
    /// The exported function that is called.
    pub export: String,
    /// Its parameters, in order; empty for [`Abi::AssemblyScript`], whose one parameter is the input.
    #[serde(default)]
    pub params: Vec<Param>,
    /// Its results: none is `null`, one a number, several an array.
    #[serde(default)]
    pub results: Vec<ScalarType>,
    /// The source language, where the toolchain recorded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// One parameter of a scalar function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Param {
    /// Its name, where the module has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: ScalarType,
}

/// The numeric types of AssemblyScript, by AssemblyScript's names. Without a `nil:abi` section a module has
/// only `i32`, `i64`, `f32` and `f64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ScalarType {
    I8,
    I16,
    I32,
    I64,
    Isize,
    U8,
    U16,
    U32,
    U64,
    Usize,
    Bool,
    F32,
    F64,
}

impl ScalarType {
    const ALL: [Self; 13] = [
        Self::I8,
        Self::I16,
        Self::I32,
        Self::I64,
        Self::Isize,
        Self::U8,
        Self::U16,
        Self::U32,
        Self::U64,
        Self::Usize,
        Self::Bool,
        Self::F32,
        Self::F64,
    ];

    /// The name in sources and messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::Isize => "isize",
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::Usize => "usize",
            Self::Bool => "bool",
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }

    /// How WebAssembly holds it.
    pub(crate) fn wasm(self) -> ValType {
        match self {
            Self::I64 | Self::U64 => ValType::I64,
            Self::F32 => ValType::F32,
            Self::F64 => ValType::F64,
            _ => ValType::I32,
        }
    }

    /// The plain reading of a WebAssembly type; `None` for vectors and references.
    pub(crate) fn of(ty: ValType) -> Option<Self> {
        match ty {
            ValType::I32 => Some(Self::I32),
            ValType::I64 => Some(Self::I64),
            ValType::F32 => Some(Self::F32),
            ValType::F64 => Some(Self::F64),
            ValType::V128 | ValType::Ref(_) => None,
        }
    }
}

impl fmt::Display for ScalarType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ScalarType {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|ty| ty.as_str() == text).ok_or(())
    }
}
