//! AssemblyScript: `asc` as a library in resident Node.js processes, with json-as. The worker itself is
//! `toolchains/assemblyscript/worker.mjs`.

use std::{path::PathBuf, sync::Arc};

use nil_core::Language;

use super::StartError;
use crate::{
    install::{Installation, NODE_READS, Recipe, RecipeFile, find_node},
    sandbox::Sandbox,
    toolchain::Toolchain,
    workers::{PoolOptions, ResidentToolchain, WorkerSpec},
};

macro_rules! file {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../../toolchains/assemblyscript/", $name)))
    };
}

const FILES: &[RecipeFile] = &[
    file!(".npmrc"),
    file!("abi.mjs"),
    file!("abi_section.mjs"),
    file!("compile.mjs"),
    file!("diagnostics.mjs"),
    file!("host_imports.mjs"),
    file!("json_keys.mjs"),
    file!("json_transform.mjs"),
    file!("library.mjs"),
    file!("optimize.mjs"),
    file!("package-lock.json"),
    file!("package.json"),
    file!("program.mjs"),
    file!("runtime/blocks.ts"),
    file!("runtime/index-nil.ts"),
    file!("runtime/nil.ts"),
    file!("runtime/variables.ts"),
    file!("shadow_stack.mjs"),
    file!("untouched.mjs"),
    file!("warm_up.mjs"),
    file!("worker.mjs"),
];

pub(super) const RECIPE: Recipe = Recipe {
    language: Language::AssemblyScript,
    files: FILES,
    packages: &["assemblyscript", "json-as"],
    entry: "worker.mjs",
    needs_node: true,
};

/// The compiler is one process with threads; a second one is already a sign of something else.
const PROCESSES: usize = 2;

/// The worker writes no files; this leaves room for what Node.js itself may drop.
const SCRATCH_BYTES: u64 = 16 << 20;

/// Far above any message of the compiler to its operator.
const STDERR_BYTES: u64 = 8 << 20;

pub(super) async fn start(
    installation: &Installation,
    sandbox: &Sandbox,
    options: PoolOptions,
) -> Result<Arc<dyn Toolchain>, StartError> {
    let node = find_node().await?;
    let in_use = installation
        .hold()
        .map_err(|source| StartError::Installation { installation: installation.clone(), source })?;
    let entry = installation.dir.join(RECIPE.entry);
    // Three quarters for the heap of JavaScript, the rest for that of Binaryen, which V8 does not count.
    let heap_mib = options.memory_limit_bytes / 4 * 3 / (1 << 20);
    let spec = WorkerSpec {
        program: node,
        args: vec![
            format!("--max-old-space-size={heap_mib}").into(),
            "--no-addons".into(),
            "--no-deprecation".into(),
            // In KiB, of the 8 MiB a main thread has. The compiler recurses into the source: with Node's default
            // a sum of 1,000 strings is nested too deeply, with this one of 4,000 is not.
            "--stack-size=3900".into(),
            entry.into(),
        ],
        read_only: [installation.dir.clone()].into_iter().chain(NODE_READS.iter().map(PathBuf::from)).collect(),
        processes: PROCESSES,
        scratch_bytes: SCRATCH_BYTES,
        stderr_bytes: STDERR_BYTES,
    };
    Ok(Arc::new(ResidentToolchain::start(installation.info(), sandbox.clone(), spec, options).holding(in_use)))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    /// What of the toolchain's folder is not for the machine that compiles.
    const NOT_INSTALLED: &[&str] = &["README.md", "node_modules", "template", "test"];

    fn files_below(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).expect("the toolchain's folder").map(|entry| entry.expect("an entry")) {
            let name = format!("{prefix}{}", entry.file_name().to_str().expect("a UTF-8 name"));
            match entry.file_type().expect("its type").is_dir() {
                _ if NOT_INSTALLED.contains(&name.as_str()) => {}
                true => files_below(&entry.path(), &format!("{name}/"), found),
                false => drop(found.insert(name)),
            }
        }
    }

    #[test]
    fn the_recipe_holds_every_file_the_worker_needs() {
        let mut needed = BTreeSet::new();
        files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../toolchains/assemblyscript"), "", &mut needed);
        let listed: BTreeSet<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(listed, needed);
    }

    #[test]
    fn the_digest_follows_the_content() {
        let changed = Recipe { files: &FILES[1..], ..RECIPE };
        assert_ne!(RECIPE.digest(), changed.digest());
        assert_eq!(RECIPE.digest().len(), 16);
    }
}
