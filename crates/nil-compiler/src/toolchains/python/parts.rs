//! What of the package is used: shared libraries of WebAssembly and the standard library, each a frame of Zstandard in the
//! package's native extension. The package is pinned, so its places are; each part is checked.

use std::{fs, io::Read as _, path::Path};

use ruzstd::decoding::StreamingDecoder;

use crate::toolchain::hex_digest;

const EXTENSION: &str = "componentize_py/componentize_py.abi3.so";

struct Part {
    name: &'static str,
    /// Where its frame begins.
    at: usize,
    /// SHA-256 of what comes out.
    sha256: &'static str,
}

/// In the order symbols are looked for.
const LIBRARIES: &[Part] = &[
    Part {
        name: "libpython3.14.so",
        at: 0x1d_dc69,
        sha256: "377c11b9a0dbd9eab107598ce81369fabff80c1a757fba1722221e8b31deeeef",
    },
    Part { name: "libc.so", at: 0x95_0824, sha256: "3d39f9151d4dafb8b2f1f005275ed69df25155f7335aced73db83072f853b5e3" },
    Part {
        name: "libwasi-emulated-mman.so",
        at: 0x9f_f0b7,
        sha256: "8b84d69c33a60dbbea02ffed4392278af2da01075ed8ffb2e960b26419dfa309",
    },
    Part {
        name: "libwasi-emulated-process-clocks.so",
        at: 0x9f_f9b8,
        sha256: "2b39af80b6ef27ab41b64d19cf30a9c15a2d882bc7df5d5f9bce2a7d46f578d2",
    },
    Part {
        name: "libwasi-emulated-getpid.so",
        at: 0xa0_0390,
        sha256: "adb122dc4a34fb6a24b6434ef1fbdd1c0b80086a53bb5d58fe7d2b8bd41df3f1",
    },
    Part {
        name: "libwasi-emulated-signal.so",
        at: 0xa0_0765,
        sha256: "c57f2d8550227a2a5e6f433d84badd744dec2fe8d1de5a76b2558d4537830320",
    },
];

/// A tar archive.
const LIBRARY: Part = Part {
    name: "the standard library",
    at: 0xb4_eedb,
    sha256: "2daf0079498d3e42f6b8e0b37713c857485c437d803fb7dc5bc2520f83b91854",
};

/// Larger than any part.
const MAX_BYTES: u64 = 64 << 20;

pub(super) struct Parts {
    pub libraries: Vec<(&'static str, Vec<u8>)>,
    pub library: Vec<u8>,
}

/// Takes the parts out of the unpacked package at `folder`.
pub(super) fn read(folder: &Path) -> Result<Parts, String> {
    let extension = fs::read(folder.join(EXTENSION)).map_err(|error| format!("`{EXTENSION}`: {error}"))?;
    let libraries =
        LIBRARIES.iter().map(|part| Ok((part.name, part.take(&extension)?))).collect::<Result<_, String>>()?;
    Ok(Parts { libraries, library: LIBRARY.take(&extension)? })
}

impl Part {
    fn take(&self, extension: &[u8]) -> Result<Vec<u8>, String> {
        let wrong = |why: &str| format!("{} in the package: {why}", self.name);
        let frame = extension.get(self.at..).ok_or_else(|| wrong("it ends before"))?;
        let mut content = Vec::new();
        StreamingDecoder::new(frame)
            .map_err(|error| wrong(&error.to_string()))?
            .take(MAX_BYTES)
            .read_to_end(&mut content)
            .map_err(|error| wrong(&error.to_string()))?;
        if hex_digest(&content) == self.sha256 { Ok(content) } else { Err(wrong("it is not what was pinned")) }
    }
}
