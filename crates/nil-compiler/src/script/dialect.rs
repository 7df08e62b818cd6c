//! Two languages share `.ts`. Which of them a source is written in, by what only one of them has.

use nil_core::Language;
use oxc::{
    allocator::Allocator,
    ast::ast::{
        BindingPattern, Declaration, ExportDefaultDeclarationKind, FormalParameters, Function, Statement, TSType,
    },
    parser::Parser,
    semantic::SemanticBuilder,
    span::SourceType,
};

/// What a source is most likely written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// AssemblyScript or TypeScript.
    pub language: Language,
    /// What tells, as the end of a sentence: "it is TypeScript, because …".
    pub because: String,
    /// How much that tells.
    pub certainty: Certainty,
}

/// How much a [`Guess`] is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// The other language does not know what is used.
    Certain,
    /// The other language would hardly be written like this.
    Likely,
}

/// AssemblyScript's own types.
const TYPES: [&str; 13] =
    ["i8", "i16", "i32", "i64", "isize", "u8", "u16", "u32", "u64", "usize", "f32", "f64", "v128"];

/// What else AssemblyScript knows without a declaration, and no JavaScript does.
const BUILTINS: &[&str] = &[
    "StaticArray",
    "changetype",
    "unchecked",
    "unreachable",
    "idof",
    "nameof",
    "offsetof",
    "sizeof",
    "alignof",
    "ASC_TARGET",
];

/// Packages that come with AssemblyScript here.
const PACKAGES: [&str; 2] = ["json-as", "assemblyscript"];

/// Reads `source`; `None` if nothing in it tells.
#[must_use]
pub fn guess_dialect(source: &str) -> Option<Guess> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, source, SourceType::ts().with_module(true)).parse();
    let certain =
        |because: String| Some(Guess { language: Language::AssemblyScript, because, certainty: Certainty::Certain });
    let mut modules = parsed.module_record.requested_modules.keys().map(|name| name.as_str());
    if let Some(package) = modules.find(|name| PACKAGES.contains(&name.split('/').next().unwrap_or_default())) {
        return certain(format!("it imports \"{package}\""));
    }
    let semantic = SemanticBuilder::new().build(&parsed.program).semantic;
    let undeclared = semantic.scoping().root_unresolved_references();
    if let Some(name) = TYPES.iter().chain(BUILTINS).find(|&&name| undeclared.keys().any(|key| key.as_str() == name)) {
        return certain(format!("it uses `{name}`"));
    }
    // What does not parse at all has no tree.
    let entry = if parsed.panicked { by_text(source) } else { parsed.program.body.iter().find_map(entry) };
    let (language, because) = match entry? {
        Entry::Typed => return certain("it uses types of WebAssembly".to_owned()),
        Entry::TakesStrings => (Language::AssemblyScript, "`handle` takes a string"),
        Entry::TakesValues => (Language::TypeScript, "`handle` takes a value that is no string"),
        Entry::TakesNothing => (Language::TypeScript, "`handle` takes no string"),
        Entry::Async => (Language::TypeScript, "`handle` is async"),
        Entry::Constant => (Language::TypeScript, "`handle` is a constant"),
        Entry::Default => (Language::TypeScript, "it has a default export"),
    };
    Some(Guess { language, because: because.to_owned(), certainty: Certainty::Likely })
}

/// What a source offers to call, by how it is written.
enum Entry {
    /// Whatever it is.
    Typed,
    /// As AssemblyScript has it.
    TakesStrings,
    TakesValues,
    TakesNothing,
    Async,
    Constant,
    Default,
}

fn entry(statement: &Statement<'_>) -> Option<Entry> {
    match statement {
        Statement::FunctionDeclaration(function) => handle(function),
        Statement::ExportDeclaration(export) => match &export.declaration {
            Declaration::FunctionDeclaration(function) => handle(function),
            Declaration::VariableDeclaration(variables) => {
                let is_handle = |pattern: &BindingPattern<'_>| match pattern {
                    BindingPattern::BindingIdentifier(name) => name.name.as_str() == "handle",
                    _ => false,
                };
                variables.declarations.iter().any(|one| is_handle(&one.id)).then_some(Entry::Constant)
            }
            _ => None,
        },
        Statement::ExportDefaultDeclaration(export) => match &export.declaration {
            ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => None,
            _ => Some(Entry::Default),
        },
        _ => None,
    }
}

