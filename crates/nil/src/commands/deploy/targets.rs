//! Which files are meant, and as which function each is to be deployed.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use nil_compiler::{Certainty, guess_dialect};
use nil_core::{FunctionName, FunctionSettings, Language, SourceFiles, VersionContent, source_digest};

use super::{
    folder::files_below,
    read::{read_bytes, read_text},
};
use crate::{
    failure::Failure,
    output::{Output, Sources},
};

/// What a person asks for.
#[derive(Debug)]
pub(in crate::commands) struct Wanted<'a> {
    pub(in crate::commands) files: &'a [PathBuf],
    /// The function's name, if not the file's.
    pub(in crate::commands) name: Option<&'a FunctionName>,
    /// The language, if not what the file says.
    pub(in crate::commands) language: Option<Language>,
}

/// One function to deploy or check.
#[derive(Debug)]
pub(in crate::commands) struct Target {
    /// The path of its entry file as the person would type it.
    pub(in crate::commands) shown_as: String,
    /// The function.
    pub(in crate::commands) name: FunctionName,
    /// What it is written in.
    pub(in crate::commands) language: Language,
    /// What it is made of.
    content: Content,
    /// Why it was taken for that, where its name and its comments leave it open.
    guessed: Option<String>,
}

/// What a function is made of.
#[derive(Debug)]
enum Content {
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

impl Target {
    /// The text of its entry file, unless it is a module.
    pub(in crate::commands) fn source(&self) -> Option<String> {
        match &self.content {
            Content::Text { source, .. } => Some(source.clone()),
            Content::Module(_) => None,
        }
    }

    /// The files beside it, unless it is a module.
    pub(in crate::commands) fn files(&self) -> Option<&SourceFiles> {
        match &self.content {
            Content::Text { files, .. } => Some(files),
            Content::Module(_) => None,
        }
    }

    /// The module, if it is one.
    pub(in crate::commands) fn wasm_base64(&self) -> Option<String> {
        match &self.content {
            Content::Text { .. } => None,
            Content::Module(bytes) => Some(BASE64_STANDARD.encode(bytes)),
        }
    }

    /// What a version of it would be made of.
    pub(in crate::commands) fn content<'a>(&'a self, settings: &'a FunctionSettings) -> VersionContent<'a> {
        static NO_FILES: SourceFiles = SourceFiles::none();
        let language = self.language;
        match &self.content {
            Content::Text { source, files } => VersionContent { language, source, files, module: None, settings },
            Content::Module(_) => {
                VersionContent { language, source: "", files: &NO_FILES, module: Some(self.digest()), settings }
            }
        }
    }

    /// What tells whether two versions of it would be built from the same.
    pub(in crate::commands) fn digest(&self) -> [u8; 32] {
        match &self.content {
            Content::Text { source, files } => source_digest(self.language, source, files, None),
            Content::Module(module) => source_digest(self.language, "", &SourceFiles::none(), Some(module)),
        }
    }

    /// What diagnostics are about.
    pub(in crate::commands) fn sources(&self) -> Sources<'_> {
        static NO_FILES: SourceFiles = SourceFiles::none();
        let (text, files) = match &self.content {
            Content::Text { source, files } => (source.as_str(), files),
            Content::Module(_) => ("", &NO_FILES),
        };
        Sources { entry_file: self.language.entry_file(), shown_as: &self.shown_as, text, files }
    }

