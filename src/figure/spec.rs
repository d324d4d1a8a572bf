//! A figure as an experiment file asks for it: which columns go where, and what they are called.

pub use super::chart::{Kind, Scale, Size};
use std::path::PathBuf;

/// What a figure shows of a table of replications.
///
/// Columns of durations end in `_s`; a spec may name them with or without it. Values are given as text; those of
/// duration columns may have a unit (`5ms`).
#[derive(Debug, Clone, PartialEq)]
pub struct FigureSpec {
    /// Name of the figure, where an experiment has several.
    pub name: Option<String>,
    /// How series are drawn.
    pub kind: Kind,
    /// Column along the x axis: a swept parameter or, for a scatter, a metric too.
    pub x: String,
    /// Metric along the y axis.
    pub y: String,
    /// Swept parameter whose values become series.
    pub series: Option<String>,
    /// Swept parameter whose values become panels.
    pub panel: Option<String>,
    /// Keeps rows whose column has the value.
    pub filter: Vec<(String, String)>,
    /// Label of the x axis; else made from the name of the column.
    pub x_label: Option<String>,
    /// Label of the y axis; else made from the name of the column.
    pub y_label: Option<String>,
    /// Heading of the legend.
    pub series_label: Option<String>,
    /// What panels are values of: titles become `label = value`.
    pub panel_label: Option<String>,
    /// Scale of the x axis; bars have categories whatever is said here.
    pub x_scale: Scale,
    /// Scale of the y axis.
    pub y_scale: Scale,
    /// What x is multiplied by, such as 1000 for milliseconds.
    pub x_factor: f64,
    /// What y is multiplied by.
    pub y_factor: f64,
    /// Range of the x axis as drawn.
    pub x_range: Option<(f64, f64)>,
    /// Range of the y axis as drawn.
    pub y_range: Option<(f64, f64)>,
    /// What values of the series column are called.
    pub series_names: Vec<(String, String)>,
    /// What values of the panel column are called.
    pub panel_names: Vec<(String, String)>,
    /// What categories are called.
    pub x_names: Vec<(String, String)>,
    /// Published or measured points.
    pub reference: Option<Reference>,
    /// Divides each y by that of the same replication whose parameters are the same but for these values.
    pub relative_to: Vec<(String, String)>,
    /// Turns y, or the ratio, over.
    pub inverse: bool,
    /// Values of x, as drawn, at which a rule stands.
    pub rules_x: Vec<f64>,
    /// Values of y, as drawn, at which a rule lies.
    pub rules_y: Vec<f64>,
    /// Draws the line y = x.
    pub ideal: bool,
    /// Width in print.
    pub size: Size,
    /// Height in inches.
    pub height: Option<f64>,
    /// What the figure shows.
    pub caption: Option<String>,
}

/// Where published or measured points come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// A CSV file with columns named like the swept parameters; lines that start with `#` name the source.
    pub file: PathBuf,
    /// The column of y values; without it the one named like the metric.
    pub y: Option<String>,
    /// What the legend calls the points.
    pub label: String,
}

impl FigureSpec {
    /// A spec with linear axes that shows `y` over `x`, one column wide, and nothing else.
    pub fn new(kind: Kind, x: impl Into<String>, y: impl Into<String>) -> Self {
        Self {
            name: None,
            kind,
            x: x.into(),
            y: y.into(),
            series: None,
            panel: None,
            filter: Vec::new(),
            x_label: None,
            y_label: None,
            series_label: None,
            panel_label: None,
            x_scale: Scale::Linear,
            y_scale: Scale::Linear,
            x_factor: 1.0,
            y_factor: 1.0,
            x_range: None,
            y_range: None,
            series_names: Vec::new(),
            panel_names: Vec::new(),
            x_names: Vec::new(),
            reference: None,
            relative_to: Vec::new(),
            inverse: false,
            rules_x: Vec::new(),
            rules_y: Vec::new(),
            ideal: false,
            size: Size::Single,
            height: None,
            caption: None,
        }
    }
}
