//! What is wrong with an input, told with the place, what was found, what is allowed and the nearest name.

use std::fmt;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::source::{Place, Source, SourceError};

/// A message about an input. [`fmt::Display`] gives it with the lines it speaks of.
#[derive(Clone)]
pub struct Diagnostic(Box<Parts>);

/// What a reader gives back.
pub type Checked<T> = Result<T, Diagnostic>;

#[derive(Clone)]
struct Parts {
    message: String,
    places: Vec<(Place, String)>,
    help: Vec<String>,
}

impl Diagnostic {
    /// A message that has no place in a text.
    pub fn new(message: impl Into<String>) -> Self {
        Self(Box::new(Parts { message: message.into(), places: Vec::new(), help: Vec::new() }))
    }

    /// A message about a place, which gets a caret with `label`.
    pub fn at(place: &Place, message: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(message).also(place, label)
    }

    /// Points to one more place.
    #[must_use]
    pub fn also(mut self, place: &Place, label: impl Into<String>) -> Self {
        self.0.places.push((place.clone(), label.into()));
        self
    }

    /// Adds a line of advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help.push(help.into());
        self
    }

    /// Adds a line of advice if there is one.
    #[must_use]
    pub fn maybe_help(self, help: Option<String>) -> Self {
        match help {
            Some(help) => self.help(help),
            None => self,
        }
    }

    /// Advises the allowed name nearest to `found`, or, when none is near, lists them all.
    #[must_use]
    pub fn suggest<'n>(self, found: &str, allowed: impl IntoIterator<Item = &'n str>) -> Self {
        let allowed: Vec<&str> = allowed.into_iter().collect();
        match nearest(found, &allowed) {
            Some(name) => self.help(format!("did you mean `{name}`?")),
            None if allowed.is_empty() => self,
            None => self.help(format!("allowed: {}", quoted(&allowed))),
        }
    }

    /// The message alone, in one line.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The message with the lines it speaks of, in colour if so wished.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let annotated = self.0.places.iter().enumerate().map(|(index, (place, label))| {
            let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            (&place.source, kind.span(place.range.clone()).label(label.as_str()))
        });
        let mut snippets: Vec<(&Arc<Source>, Snippet<'_, _>)> = Vec::new();
        for (source, annotation) in annotated {
            let snippet = match snippets.pop_if(|(last, _)| Arc::ptr_eq(last, source)) {
                Some((_, snippet)) => snippet,
                None => Snippet::source(source.text.as_str()).path(source.name.as_str()),
            };
            snippets.push((source, snippet.annotation(annotation)));
        }
        let snippets = snippets.into_iter().map(|(_, snippet)| snippet);
        let help = self.0.help.iter().map(|help| Level::HELP.message(help.as_str()));
        let group = Level::ERROR.primary_title(self.0.message.as_str()).elements(snippets).elements(help);
        renderer.render(&[group])
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl fmt::Debug for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Diagnostic {}

impl From<SourceError> for Diagnostic {
    fn from(error: SourceError) -> Self {
        let help = match &error {
            SourceError::Unreadable { .. } => None,
            SourceError::TooLong { .. } => Some("generate long lists, and put data into CSV files"),
            SourceError::NotText { .. } => Some("save the file as UTF-8"),
        };
        Self::new(error.to_string()).maybe_help(help.map(str::to_owned))
    }
}

/// Longer words are nobody's slip of the pen, and dear to compare.
const LONGEST_NAME: usize = 100;

/// So many names are listed.
const LISTED: usize = 40;

/// The name that `found` most likely means: a few letters away, or begun by it.
pub fn nearest<'n>(found: &str, names: &[&'n str]) -> Option<&'n str> {
    if found.len() > LONGEST_NAME {
        return None;
    }
    let found = found.to_lowercase();
    let reach = 1 + found.chars().count() / 4;
    let near = names
        .iter()
        .filter(|name| name.len() <= LONGEST_NAME)
        .map(|name| (strsim::damerau_levenshtein(&found, &name.to_lowercase()), *name))
        .filter(|(distance, _)| *distance <= reach)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name);
    let begun = || names.iter().copied().find(|name| found.len() > 2 && name.to_lowercase().starts_with(&found));
    near.or_else(begun)
}

/// A list of names for people: `a`, `b`, `c`.
pub fn quoted(names: &[&str]) -> String {
    let more = if names.len() > LISTED { ", …" } else { "" };
    let names: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    names.join(", ") + more
}