    /// Says what the source was taken for and how to choose otherwise, where that was guessed and may have been wrong.
    pub(in crate::commands) fn say_guess(&self, failed: bool, output: &Output) {
        let Some(because) = &self.guessed else { return };
        let (taken_for, other) = match self.language {
            Language::TypeScript => ("TypeScript", Language::AssemblyScript),
            // What `.ts` has always meant needs no word while it works.
            _ if !failed => return,
            _ => ("AssemblyScript", Language::TypeScript),
        };
        output.hint(&format!(
            "{} was taken for {taken_for}: {because}; `// @nil {other}` in its first line, or --language {other}, says otherwise",
            self.shown_as
        ));
    }
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

/// Finds and reads everything before anything is sent, so that a typo deploys nothing.
///
/// # Errors
/// [`Failure::Usage`] for what cannot be read, named or recognised.
pub(in crate::commands) fn resolve(args: &Wanted<'_>) -> Result<Vec<Target>, Failure> {
    let mut files = Vec::new();
    for path in args.files {
        if path.is_dir() { files.extend(in_folder(path)?) } else { files.push(Found::alone(path.clone())) }
    }
    if args.name.is_some() && files.len() > 1 {
        let message = format!("--name names one function, but {} files were found", files.len());
        return Err(Failure::usage(message, "deploy them one at a time"));
    }
    let mut names = HashSet::new();
    let mut targets = Vec::new();
    for found in &files {
        let target = target(found, args)?;
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

/// A folder is one function, with every source file below it, if it holds an entry file. Otherwise it is a collection:
/// every source file in it, and every folder in it that is a function.
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

fn target(found: &Found, args: &Wanted<'_>) -> Result<Target, Failure> {
    let file = found.file.as_path();
    let name = match args.name {
        Some(name) => name.clone(),
        None => {
            let name = name_of(file, &file.display().to_string())?;
            name.parse().map_err(|error| {
                Failure::usage(format!("`{name}` cannot be the function's name: {error}"), "choose one with --name")
            })?
        }
    };
    named_target(found, name, args.language)
}

fn named_target(found: &Found, name: FunctionName, given: Option<Language>) -> Result<Target, Failure> {
    let file = found.file.as_path();
    let shown_as = file.display().to_string();
    let by_name = given.or_else(|| language_of(file)).ok_or_else(|| {
        let message = format!("cannot tell the language of `{shown_as}` by its extension");
        Failure::usage(message, format!("say it with --language; known extensions: {}", extensions()))
    })?;
    let Read { language, content, guessed } = read_content(found, by_name, given.is_none(), &shown_as)?;
    Ok(Target { shown_as, name, language, content, guessed })
}

/// A file that was read.
struct Read {
    language: Language,
    content: Content,
    guessed: Option<String>,
}

/// What the file holds, and what it is written in: as its name says, unless `may_declare` and the source says otherwise,
/// or what it holds.
fn read_content(found: &Found, by_name: Language, may_declare: bool, shown_as: &str) -> Result<Read, Failure> {
    if by_name == Language::Wasm {
        let too_large = "this does not look like a module";
        let module = read_bytes(&found.file, shown_as, MODULE_LIMIT_BYTES, too_large)?;
        return Ok(Read { language: by_name, content: Content::Module(module), guessed: None });
    }
    let source = read_text(&found.file, shown_as)?;
    let (language, guessed) = match declared(&source).filter(|language| language.is_compiled()) {
        _ if !may_declare => (by_name, None),
        Some(declared) => (declared, None),
        // Two languages share `.ts`.
        None if by_name == Language::AssemblyScript => match guess_dialect(&source) {
            Some(guess) => (guess.language, (guess.certainty == Certainty::Likely).then_some(guess.because)),
            None => (by_name, Some("nothing in it tells, and that is what `.ts` means then".to_owned())),
        },
        None => (by_name, None),
    };
    let files = match &found.folder {
        // The text format knows no imports between files.
        Some(folder) if language != Language::Wat => files_below(folder, language)?,
        _ => SourceFiles::default(),
    };
    Ok(Read { language, content: Content::Text { source, files }, guessed })
}

/// The file's name; for `index` and other entry files, which are all called the same, the folder's.
fn name_of(file: &Path, shown_as: &str) -> Result<String, Failure> {
    let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let own = stem(file).unwrap_or_default();
    let is_entry = language_of(file).is_some_and(|language| file.ends_with(language.entry_file()));
    if own != "index" && !is_entry {
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
    Language::of_extension(extension).filter(|_| !declares)
}

/// Two languages share `.ts`, so a source may say which it is in the comments at its beginning: `// @nil typescript`.
fn declared(source: &str) -> Option<Language> {
    let comments = source.lines().map(str::trim).take_while(|line| line.is_empty() || line.starts_with("//"));
    comments.filter_map(|line| line.split_once("@nil ")).find_map(|(_, rest)| {
        let word = rest.split(|character: char| !character.is_ascii_alphanumeric()).next()?;
        word.parse().ok()
    })
}

/// One extension of each language that has one to itself.
fn extensions() -> String {
    let known =
        Language::ALL.iter().filter_map(|language| language.extensions().first().map(|first| (first, *language)));
    let known = known.filter(|(extension, language)| Language::of_extension(extension) == Some(*language));
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
