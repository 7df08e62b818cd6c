//! A JavaScript value as the engine holds it: 64 bits, the upper half a tag (QuickJS's NaN boxing on 32 bits).

use serde::{Deserialize, Serialize};

/// Bits of a value; objects are addresses in the guest's memory and mean something only there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Value(pub u64);

impl Value {
    /// `JS_UNDEFINED`.
    pub(crate) const UNDEFINED: Self = Self(3 << 32);
    /// `JS_TRUE`.
    pub(crate) const TRUE: Self = Self((1 << 32) | 1);
    /// `JS_EXCEPTION`: the exception itself is in the context.
    pub(crate) const EXCEPTION: Self = Self(6 << 32);

    const OBJECT_TAG: u32 = -1_i32 as u32;
    const MODULE_TAG: u32 = -3_i32 as u32;

    fn tag(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The address of what it points to.
    pub(crate) fn pointer(self) -> u32 {
        self.0 as u32
    }

    pub(crate) fn is_object(self) -> bool {
        self.tag() == Self::OBJECT_TAG
    }

    pub(crate) fn is_module(self) -> bool {
        self.tag() == Self::MODULE_TAG
    }
}
