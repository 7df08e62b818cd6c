//! Which files are meant, and as which function each is to be deployed.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use nil_core::{FunctionName, Language, SourceFiles};

use super::{
    folder::files_below,
    read::{read_bytes, read_text},
};
use crate::failure::Failure;

/// One function to deploy.
#[derive(Debug)]
pub(in crate::commands) struct Target {
    /// The path of its entry file as the person would type it.
    pub(in crate::commands) shown_as: String,
    /// The function.
    pub(in crate::commands) name: FunctionName,
    /// What it is written in.
    pub(in crate::commands) language: Language,
    /// What it is made of.
    pub(in crate::commands) content: Content,
}

/// What a function is made of.
#[derive(Debug)]
pub(in crate::commands) enum Content {
    /// Sources to compile.
    Text {
        /// The text of the entry file.
        source: String,
        /// The files beside it.
        files: SourceFiles,
    },
    /// A ready module.
    Module(Vec<u8>),
}

/// The largest module that is read, in bytes: any server's limit is below.
const MODULE_LIMIT_BYTES: u64 = 256 * 1024 * 1024;

/// A source file that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    file: PathBuf,
    /// The folder whose other files belong to it; a file that is named alone is sent alone.
    folder: Option<PathBuf>,
}

impl Found {
    fn alone(file: PathBuf) -> Self {
        Self { file, folder: None }
    }
}

/// Which files are meant, and what was said about them.
#[derive(Debug, Clone, Copy)]
pub(in crate::commands) struct Sources<'a> {
    /// Files and folders.
    pub(in crate::commands) files: &'a [PathBuf],
    /// The function's name, if there is one file only.
    pub(in crate::commands) name: Option<&'a FunctionName>,
    /// The language of all of them.
    pub(in crate::commands) language: Option<Language>,
}

/// Finds and reads everything before anything is sent, so that a typo deploys nothing.
///
/// # Errors
/// [`Failure::Usage`] for what cannot be read, named or recognised.
pub(in crate::commands) fn resolve(sources: &Sources<'_>) -> Result<Vec<Target>, Failure> {
    let mut files = Vec::new();
    for path in sources.files {
        if path.is_dir() { files.extend(in_folder(path)?) } else { files.push(Found::alone(path.clone())) }
    }
    if sources.name.is_some() && files.len() > 1 {
        let message = format!("--name names one function, but {} files were found", files.len());
        return Err(Failure::usage(message, "deploy them one at a time"));
    }
    let mut names = HashSet::new();
    let mut targets = Vec::new();
    for found in &files {
        let target = target(found, sources)?;
        if !names.insert(target.name.key()) {
            let message = format!("two of the files would become the function `{}`", target.name);
            return Err(Failure::usage(message, "deploy them one at a time with --name"));
        }
        targets.push(target);
    }
    Ok(targets)
}

/// Reads one function whose name is known: from its file, or from its folder.
///
/// # Errors
/// [`Failure::Usage`] for what cannot be read or recognised.
pub(in crate::commands) fn read_target(
    path: &Path,
    name: FunctionName,
    language: Option<Language>,
) -> Result<Target, Failure> {
    if !path.is_dir() {
        return named_target(&Found::alone(path.to_owned()), name, language);
    }
    let index = index_of(path).ok_or_else(|| {
        let message = format!("the folder `{}` has no entry file such as `index.ts`", path.display());
        Failure::usage(message, "name the file itself")
    })?;
    named_target(&index, name, language)
}

/// A folder is one function, with every source file below it, if it holds an `index` file. Otherwise it is a collection: every source file in it, and
/// every folder in it that is a function.
fn in_folder(folder: &Path) -> Result<Vec<Found>, Failure> {
    if let Some(index) = index_of(folder) {
        return Ok(vec![index]);
    }
    let unreadable = |error| Failure::usage(format!("cannot read `{}`: {error}", folder.display()), "check the path");
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            files.extend(index_of(&path));
        } else if language_of(&path).is_some() {
            files.push(Found::alone(path));
        }
    }
    if files.is_empty() {
        let message = format!("`{}` holds no source file", folder.display());
        return Err(Failure::usage(message, format!("known extensions: {}", extensions())));
    }
    files.sort();
    Ok(files)
}

fn index_of(folder: &Path) -> Option<Found> {
    let index =
        Language::ALL.iter().map(|language| folder.join(language.entry_file())).find(|index| index.is_file())?;
    Some(Found { file: index, folder: Some(folder.to_owned()) })
}

