//! Files of preview 1: a folder that cannot be written, and the archive in it, read from the guest's own memory.

use wasmtime::{Caller, Linker, Result};

use super::library::{Library, Node, ROOT, find};
use crate::host::{
    HostState,
    wasi::{
        self, BADF, Errno, FAULT, INVAL, ISDIR, MFILE, NOENT, NOTDIR, ROFS, SUCCESS, bytes_mut, memory, pieces, store,
    },
};

/// File types.
const FOLDER: u8 = 3;
const REGULAR: u8 = 4;

/// `oflags` that would create or change something.
const CREATE: u32 = 1;
const DIRECTORY: u32 = 2;
const TRUNCATE: u32 = 8;

/// The right to write.
const RIGHT_WRITE: u64 = 1 << 6;

/// What asks to change the folder: the names, by how many parameters of which width they take.
const CHANGES_3: [&str; 3] = ["path_create_directory", "path_remove_directory", "path_unlink_file"];

/// Replaces what preview 1 says of files when there are none.
pub(super) fn link(linker: &mut Linker<HostState>) -> Result<()> {
    use wasi::MODULE;
    linker.func_wrap(MODULE, "fd_prestat_get", |mut caller: Caller<'_, HostState>, fd: u32, result: u32| {
        // A folder whose name has one byte.
        answer(&mut caller, |memory, _| match fd {
            ROOT => store(memory, result, [0, 0, 0, 0, 1, 0, 0, 0]),
            _ => Err(BADF),
        })
    })?;
    linker.func_wrap(
        MODULE,
        "fd_prestat_dir_name",
        |mut caller: Caller<'_, HostState>, fd: u32, at: u32, length: u32| {
            answer(&mut caller, |memory, _| match (fd, length) {
                (ROOT, 1..) => store(memory, at, *b"/"),
                _ => Err(BADF),
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "path_open",
        |mut caller: Caller<'_, HostState>,
         folder: u32,
         _lookup: u32,
         path: u32,
         length: u32,
         flags: u32,
         rights: u64,
         _inherited: u64,
         _fdflags: u32,
         result: u32| {
            answer(&mut caller, |memory, library| {
                let found = lookup(library, memory, folder, path, length)?;
                if flags & (CREATE | TRUNCATE) != 0 || (rights & RIGHT_WRITE != 0 && found == Some(Node::Archive)) {
                    return Err(ROFS);
                }
                let node = found.ok_or(NOENT)?;
                if flags & DIRECTORY != 0 && node != Node::Folder {
                    return Err(NOTDIR);
                }
                let descriptor = library.open(node).ok_or(MFILE)?;
                store(memory, result, descriptor.to_le_bytes())
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "path_filestat_get",
        |mut caller: Caller<'_, HostState>, folder: u32, _lookup: u32, path: u32, length: u32, result: u32| {
            answer(&mut caller, |memory, library| {
                let node = lookup(library, memory, folder, path, length)?.ok_or(NOENT)?;
                store(memory, result, stat(library, node))
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "path_readlink",
        |mut caller: Caller<'_, HostState>, folder: u32, path: u32, length: u32, _at: u32, _size: u32, _used: u32| {
            answer(&mut caller, |memory, library| {
                let found = lookup(library, memory, folder, path, length)?;
                Err(if found.is_some() { INVAL } else { NOENT })
            })
        },
    )?;
    for name in CHANGES_3 {
        linker.func_wrap(MODULE, name, |_folder: u32, _path: u32, _length: u32| ROFS)?;
    }
    linker.func_wrap(MODULE, "fd_filestat_get", |mut caller: Caller<'_, HostState>, fd: u32, result: u32| {
        let is_stream = caller.data().wasi.is_open(fd);
        answer(&mut caller, |memory, library| match library.node(fd) {
            Some(node) => store(memory, result, stat(library, node)),
            None if is_stream => store(memory, result, [0; 64]),
            None => Err(BADF),
        })
    })?;
    linker.func_wrap(MODULE, "fd_fdstat_get", |mut caller: Caller<'_, HostState>, fd: u32, result: u32| {
        let is_stream = caller.data().wasi.is_open(fd);
        answer(&mut caller, |memory, library| {
            let mut stat = [0; 24];
            match library.node(fd) {
                Some(Node::Folder) => stat[0] = FOLDER,
                Some(Node::Archive) => stat[0] = REGULAR,
                None if is_stream => {}
                None => return Err(BADF),
            }
            // The C library looks at them before it asks; what may not be done is refused then.
            stat[8..24].fill(0xff);
            store(memory, result, stat)
        })
    })?;
    reading(linker)
}

/// Opened files.
fn reading(linker: &mut Linker<HostState>) -> Result<()> {
    use wasi::MODULE;
    linker.func_wrap(MODULE, "fd_close", |mut caller: Caller<'_, HostState>, fd: u32| {
        if fd < ROOT && caller.data().wasi.is_open(fd) {
            caller.data_mut().wasi.close(fd);
            return SUCCESS;
        }
        answer(&mut caller, |_, library| if library.close(fd) { Ok(()) } else { Err(BADF) })
    })?;
    linker.func_wrap(
        MODULE,
        "fd_read",
        |mut caller: Caller<'_, HostState>, fd: u32, list: u32, count: u32, result: u32| {
            // Standard input is empty.
            let is_input = fd == 0 && caller.data().wasi.is_open(fd);
            answer(&mut caller, |memory, library| {
                if is_input {
                    return store(memory, result, 0_u32.to_le_bytes());
                }
                let from = *file(library, fd)?;
                let read = read(library, memory, from, list, count)?;
                *file(library, fd)? = from + u64::from(read);
                store(memory, result, read.to_le_bytes())
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "fd_pread",
        |mut caller: Caller<'_, HostState>, fd: u32, list: u32, count: u32, offset: u64, result: u32| {
            answer(&mut caller, |memory, library| {
                file(library, fd)?;
                let read = read(library, memory, offset, list, count)?;
                store(memory, result, read.to_le_bytes())
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "fd_seek",
        |mut caller: Caller<'_, HostState>, fd: u32, offset: i64, whence: u32, result: u32| {
            answer(&mut caller, |memory, library| {
                let size = i64::from(library.size);
                let position = file(library, fd)?;
                let from = match whence {
                    0 => 0,
                    1 => position.cast_signed(),
                    2 => size,
                    _ => return Err(INVAL),
                };
                let to = from.checked_add(offset).filter(|to| *to >= 0).ok_or(INVAL)?.cast_unsigned();
                *position = to;
                store(memory, result, to.to_le_bytes())
            })
        },
    )?;
    linker.func_wrap(MODULE, "fd_tell", |mut caller: Caller<'_, HostState>, fd: u32, result: u32| {
        answer(&mut caller, |memory, library| {
            let position = *file(library, fd)?;
            store(memory, result, position.to_le_bytes())
        })
    })?;
    linker.func_wrap(
        MODULE,
        "fd_readdir",
        |mut caller: Caller<'_, HostState>, fd: u32, _at: u32, _size: u32, _cookie: u64, used: u32| {
            // What is in the folder is nobody's business but the interpreter's.
            answer(&mut caller, |memory, library| match library.node(fd) {
                Some(Node::Folder) => store(memory, used, 0_u32.to_le_bytes()),
                Some(Node::Archive) => Err(NOTDIR),
                None => Err(BADF),
            })
        },
    )?;
    Ok(())
}

/// Runs `work` over the guest's memory and its descriptors.
fn answer(
    caller: &mut Caller<'_, HostState>,
    work: impl FnOnce(&mut [u8], &mut Library) -> Result<(), Errno>,
) -> Errno {
    let done = memory(caller).and_then(|memory| {
        let (memory, state) = memory.data_and_store_mut(caller);
        let library = state.script.as_mut().map(|script| &mut script.library).ok_or(BADF)?;
        work(memory, library)
    });
    done.err().unwrap_or(SUCCESS)
}

/// What the path at `path` names; paths are relative to the root, as the C library writes them.
fn lookup(
    library: &mut Library,
    memory: &mut [u8],
    folder: u32,
    path: u32,
    length: u32,
) -> Result<Option<Node>, Errno> {
    match library.node(folder) {
        Some(Node::Folder) => {}
        Some(Node::Archive) => return Err(NOTDIR),
        None => return Err(BADF),
    }
    Ok(std::str::from_utf8(bytes_mut(memory, path, length)?).ok().and_then(find))
}

/// Where an open file is read next.
fn file(library: &mut Library, fd: u32) -> Result<&mut u64, Errno> {
    match library.get(fd) {
        Some((Node::Archive, position)) => Ok(position),
        Some((Node::Folder, _)) => Err(ISDIR),
        None => Err(if fd == ROOT { ISDIR } else { BADF }),
    }
}

/// Copies from the archive at `from` into the pieces of `list`; how much there was.
fn read(library: &Library, memory: &mut [u8], from: u64, list: u32, count: u32) -> Result<u32, Errno> {
    let mut from = u32::try_from(from).unwrap_or(u32::MAX).min(library.size);
    let mut total = 0;
    for (pointer, length) in pieces(memory, list, count)? {
        let length = length.min(library.size - from);
        let start = library.at as usize + from as usize;
        let end = start + length as usize;
        let to = pointer as usize;
        if end > memory.len() || to + length as usize > memory.len() {
            return Err(FAULT);
        }
        memory.copy_within(start..end, to);
        from += length;
        total += length;
    }
    Ok(total)
}

fn stat(library: &Library, node: Node) -> [u8; 64] {
    let mut stat = [0; 64];
    let (kind, number, size) = match node {
        Node::Folder => (FOLDER, 1, 0),
        Node::Archive => (REGULAR, 2, u64::from(library.size)),
    };
    stat[8..16].copy_from_slice(&u64::to_le_bytes(number));
    stat[16] = kind;
    stat[24..32].copy_from_slice(&1_u64.to_le_bytes());
    stat[32..40].copy_from_slice(&size.to_le_bytes());
    stat
}
