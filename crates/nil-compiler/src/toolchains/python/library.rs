//! The standard library as the interpreter reads it: one zip archive, without what means nothing in a function.

use std::io::{self, Cursor, Read as _, Write as _};

use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

/// Left out: tools, windows, terminals, processes, and what is compiled for another platform.
const LEFT_OUT: &[&str] = &[
    "LICENSE.txt",
    "__phello__/",
    "_aix_support.py",
    "_android_support.py",
    "_apple_support.py",
    "_ios_support.py",
    "_osx_support.py",
    "_pyrepl/",
    "build-details.json",
    "config-3.14-wasm32-wasi/",
    "ctypes/",
    "curses/",
    "ensurepip/",
    "idlelib/",
    "pydoc_data/",
    "site-packages/",
    "tkinter/",
    "turtle.py",
    "turtledemo/",
    "venv/",
];

/// Packs the files of the tar archive `tar`. The same bytes come out everywhere.
pub(super) fn pack(tar: &[u8]) -> io::Result<Vec<u8>> {
    let mut files = Vec::new();
    for entry in tar::Archive::new(tar).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.to_string_lossy().trim_start_matches("./").to_owned();
        if entry.header().entry_type().is_file() && !LEFT_OUT.iter().any(|start| path.starts_with(start)) {
            let mut content = Vec::new();
            entry.read_to_end(&mut content)?;
            files.push((path, content));
        }
    }
    files.sort();
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in files {
        archive.start_file(path, options)?;
        archive.write_all(&content)?;
    }
    Ok(archive.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_not_there() {
        let mut tar = tar::Builder::new(Vec::new());
        for path in ["json/__init__.py", "abc.py", "tkinter/ttk.py", "turtle.py"] {
            let mut header = tar::Header::new_gnu();
            header.set_size(2);
            tar.append_data(&mut header, path, &b"x\n"[..]).expect("appended");
        }
        let tar = tar.into_inner().expect("a tar");
        let packed = pack(&tar).expect("packed");
        assert_eq!(packed, pack(&tar).expect("packed"));
        let mut archive = zip::ZipArchive::new(Cursor::new(packed)).expect("a zip");
        let names: Vec<_> = (0..archive.len())
            .map(|at| archive.by_index(at).expect("a file").name().expect("a name").into_owned())
            .collect();
        assert_eq!(names, ["abc.py", "json/__init__.py"]);
    }
}
