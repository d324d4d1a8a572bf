//! What a figure shows, as plain data: it knows nothing of experiments, files or drawing.
//!
//! A chart has one or more panels that share both axes. A categorical x axis counts its categories from 0, so a point
//! of category `k` has `x = k`. Points are drawn in the order in which they are given.
//!
//! A chart of [`Kind::Spans`] has categories on its y axis, and a point reaches from `base` to `x`.

pub mod numbers;
pub mod prepare;

/// A figure: small multiples with shared axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// How series are drawn.
    pub kind: Kind,
    /// How wide the figure is.
    pub size: Size,
    /// Height in inches; without it 0.62 of the width of a panel (0.4 of that of a wide one) for each row of panels, and
    /// room for the legend.
    pub height: Option<f64>,
    /// The horizontal axis of every panel.
    pub x: Axis,
    /// The vertical axis of every panel.
    pub y: Axis,
    /// What the colours of a map stand for.
    pub color: Option<Axis>,
    /// The panels, in reading order.
    pub panels: Vec<Panel>,
    /// What the legend's entries are values of.
    pub legend_heading: Option<String>,
    /// How the legend names the hollow markers of the reference series.
    pub reference_label: String,
    /// Draws the line y = x under this name.
    pub ideal: Option<String>,
    /// What the figure shows, for readers who cannot see it; becomes the description inside the SVG.
    pub description: Option<String>,
}

/// How series are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Lines with markers and a band for the interval.
    Line,
    /// Lines that keep the value of a point up to the next.
    Steps,
    /// Markers with error bars.
    Scatter,
    /// Groups of bars with error bars; the x axis is categorical.
    Bars,
    /// Bars on top of each other, each from its `base` to its `y`; the x axis is categorical.
    Stack,
    /// Bars from `base` to `y` that lead from one level to the next, with their values; the x axis is categorical.
    Waterfall,
    /// Medians with quartiles and whiskers; the x axis is categorical.
    Boxes,
    /// Cells whose colour is their value; either axis may be categorical.
    Map,
    /// Bars from `base` to `x` at the height `y`; the y axis is categorical.
    Spans,
}

impl Kind {
    /// Whether points stand in the room of their category on the x axis.
    pub fn has_bars(self) -> bool {
        matches!(self, Self::Bars | Self::Stack | Self::Waterfall | Self::Boxes)
    }

    /// Whether bars stand on zero, so that the y axis must show it.
    pub fn stands_on_zero(self) -> bool {
        matches!(self, Self::Bars | Self::Stack | Self::Waterfall)
    }

    /// Whether the y axis may have categories.
    pub fn has_rows(self) -> bool {
        matches!(self, Self::Map | Self::Spans)
    }
}

/// How wide a figure is in print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// One column of a two-column paper: about 3.5 inches.
    Single,
    /// The whole text width: 7 inches.
    Double,
    /// A slide: 10 inches with large type.
    Slide,
}

/// How values become distances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences, equal distances.
    Linear,
    /// Equal ratios, equal distances; only positive values have a place.
    Log,
    /// One place for each category, in the order in which they are listed.
    Category,
}

/// An axis, shared by all panels.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Quantity and unit, such as `wait (µs)`.
    pub label: String,
    /// How values become distances.
    pub scale: Scale,
    /// The range drawn; without it, what the data need.
    pub range: Option<(f64, f64)>,
    /// Names of the categories of a categorical axis.
    pub categories: Vec<String>,
    /// Values at which a thin dashed line crosses the panels.
    pub rules: Vec<f64>,
}

/// One of the small multiples.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Panel {
    /// Stands above the panel when not empty.
    pub title: String,
    /// Simulated series. Equal labels in different panels look the same.
    pub series: Vec<Series>,
    /// Published or measured series: hollow markers, in the colour of the simulated series with the same label.
    pub references: Vec<Series>,
    /// Theory: dashed grey lines without markers.
    pub curves: Vec<Series>,
    /// Values beyond the whiskers of the boxes of the series with the same label.
    pub strays: Vec<Series>,
    /// The cells of a map.
    pub cells: Vec<Cell>,
}

/// A cell of a map: it reaches half-way to its neighbours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Horizontal value of its middle.
    pub x: f64,
    /// Vertical value of its middle.
    pub y: f64,
    /// What its colour shows.
    pub value: f64,
}

/// Points that belong together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Series {
    /// Name in the legend; a series with an empty name is not listed there.
    pub label: String,
    /// The points.
    pub points: Vec<Point>,
}

/// A point, perhaps with an interval of confidence for y.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// Horizontal value.
    pub x: f64,
    /// Vertical value.
    pub y: f64,
    /// Lowest and highest y of the interval, or the ends of the whiskers of a box.
    pub interval: Option<(f64, f64)>,
    /// Lower and upper quartile, where `y` is the median of a box.
    pub quartiles: Option<(f64, f64)>,
    /// Where the bar starts that ends at the point; without it at zero.
    pub base: Option<f64>,
}

impl Axis {
    /// An axis whose range follows the data.
    pub fn new(label: impl Into<String>, scale: Scale) -> Self {
        Self { label: label.into(), scale, range: None, categories: Vec::new(), rules: Vec::new() }
    }

    /// A categorical axis.
    pub fn of_categories(label: impl Into<String>, categories: Vec<String>) -> Self {
        Self { categories, ..Self::new(label, Scale::Category) }
    }
}

impl Point {
    /// A point without an interval.
    pub fn new(x: f64, y: f64) -> Self {
        Self { x, y, ..Self::default() }
    }

    /// The end of a bar from `base` to `y`.
    pub fn from_base(x: f64, base: f64, y: f64) -> Self {
        Self { x, y, base: Some(base), ..Self::default() }
    }

    /// A point with an interval, if there is one.
    pub fn within(x: f64, y: f64, interval: Option<(f64, f64)>) -> Self {
        Self { x, y, interval, ..Self::default() }
    }
}

impl Series {
    /// A series from its name and its points.
    pub fn new(label: impl Into<String>, points: Vec<Point>) -> Self {
        Self { label: label.into(), points }
    }
}

impl Chart {
    /// A chart of one column without panels, to be filled.
    pub fn new(kind: Kind, x: Axis, y: Axis) -> Self {
        Self {
            kind,
            size: Size::Single,
            height: None,
            x,
            y,
            color: None,
            panels: Vec::new(),
            legend_heading: None,
            reference_label: "reference".into(),
            ideal: None,
            description: None,
        }
    }
}