fn handle(function: &Function<'_>) -> Option<Entry> {
    let is_handle = function.id.as_ref().is_some_and(|name| name.name.as_str() == "handle");
    is_handle.then(|| if function.r#async { Entry::Async } else { takes(&function.params) })
}

fn takes(parameters: &FormalParameters<'_>) -> Entry {
    let string = |annotation: &TSType<'_>| matches!(annotation, TSType::TSStringKeyword(_));
    let mut parameters = parameters.items.iter().peekable();
    if parameters.peek().is_none() {
        return Entry::TakesNothing;
    }
    let all = parameters.all(|one| one.type_annotation.as_ref().is_some_and(|it| string(&it.type_annotation)));
    if all { Entry::TakesStrings } else { Entry::TakesValues }
}

/// The same, roughly, of a source with a mistake.
fn by_text(source: &str) -> Option<Entry> {
    if TYPES.iter().any(|name| source.contains(&format!(": {name}")) || source.contains(&format!("<{name}>"))) {
        return Some(Entry::Typed);
    }
    let (before, behind) = source.split_once("function handle(")?;
    let parameters = behind.split(')').next().unwrap_or_default();
    let is_string =
        |parameter: &str| parameter.split_once(':').is_some_and(|(_, annotation)| annotation.trim() == "string");
    Some(if before.trim_end().ends_with("async") {
        Entry::Async
    } else if parameters.trim().is_empty() {
        Entry::TakesNothing
    } else if parameters.split(',').all(is_string) {
        Entry::TakesStrings
    } else {
        Entry::TakesValues
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(source: &str) -> Option<(Language, String)> {
        guess_dialect(source).map(|guess| (guess.language, guess.because))
    }

    #[test]
    fn assemblyscript_is_told_by_its_types_its_packages_and_its_handle() {
        for (source, because) in [
            ("export function add(a: i32, b: i32): i32 { return a + b; }", "it uses `i32`"),
            ("import { JSON } from \"json-as\";\nexport function handle(input) {}", "it imports \"json-as\""),
            ("export function handle(input: string): string { return input; }", "`handle` takes a string"),
            ("export function handle(input: string): string { return input +; }", "`handle` takes a string"),
            (
                "@json class A { n: f64 = 0; }\nexport function handle(input: string): string { return ''; }",
                "it uses `f64`",
            ),
            ("@inline function f(): u8 { return 1; }\nexport function run(): void {}", "it uses types of WebAssembly"),
        ] {
            assert_eq!(guess(source), Some((Language::AssemblyScript, because.to_owned())), "{source}");
        }
    }

    #[test]
    fn typescript_is_told_by_a_handle_that_takes_values() {
        let object = "`handle` takes a value that is no string";
        for (source, because) in [
            ("export function handle(input) { return input; }", object),
            ("export function handle({ name }: { name: string }) { return { name }; }", object),
            ("interface In { n: number }\nexport function handle(input: In): number { return input.n; }", object),
            ("function handle(input: unknown) { return input; }\nexport { handle };", object),
            ("export async function handle(input: string) { return 1; }", "`handle` is async"),
            ("export const handle = (input: any) => input;", "`handle` is a constant"),
            ("export default (input: any) => input;", "it has a default export"),
            ("export function handle() { return 1; }", "`handle` takes no string"),
            ("export function handle(input) {\n  return input +;\n}", object),
            // A type of one's own is no AssemblyScript.
            ("type i32 = number;\nexport function handle(input: { n: i32 }) { return 1; }", object),
            // Neither is what only a text or a comment mentions.
            ("// i32\nexport function handle(input: {}) { return \"u8\"; }", object),
        ] {
            assert_eq!(guess(source), Some((Language::TypeScript, because.to_owned())), "{source}");
        }
    }

    #[test]
    fn nothing_tells_where_there_is_nothing_to_call() {
        for source in ["", "Dear compiler, please run this.", "export function add(a: number): number { return a; }"] {
            assert_eq!(guess(source), None, "{source}");
        }
    }
}
