//! Texts that people wrote, and places in them.

use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The longest text that is read, in bytes.
pub const LONGEST: u64 = 1 << 24;

/// The longest experiment with all that it includes, in bytes.
pub const LONGEST_EXPERIMENT: usize = 1 << 18;

/// A text with a name: a file, or an argument of the command line.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// What messages call it.
    pub name: String,
    /// The text.
    pub text: String,
}

/// A range of bytes of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The text.
    pub source: Arc<Source>,
    /// The bytes.
    pub range: Range<usize>,
}

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The operating system says no.
    #[error("cannot read {}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        error: std::io::Error,
    },
    /// Longer than it may be.
    #[error("{} has more than {most} bytes", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// How long it may be.
        most: u64,
    },
    /// Not UTF-8.
    #[error("{}:{line}:{column} is not UTF-8 text: the byte 0x{byte:02x} does not belong there", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The line of the first bad byte.
        line: usize,
        /// Its place in the line, in characters.
        column: usize,
        /// The byte.
        byte: u8,
    },
}

impl Source {
    /// A text that stands in no file.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into() })
    }

    /// Reads a file of at most [`LONGEST`] bytes.
    ///
    /// # Errors
    /// The file cannot be read, is too long or is not UTF-8.
    pub fn load(path: &Path) -> Result<Arc<Self>, SourceError> {
        Self::load_at_most(path, LONGEST)
    }

    /// Reads a file of at most so many bytes.
    ///
    /// # Errors
    /// The file cannot be read, is too long or is not UTF-8.
    pub fn load_at_most(path: &Path, most: u64) -> Result<Arc<Self>, SourceError> {
        let unreadable = |error| SourceError::Unreadable { path: path.into(), error };
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path).map_err(unreadable)?;
        file.take(most + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > most {
            return Err(SourceError::TooLong { path: path.into(), most });
        }
        Self::of_bytes(path, bytes)
    }

    /// The text of a file that has these bytes.
    ///
    /// # Errors
    /// They are not UTF-8.
    pub fn of_bytes(path: &Path, bytes: Vec<u8>) -> Result<Arc<Self>, SourceError> {
        let text = String::from_utf8(bytes).map_err(|error| {
            let good = error.utf8_error().valid_up_to();
            let before = String::from_utf8_lossy(&error.as_bytes()[..good]);
            let line = before.split('\n').count();
            let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
            SourceError::NotText { path: path.into(), line, column, byte: error.as_bytes()[good] }
        })?;
        Ok(Self::new(path.display().to_string(), text))
    }

    /// The place of a range of bytes, cut to the text and widened to whole characters.
    pub fn place(self: &Arc<Self>, range: Range<usize>) -> Place {
        let mut start = range.start.min(self.text.len());
        let mut end = range.end.clamp(start, self.text.len());
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        Place { source: Arc::clone(self), range: start..end }
    }
}

impl Place {
    /// The text at this place.
    pub fn text(&self) -> &str {
        &self.source.text[self.range.clone()]
    }

    /// The place of a part of a TOML string whose value is `value`: `part` counts the bytes of the value.
    ///
    /// A string with escapes has no such places: then this is the whole string.
    #[must_use]
    pub fn inside(&self, value: &str, part: Range<usize>) -> Self {
        match self.text().find(value) {
            Some(quotes) => {
                let start = self.range.start + quotes;
                self.source.place(start + part.start..start + part.end)
            }
            None => self.clone(),
        }
    }
}
