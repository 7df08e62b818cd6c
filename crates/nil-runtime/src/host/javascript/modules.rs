//! Import specifiers and module sources. Paths are those of the function's own files; nothing else can be named.

use nil_core::resolve_import;
use wasmtime::{Caller, Linker, Result};

use super::guest::{Guest, NOTHING};
use crate::{host::HostState, shown::shown};

/// Longest specifier, in bytes.
const MAX_SPECIFIER_BYTES: usize = 4096;

pub(super) fn link(linker: &mut Linker<HostState>) -> Result<()> {
    linker.func_wrap(
        "env",
        "host_module_normalize",
        |mut caller: Caller<'_, HostState>, base: u32, specifier: u32| -> Result<u32> {
            let guest = &mut Guest(&mut caller);
            let base = guest.c_string(base, MAX_SPECIFIER_BYTES).unwrap_or_default();
            let specifier = guest.c_string(specifier, MAX_SPECIFIER_BYTES).unwrap_or_default();
            let paths = guest.0.data().script.as_ref().map(|script| script.paths.clone());
            let resolved = resolve_import(&base, &specifier, |path| {
                paths.iter().flat_map(|paths| paths.iter()).any(|known| known == path)
            });
            match resolved {
                Ok(path) => guest.new_c_string(&path),
                Err(error) => throw(guest, &format!("cannot import `{}`: {error}", shown(&specifier))),
            }
        },
    )?;
    linker.func_wrap(
        "env",
        "host_module_load",
        |mut caller: Caller<'_, HostState>, path: u32, len_at: u32| -> Result<u32> {
            let guest = &mut Guest(&mut caller);
            let path = guest.c_string(path, MAX_SPECIFIER_BYTES).unwrap_or_default();
            match guest.0.data_mut().script.as_mut().and_then(|script| script.load(&path)) {
                Some(source) => {
                    guest.write(len_at, &(source.len() as u32).to_le_bytes())?;
                    guest.new_c_string(&source)
                }
                None => throw(guest, &format!("cannot import `{}`: the function has no such file", shown(&path))),
            }
        },
    )?;
    Ok(())
}

/// Makes the import fail with a `TypeError`.
fn throw(guest: &mut Guest<'_, '_>, message: &str) -> Result<u32> {
    let context: u32 = guest.call("qjs_get_context_ptr", ())?;
    // The message is a format string: it gets no directive of its own.
    let format = guest.new_c_string(&message.replace('%', "%%"))?;
    if format != 0 {
        guest.call::<_, u64>("JS_ThrowTypeError", (context, format, 0_u32))?;
        guest.call::<_, ()>("wasm_free", format)?;
    }
    Ok(NOTHING)
}
