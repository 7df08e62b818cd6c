//! The small programs that exist in every language: `examples/common/` says what each must answer,
//! `examples/<language>/<program>/` is how the language does it.

use std::{collections::HashMap, fs, path::Path};

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

/// One program of `examples/common/`.
#[derive(Debug, Clone)]
pub struct CommonProgram {
    /// Also the name of its folder in every language.
    pub name: String,
    /// What it must answer.
    pub cases: Vec<CommonCase>,
}

/// One call of a program.
#[derive(Debug, Clone)]
pub struct CommonCase {
    /// JSON, as it is written in the table.
    pub input: String,
    /// How the call must end.
    pub expected: Expected,
}

/// How a call must end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// `COMPLETED`, with an equal value; keys of objects may be in any order, numbers must be written alike.
    Output(Value),
    /// `FAILED`, with this in the message.
    Error(String),
}

impl CommonProgram {
    /// Every program below `examples`, by name.
    ///
    /// # Panics
    ///
    /// If the table is not there or is not as its README says.
    pub fn all(examples: &Path) -> Vec<Self> {
        names(&examples.join("common")).iter().map(|name| Self::read(&examples.join("common").join(name))).collect()
    }

    fn read(folder: &Path) -> Self {
        let file = folder.join("program.json");
        let text = read(&file);
        let fields: HashMap<&str, &RawValue> = parse(&file, &text);
        let field = |name: &str| fields.get(name).map_or("", |raw| raw.get());
        let cases: Vec<HashMap<&str, &RawValue>> = parse(&file, field("cases"));
        let name: String = parse(&file, field("name"));
        assert_eq!(Some(name.as_str()), folder.file_name().and_then(|it| it.to_str()), "{}", file.display());
        assert!(!cases.is_empty(), "{}: no cases", file.display());
        Self { name, cases: cases.iter().map(|case| CommonCase::of(folder, case)).collect() }
    }
}

impl CommonCase {
    fn of(folder: &Path, case: &HashMap<&str, &RawValue>) -> Self {
        let text = |field: &str| -> Option<String> {
            case.get(field).map(|raw| serde_json::from_str(raw.get()).expect("a string"))
        };
        let input = match (case.get("input"), text("inputFile")) {
            (Some(raw), None) => raw.get().to_owned(),
            (None, Some(file)) => read(&folder.join(file)).trim_end().to_owned(),
            _ => panic!("{}: a case has either `input` or `inputFile`", folder.display()),
        };
        let expected = match (case.get("output"), text("error")) {
            (Some(raw), None) => Expected::Output(serde_json::from_str(raw.get()).expect("a value")),
            (None, Some(error)) => Expected::Error(error),
            _ => panic!("{}: a case has either `output` or `error`", folder.display()),
        };
        Self { input, expected }
    }
}

/// The languages that have the programs: every folder beside `examples/common` that holds one of them.
///
/// # Panics
///
/// If `examples` cannot be read.
pub fn languages_with_programs(examples: &Path) -> Vec<String> {
    let programs = names(&examples.join("common"));
    let mut languages = names(examples);
    languages.retain(|language| {
        language != "common" && programs.iter().any(|program| examples.join(language).join(program).is_dir())
    });
    languages
}

/// The folders in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort_unstable();
    names
}

fn parse<'a, T: Deserialize<'a>>(file: &Path, text: &'a str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
