//! Why a figure cannot be drawn, in words for the person who wrote the experiment file.

use std::path::PathBuf;

/// Why there is no figure.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    /// A CSV file cannot be opened or is not CSV.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the CSV reader said.
        source: csv::Error,
    },
    /// CSV text is not CSV.
    #[error("cannot read the table: {0}")]
    Csv(#[from] csv::Error),
    /// A figure names a column that the table has not.
    #[error("there is no column `{name}` in {table}{}", nearest_or_all(nearest.as_deref(), columns))]
    NoColumn {
        /// The name asked for.
        name: String,
        /// Which table.
        table: &'static str,
        /// The existing name most like it, if one is alike.
        nearest: Option<String>,
        /// All columns.
        columns: Vec<String>,
    },
    /// A value named for a column never occurs in it.
    #[error("column `{column}` never has the value `{value}`; it has {}", join(present))]
    NoValue {
        /// The column.
        column: String,
        /// The value asked for.
        value: String,
        /// The values it has.
        present: Vec<String>,
    },
    /// Points of one series would stem from different cells.
    #[error(
        "the figure does not say what to do with the swept {}: make it x, series or panel, or choose a value with `where`",
        join(columns)
    )]
    Ambiguous {
        /// The swept columns that the figure does not use.
        columns: Vec<String>,
    },
    /// A word stands where a number is needed.
    #[error("column `{column}` has `{value}`, which is no number{hint}")]
    NotANumber {
        /// The column.
        column: String,
        /// The cell.
        value: String,
        /// What to do about it.
        hint: &'static str,
    },
    /// Filters or missing values left nothing to draw.
    #[error("there is nothing to draw: {0}")]
    Empty(String),
    /// A figure asks for something that does not exist.
    #[error("{0}")]
    Impossible(String),
    /// The canvas has no room for labels and legend.
    #[error("the figure is too small: {0}")]
    TooSmall(String),
    /// The drawing engine failed.
    #[error("cannot draw: {0}")]
    Drawing(String),
    /// A font file cannot be used.
    #[error("cannot use the font {}: {reason}; give a TrueType or OpenType file", path.display())]
    Font {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The SVG could not become a PDF.
    #[error("cannot make a PDF: {0}")]
    Pdf(String),
    /// The SVG could not become a PNG.
    #[error("cannot make a PNG: {0}")]
    Raster(String),
}

fn nearest_or_all(nearest: Option<&str>, columns: &[String]) -> String {
    match nearest {
        Some(name) => format!("; did you mean `{name}`?"),
        None => format!("; it has {}", join(columns)),
    }
}

fn join(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let mut text = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(", …");
    }
    text
}
