//! A figure as an experiment file asks for it: which columns go where, and what they are called.

pub use crate::figure::chart::{Scale, Size};
use std::cmp::Ordering;
use std::path::PathBuf;

/// What a figure makes of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plot {
    /// Means over x, joined by lines, with bands for their intervals.
    Line,
    /// Means over x, or over the mean of another metric, with error bars.
    Scatter,
    /// Means as groups of bars with error bars.
    Bars,
    /// Quartiles over replications.
    Box,
    /// Means as colours over two swept parameters.
    HeatMap,
    /// The share of replications up to x; or of events, where a metric has percentiles.
    Cdf,
    /// The share above x.
    Ccdf,
    /// A scatter with the line through the points that none betters.
    Pareto,
    /// The parts of a sum on top of each other.
    Stacked,
    /// The steps that lead from one amount to another.
    Waterfall,
}

impl Plot {
    /// Whether a column stands along the x axis.
    pub fn has_x(self) -> bool {
        !matches!(self, Self::Cdf | Self::Ccdf | Self::Waterfall)
    }

    /// Whether y is a list of metrics that add up.
    pub fn has_parts(self) -> bool {
        matches!(self, Self::Stacked | Self::Waterfall)
    }

    /// Whether published points may stand beside the simulated ones.
    pub fn has_references(self) -> bool {
        !(self.has_parts() || self == Self::HeatMap)
    }

    /// What a figure shows of so many runs, in a sentence: `10 replications`, `10 to 200 replications`, `20 batches of one
    /// run`.
    pub fn summary(self, runs: &str) -> String {
        if runs == "1 replication" {
            return "One run a point (n = 1), no interval.".into();
        }
        match self {
            Self::Box => format!(
                "Boxes: quartiles of n = {runs}; whiskers reach to the last value within 1.5 times their distance, \
                 circles are values beyond."
            ),
            Self::Cdf | Self::Ccdf => format!("Distribution over n = {runs} of each cell."),
            Self::HeatMap | Self::Stacked | Self::Waterfall => format!("Means of n = {runs}."),
            _ => format!("Means of n = {runs} with 95 % confidence intervals (Student's t)."),
        }
    }
}

/// Which values of an axis are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// The lower ones.
    Low,
    /// The higher ones.
    High,
}

impl Better {
    /// How one value compares with another: greater is better.
    pub fn order(self, one: f64, other: f64) -> Ordering {
        match self {
            Self::Low => other.total_cmp(&one),
            Self::High => one.total_cmp(&other),
        }
    }

    /// The worse of two values.
    pub fn worse(self, one: f64, other: f64) -> f64 {
        match self {
            Self::Low => one.max(other),
            Self::High => one.min(other),
        }
    }
}

/// A part of a sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The metric.
    pub metric: String,
    /// Whether it is taken from the sum.
    pub negative: bool,
    /// What the figure calls it.
    pub name: String,
}

/// What the colours of a heat map show.
#[derive(Debug, Clone, PartialEq)]
pub struct ColorSpec {
    /// The metric.
    pub metric: String,
    /// Label of the colour bar; else made from the name of the column.
    pub label: Option<String>,
    /// Scale of the colours.
    pub scale: Scale,
    /// What values are multiplied by.
    pub factor: f64,
    /// Range of the colours.
    pub range: Option<(f64, f64)>,
}

/// What a figure shows of a table of replications.
///
/// Columns of durations end in `_s`; a spec may name them with or without it. Values are given as text; those of
/// duration columns may have a unit (`5ms`).
#[derive(Debug, Clone, PartialEq)]
pub struct FigureSpec {
    /// Name of the figure, where an experiment has several.
    pub name: Option<String>,
    /// What is made of the table.
    pub kind: Plot,
    /// Column along the x axis: a swept parameter or, for a scatter, a metric too; for a distribution the metric.
    pub x: String,
    /// Metric along the y axis; for a heat map a swept parameter.
    pub y: String,
    /// The metrics that a stack or a waterfall adds up.
    pub parts: Vec<Part>,
    /// What a waterfall calls its sum.
    pub total: Option<String>,
    /// Whether a stack shows shares of its sum.
    pub share: bool,
    /// The colours of a heat map.
    pub color: Option<ColorSpec>,
    /// Which x and y are better, where there is a front.
    pub better: (Better, Better),
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
    /// What categories of a heat map's y axis are called.
    pub y_names: Vec<(String, String)>,
    /// Published or measured points.
    pub reference: Option<Reference>,
    /// Points of a theory, drawn as dashed lines.
    pub theory: Option<Reference>,
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
    /// A CSV file with columns named like the swept parameters, and `quantile` beside a distribution; lines that start with
    /// `#` name the source.
    pub file: PathBuf,
    /// The column of y values; without it the one named like the metric.
    pub y: Option<String>,
    /// What the legend calls the points.
    pub label: String,
}

impl FigureSpec {
    /// A spec with linear axes that shows `y` over `x`, one column wide, and nothing else.
    pub fn new(kind: Plot, x: impl Into<String>, y: impl Into<String>) -> Self {
        Self {
            name: None,
            kind,
            x: x.into(),
            y: y.into(),
            parts: Vec::new(),
            total: None,
            share: false,
            color: None,
            better: (Better::Low, Better::Low),
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
            y_names: Vec::new(),
            reference: None,
            theory: None,
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

    /// What the values of the metric are multiplied by.
    pub fn value_factor(&self) -> f64 {
        match (self.kind, &self.color) {
            (Plot::HeatMap, Some(color)) => color.factor,
            (Plot::Cdf | Plot::Ccdf, _) => self.x_factor,
            _ => self.y_factor,
        }
    }

    /// The columns from which values are drawn.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        let parts = self.parts.iter().map(|part| part.metric.as_str());
        let color = self.color.iter().map(|color| color.metric.as_str());
        [self.x.as_str(), self.y.as_str()].into_iter().chain(parts).chain(color)
    }

    /// The metric that is drawn; of several the first.
    pub fn metric(&self) -> &str {
        match (&self.color, self.parts.first()) {
            (Some(color), _) => &color.metric,
            (None, Some(part)) => &part.metric,
            (None, None) => &self.y,
        }
    }
}

/// Whether a metric is a percentile, by its name.
pub fn is_percentile(metric: &str) -> bool {
    let is_share = |part: &str| {
        part.strip_prefix('p').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    metric.split('_').any(is_share)
}
