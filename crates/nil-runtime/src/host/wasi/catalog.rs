//! The functions of preview 1 with their types. Source: WebAssembly/WASI, preview1/docs.md.

use wasmparser::ValType::{self, I32, I64};

use crate::host::catalog::HostFunction;

/// The module name all of them are imported from.
pub(crate) const MODULE: &str = "wasi_snapshot_preview1";

const fn effect(name: &'static str, params: &'static [ValType]) -> HostFunction {
    HostFunction { name, params, results: &[I32], pure: false }
}

/// Answers the same at publication as at every call.
const fn same(name: &'static str, params: &'static [ValType]) -> HostFunction {
    HostFunction { name, params, results: &[I32], pure: true }
}

/// All of them.
pub(crate) const FUNCTIONS: &[HostFunction] = &[
    HostFunction { name: "proc_exit", params: &[I32], results: &[], pure: false },
    same("args_get", &[I32, I32]),
    same("args_sizes_get", &[I32, I32]),
    effect("environ_get", &[I32, I32]),
    effect("environ_sizes_get", &[I32, I32]),
    same("clock_res_get", &[I32, I32]),
    effect("clock_time_get", &[I32, I64, I32]),
    same("fd_advise", &[I32, I64, I64, I32]),
    same("fd_allocate", &[I32, I64, I64]),
    effect("fd_close", &[I32]),
    same("fd_datasync", &[I32]),
    same("fd_fdstat_get", &[I32, I32]),
    same("fd_fdstat_set_flags", &[I32, I32]),
    same("fd_fdstat_set_rights", &[I32, I64, I64]),
    same("fd_filestat_get", &[I32, I32]),
    same("fd_filestat_set_size", &[I32, I64]),
    same("fd_filestat_set_times", &[I32, I64, I64, I32]),
    same("fd_pread", &[I32, I32, I32, I64, I32]),
    same("fd_prestat_get", &[I32, I32]),
    same("fd_prestat_dir_name", &[I32, I32, I32]),
    same("fd_pwrite", &[I32, I32, I32, I64, I32]),
    effect("fd_read", &[I32, I32, I32, I32]),
    same("fd_readdir", &[I32, I32, I32, I64, I32]),
    same("fd_renumber", &[I32, I32]),
    same("fd_seek", &[I32, I64, I32, I32]),
    same("fd_sync", &[I32]),
    same("fd_tell", &[I32, I32]),
    effect("fd_write", &[I32, I32, I32, I32]),
    same("path_create_directory", &[I32, I32, I32]),
    same("path_filestat_get", &[I32, I32, I32, I32, I32]),
    same("path_filestat_set_times", &[I32, I32, I32, I32, I64, I64, I32]),
    same("path_link", &[I32, I32, I32, I32, I32, I32, I32]),
    same("path_open", &[I32, I32, I32, I32, I32, I64, I64, I32, I32]),
    same("path_readlink", &[I32, I32, I32, I32, I32, I32]),
    same("path_remove_directory", &[I32, I32, I32]),
    same("path_rename", &[I32, I32, I32, I32, I32, I32]),
    same("path_symlink", &[I32, I32, I32, I32, I32]),
    same("path_unlink_file", &[I32, I32, I32]),
    effect("poll_oneoff", &[I32, I32, I32, I32]),
    same("proc_raise", &[I32]),
    effect("random_get", &[I32, I32]),
    same("sched_yield", &[]),
    same("sock_accept", &[I32, I32, I32]),
    same("sock_recv", &[I32, I32, I32, I32, I32, I32]),
    same("sock_send", &[I32, I32, I32, I32, I32]),
    same("sock_shutdown", &[I32, I32]),
];
