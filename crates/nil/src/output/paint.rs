//! The few colours there are. Colour only repeats what the words say already.

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Fine.
    Good,
    /// Worth a look.
    Warning,
    /// Wrong.
    Bad,
    /// Less important than its neighbours.
    Dim,
    /// A heading.
    Strong,
}

impl Tone {
    /// The ANSI parameter: the sixteen basic colours only, which every terminal theme keeps readable.
    fn code(self) -> &'static str {
        match self {
            Self::Good => "32",
            Self::Warning => "33",
            Self::Bad => "31",
            Self::Dim => "2",
            Self::Strong => "1",
        }
    }

    /// The text in this tone, or as it is where colour is off.
    pub(crate) fn paint(self, text: &str, color: bool) -> String {
        if color { format!("\u{1b}[{}m{text}\u{1b}[0m", self.code()) } else { text.to_owned() }
    }
}