fn target(found: &Found, sources: &Sources<'_>) -> Result<Target, Failure> {
    let file = found.file.as_path();
    let name = match sources.name {
        Some(name) => name.clone(),
        None => {
            let name = name_of(file, &file.display().to_string())?;
            name.parse().map_err(|error| {
                Failure::usage(format!("`{name}` cannot be the function's name: {error}"), "choose one with --name")
            })?
        }
    };
    named_target(found, name, sources.language)
}

fn named_target(found: &Found, name: FunctionName, given: Option<Language>) -> Result<Target, Failure> {
    let file = found.file.as_path();
    let shown_as = file.display().to_string();
    let by_name = given.or_else(|| language_of(file)).ok_or_else(|| {
        let message = format!("cannot tell the language of `{shown_as}` by its extension");
        Failure::usage(message, format!("say it with --language; known extensions: {}", extensions()))
    })?;
    let (language, content) = read_content(found, by_name, given.is_none(), &shown_as)?;
    Ok(Target { shown_as, name, language, content })
}

/// What the file holds, and what it is written in: as its name says, unless `may_declare` and the source says otherwise.
fn read_content(
    found: &Found,
    by_name: Language,
    may_declare: bool,
    shown_as: &str,
) -> Result<(Language, Content), Failure> {
    if by_name == Language::Wasm {
        let too_large = "this does not look like a module";
        let module = read_bytes(&found.file, shown_as, MODULE_LIMIT_BYTES, too_large)?;
        return Ok((by_name, Content::Module(module)));
    }
    let source = read_text(&found.file, shown_as)?;
    let language = declared(&source).filter(|language| may_declare && language.is_compiled()).unwrap_or(by_name);
    let files = match &found.folder {
        // The text format knows no imports between files.
        Some(folder) if language != Language::Wat => files_below(folder, language)?,
        _ => SourceFiles::default(),
    };
    Ok((language, Content::Text { source, files }))
}

/// The file's name; for `index` files, which are all called the same, the folder's.
fn name_of(file: &Path, shown_as: &str) -> Result<String, Failure> {
    let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let own = stem(file).unwrap_or_default();
    if own != "index" {
        return Ok(own);
    }
    // `index.ts` and `./index.ts` only know their folder once they are made absolute.
    let folder = fs::canonicalize(file).ok().and_then(|path| Some(path.parent()?.file_name()?.to_owned()));
    folder
        .map(|folder| folder.to_string_lossy().into_owned())
        .ok_or_else(|| Failure::usage(format!("cannot tell the folder of `{shown_as}`"), "choose a name with --name"))
}

/// By the extension. Type declarations end like sources but are none.
fn language_of(file: &Path) -> Option<Language> {
    let extension = file.extension()?.to_str()?;
    let declares = file.file_stem().is_some_and(|stem| Path::new(stem).extension().is_some_and(|inner| inner == "d"));
    let known = EXTENSIONS.iter().find(|(known, _)| *known == extension);
    known.map(|(_, language)| *language).filter(|_| !declares)
}

/// What an extension means by itself.
const EXTENSIONS: [(&str, Language); 6] = [
    ("ts", Language::AssemblyScript),
    ("js", Language::JavaScript),
    ("mjs", Language::JavaScript),
    ("mts", Language::TypeScript),
    ("wat", Language::Wat),
    ("wasm", Language::Wasm),
];

/// Two languages share `.ts`, so a source may say which it is in the comments at its beginning: `// @nil typescript`.
fn declared(source: &str) -> Option<Language> {
    let comments = source.lines().map(str::trim).take_while(|line| line.is_empty() || line.starts_with("//"));
    comments.filter_map(|line| line.split_once("@nil ")).find_map(|(_, rest)| {
        let word = rest.split(|character: char| !character.is_ascii_alphanumeric()).next()?;
        word.parse().ok()
    })
}

fn extensions() -> String {
    let known = EXTENSIONS.iter().filter(|(extension, _)| !matches!(*extension, "mjs" | "mts"));
    known.map(|(extension, language)| format!(".{extension} ({language})")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_may_say_what_it_is_written_in() {
        assert_eq!(declared("// @nil typescript\nexport {}\n"), Some(Language::TypeScript));
        assert_eq!(declared("// greets\n//\n// @nil assemblyscript: since 2026\n"), Some(Language::AssemblyScript));
        assert_eq!(declared("export {}\n// @nil typescript\n"), None);
        assert_eq!(declared("// @nil cobol\n"), None);
        assert_eq!(language_of(Path::new("a/b.mjs")), Some(Language::JavaScript));
        assert_eq!(language_of(Path::new("types.d.ts")), None);
    }
}
