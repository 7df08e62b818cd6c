//! Values of the guest, as a host function reads and makes them: through the guest's own functions.

use wasmtime::{Caller, Error, Extern, Memory, Result, WasmParams, WasmResults};

use crate::host::HostState;

/// What a host function answers when it has no value.
pub(super) const NOTHING: u32 = 0;

/// Text a host function looks at, in bytes: what is longer is refused, or cut where that is harmless.
pub(super) const MAX_TEXT_BYTES: usize = 16 << 20;

pub(super) struct Guest<'c, 'a>(pub &'c mut Caller<'a, HostState>);

impl Guest<'_, '_> {
    pub(super) fn memory(&mut self) -> Result<Memory> {
        match self.0.get_export("memory") {
            Some(Extern::Memory(memory)) => Ok(memory),
            _ => Err(Error::msg("the interpreter exports no memory")),
        }
    }

    /// Calls an export.
    pub(super) fn call<P: WasmParams, R: WasmResults>(&mut self, name: &str, arguments: P) -> Result<R> {
        let Some(Extern::Func(function)) = self.0.get_export(name) else {
            return Err(Error::msg(format!("the interpreter does not export `{name}`")));
        };
        function.typed::<P, R>(&*self.0)?.call(&mut *self.0, arguments)
    }

    pub(super) fn u32_at(&mut self, at: u32) -> Result<u32> {
        let at = at as usize;
        let memory = self.memory()?;
        let bytes = memory.data(&*self.0).get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map(u32::from_le_bytes).ok_or_else(outside)
    }

    pub(super) fn bytes(&mut self, at: u32, len: usize) -> Result<&[u8]> {
        let at = at as usize;
        let memory = self.memory()?;
        memory.data(&*self.0).get(at..at + len).ok_or_else(outside)
    }

    pub(super) fn write(&mut self, at: u32, bytes: &[u8]) -> Result<()> {
        let at = at as usize;
        let memory = self.memory()?;
        let room = memory.data_mut(&mut *self.0).get_mut(at..at + bytes.len()).ok_or_else(outside)?;
        room.copy_from_slice(bytes);
        Ok(())
    }

    /// The C string at `at`, at most `limit` bytes of it.
    pub(super) fn c_string(&mut self, at: u32, limit: usize) -> Result<String> {
        let memory = self.memory()?;
        let bytes = memory.data(&*self.0).get(at as usize..).ok_or_else(outside)?;
        let len = bytes.iter().take(limit).position(|byte| *byte == 0).ok_or_else(outside)?;
        Ok(String::from_utf8_lossy(&bytes[..len]).into_owned())
    }

    /// A C string of the guest's own with `text`; [`NOTHING`] when it has no room.
    pub(super) fn new_c_string(&mut self, text: &str) -> Result<u32> {
        let at: u32 = self.call("wasm_malloc", text.len() as u32 + 1)?;
        if at != 0 {
            self.write(at, text.as_bytes())?;
            self.write(at + text.len() as u32, &[0])?;
        }
        Ok(at)
    }

    /// Where results of the guest's own functions go.
    fn out(&self) -> u32 {
        self.0.data().script.as_ref().map_or(0, |script| script.scratch + 128)
    }

    /// The text of a string; of anything else what it converts to. Lone surrogates become U+FFFD. `read` sees the
    /// first `limit` bytes and how many there are.
    pub(super) fn text<T>(
        &mut self,
        value: u32,
        limit: usize,
        read: impl FnOnce(&[u8], usize) -> T,
    ) -> Result<Option<T>> {
        let out = self.out();
        let at: u32 = self.call("qjs_get_string_len", (value, out))?;
        if at == 0 {
            return Ok(None);
        }
        let len = self.u32_at(out)? as usize;
        let result = read(self.bytes(at, len.min(limit))?, len);
        self.call::<_, ()>("qjs_free_cstring", at)?;
        Ok(Some(result))
    }

    /// The text of a string of at most [`MAX_TEXT_BYTES`].
    pub(super) fn string(&mut self, value: u32) -> Result<Option<String>> {
        let read = |bytes: &[u8], len: usize| (len <= MAX_TEXT_BYTES).then(|| lossy(bytes));
        Ok(self.text(value, MAX_TEXT_BYTES, read)?.flatten())
    }

    pub(super) fn number(&mut self, value: u32) -> Result<f64> {
        self.call("qjs_get_float64", value)
    }

    /// Where the bytes of an `ArrayBuffer` are, and how many.
    pub(super) fn buffer(&mut self, value: u32) -> Result<Option<(u32, usize)>> {
        let out = self.out();
        let at: u32 = self.call("qjs_get_array_buffer", (value, out))?;
        let len = self.u32_at(out)? as usize;
        Ok((at != 0 || len == 0).then_some((at, len)))
    }

    pub(super) fn new_string(&mut self, text: &str) -> Result<u32> {
        let at = self.new_c_string(text)?;
        if at == 0 {
            return Ok(NOTHING);
        }
        let value = self.call("qjs_new_string", (at, text.len() as u32))?;
        self.call::<_, ()>("wasm_free", at)?;
        Ok(value)
    }

    pub(super) fn new_buffer(&mut self, bytes: &[u8]) -> Result<u32> {
        let at: u32 = self.call("wasm_malloc", bytes.len().max(1) as u32)?;
        if at == 0 {
            return Ok(NOTHING);
        }
        self.write(at, bytes)?;
        let value = self.call("qjs_new_array_buffer", (at, bytes.len() as u32))?;
        self.call::<_, ()>("wasm_free", at)?;
        Ok(value)
    }
}

/// The interpreter's UTF-8 has lone surrogates as three bytes each, which are one U+FFFD and not three.
pub(super) fn lossy(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        // 0xED 0xA0..=0xBF 0x80..=0xBF arrives as three chunks of one byte.
        if !chunk.invalid().is_empty() && !matches!(chunk.invalid(), [0x80..=0xbf]) {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    text
}

fn outside() -> Error {
    Error::msg("the interpreter gave the host a place outside of its memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_surrogate_is_one_replacement() {
        assert_eq!(lossy(b"a\xed\xa0\x80b"), "a\u{fffd}b");
        assert_eq!(lossy("grün 🦀".as_bytes()), "grün 🦀");
    }
}
