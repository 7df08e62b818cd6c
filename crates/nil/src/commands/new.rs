//! `nil new`: a function to start from.

use std::{fs, io::Write as _, path::PathBuf};

use nil_core::Language;
use serde_json::json;

use crate::{cli::NewArgs, failure::Failure, output::Output, templates};

pub(super) fn run(args: &NewArgs, output: &Output) -> Result<(), Failure> {
    let name = &args.name.name;
    let language = args.language.or(args.name.language).unwrap_or(Language::AssemblyScript);
    let dir = args.dir.clone().unwrap_or_else(|| PathBuf::from(name.as_str()));
    let files = templates::files(language);
    if files.is_empty() {
        let message = format!("there is no template for `{language}`: it is made elsewhere");
        return Err(Failure::usage(message, "deploy what your tools make, such as `nil deploy module.wasm`"));
    }
    // Looked at first, so that a refusal leaves nothing half written.
    if let Some(taken) = files.iter().map(|file| dir.join(file.path)).find(|path| path.exists()) {
        let message = format!("`{}` exists already and is left as it is", taken.display());
        return Err(Failure::local_with_hint(message, "choose another name, or another folder with --dir"));
    }
    let mut written = Vec::new();
    for file in files {
        let path = dir.join(file.path);
        let text = file.text.replace(templates::NAME, name.as_str());
        write(&path, &text).map_err(|error| Failure::local(format!("cannot write `{}`: {error}", path.display())))?;
        written.push(path.display().to_string());
    }
    if output.is_json() {
        return output.json(&json!({ "name": name, "language": language, "files": written }));
    }
    for path in &written {
        output.line(path)?;
    }
    output.hint(&format!("edit it, then `nil deploy {}`", deploy_arguments(args, &dir)));
    Ok(())
}

/// `create_new` because somebody may have been quicker since we looked.
fn write(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::File::create_new(path)?.write_all(text.as_bytes())
}

fn deploy_arguments(args: &NewArgs, dir: &std::path::Path) -> String {
    let folder_is_name = dir.file_name().is_some_and(|name| name == args.name.name.as_str());
    let name = if folder_is_name { String::new() } else { format!(" --name {}", args.name.name) };
    format!("{}{name}", dir.display())
}
