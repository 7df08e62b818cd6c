//! Instructions with the numbers of the linked module.

use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode};

use super::layout::Place;

/// Renumbers what belongs to one library. There is one memory and one table.
pub(super) struct Renumber<'a>(pub &'a Place);

impl Reencode for Renumber<'_> {
    type Error = Infallible;

    fn function_index(&mut self, index: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.0.functions[index as usize])
    }

    fn type_index(&mut self, index: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.0.types[index as usize])
    }

    fn global_index(&mut self, index: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.0.globals[index as usize])
    }
}
