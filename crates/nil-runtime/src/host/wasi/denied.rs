//! What preview 1 has and functions do not: files, folders, sockets, signals. One errno each, as a program without any
//! open file or folder would get it.

use wasmtime::{FuncType, Linker, Result, Val, ValType};

use super::{
    catalog::{FUNCTIONS, MODULE},
    errno::{BADF, Errno, INVAL, NOTDIR, NOTSOCK, NOTSUP, SPIPE},
};
use crate::host::HostState;

/// What a function answers for a standard stream; for any other descriptor it is [`BADF`].
const ON_STREAMS: &[(&str, Errno)] = &[
    ("fd_advise", SPIPE),
    ("fd_allocate", INVAL),
    ("fd_datasync", INVAL),
    ("fd_fdstat_set_rights", NOTSUP),
    ("fd_filestat_set_size", INVAL),
    ("fd_filestat_set_times", INVAL),
    ("fd_pread", SPIPE),
    ("fd_prestat_dir_name", BADF),
    ("fd_pwrite", SPIPE),
    ("fd_readdir", NOTDIR),
    ("fd_renumber", NOTSUP),
    ("fd_seek", SPIPE),
    ("fd_sync", INVAL),
    ("fd_tell", SPIPE),
    ("path_create_directory", NOTDIR),
    ("path_filestat_get", NOTDIR),
    ("path_filestat_set_times", NOTDIR),
    ("path_link", NOTDIR),
    ("path_open", NOTDIR),
    ("path_readlink", NOTDIR),
    ("path_remove_directory", NOTDIR),
    ("path_rename", NOTDIR),
    ("path_unlink_file", NOTDIR),
    ("sock_accept", NOTSOCK),
    ("sock_recv", NOTSOCK),
    ("sock_send", NOTSOCK),
    ("sock_shutdown", NOTSOCK),
];

/// Defines all of them.
pub(super) fn link(linker: &mut Linker<HostState>) -> Result<()> {
    for &(name, on_stream) in ON_STREAMS {
        define(linker, name, move |parameters| match parameters.first() {
            Some(Val::I32(0..=2)) => on_stream,
            _ => BADF,
        })?;
    }
    // Its descriptor is the third parameter.
    define(linker, "path_symlink", |parameters| match parameters.get(2) {
        Some(Val::I32(0..=2)) => NOTDIR,
        _ => BADF,
    })?;
    define(linker, "proc_raise", |_| NOTSUP)
}

fn define(
    linker: &mut Linker<HostState>,
    name: &'static str,
    answer: impl Fn(&[Val]) -> Errno + Send + Sync + 'static,
) -> Result<()> {
    let params = FUNCTIONS.iter().filter(|function| function.name == name).flat_map(|function| function.params);
    let params: Vec<_> =
        params.map(|ty| if *ty == wasmparser::ValType::I64 { ValType::I64 } else { ValType::I32 }).collect();
    let ty = FuncType::new(linker.engine(), params, [ValType::I32]);
    linker.func_new(MODULE, name, ty, move |_caller, parameters, results| {
        results[0] = Val::I32(answer(parameters).cast_signed());
        Ok(())
    })?;
    Ok(())
}
