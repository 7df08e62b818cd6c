//! A text, word by word.

/// The words of `text`, in lower case.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    let is_part = |letter: char| letter.is_ascii_alphabetic() || !letter.is_ascii();
    text.split(move |letter| !is_part(letter)).filter(|word| !word.is_empty()).map(str::to_ascii_lowercase)
}
