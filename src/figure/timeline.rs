//! Timelines: a row for each thread, strips for locks and cores, marks for what happens at a moment.
//!
//! Like a [`Chart`](super::Chart) a timeline is plain data. Bars of a row do not overlap and come in order. Where more
//! happens than print can show, a column of the row is divided among what happened in it, in proportion to the time it took.

mod columns;
mod paint;

use crate::figure::chart::Size;
use crate::figure::error::FigureError;
use crate::figure::look::style::Shape;
use crate::figure::look::theme::Theme;
use crate::figure::{Drawing, check};
use plotters::style::RGBColor;

/// Who did what when.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// How wide the figure is.
    pub size: Size,
    /// Quantity and unit of the horizontal axis.
    pub x_label: String,
    /// From when to when.
    pub range: (f64, f64),
    /// What bars stand for.
    pub paints: Vec<Paint>,
    /// What marks stand for.
    pub symbols: Vec<Symbol>,
    /// The rows, from the top.
    pub rows: Vec<Row>,
    /// What the figure shows, for readers who cannot see it.
    pub description: Option<String>,
}

/// What a bar stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Paint {
    /// Its name.
    pub name: String,
    /// Its colour.
    pub color: RGBColor,
    /// Whether the legend lists it; those of strips have their colours beside the names of rows.
    pub listed: bool,
}

/// What a mark stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Shape,
    /// Its colour.
    pub color: RGBColor,
}

/// One line of a timeline.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row {
    /// Stands beside it.
    pub name: String,
    /// The colour that stands for it in strips.
    pub color: Option<RGBColor>,
    /// Whether it is low.
    pub strip: bool,
    /// Whether it stands apart from the row above.
    pub apart: bool,
    /// What goes on in it.
    pub bars: Vec<Bar>,
    /// What happens in it at a moment: when, and the number of its symbol.
    pub marks: Vec<(f64, usize)>,
}

/// Something that lasts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// From when on.
    pub begin: f64,
    /// Until when.
    pub end: f64,
    /// The number of its paint.
    pub paint: usize,
}

/// Draws a timeline.
///
/// # Errors
/// There is nothing to draw, or no room for it.
pub fn draw(timeline: &Timeline, theme: &Theme) -> Result<Drawing, FigureError> {
    if timeline.rows.is_empty() || timeline.range.0 >= timeline.range.1 {
        return Err(FigureError::Empty("nothing happens in the window".into()));
    }
    let (canvas, warnings, magnification) = paint::paint(timeline, theme)?;
    let (svg, layout) = canvas.finish(magnification);
    debug_assert_eq!(check::problems(&layout), Vec::<String>::new());
    Ok(Drawing { svg, numbers_csv: numbers(timeline)?, warnings, layout })
}

/// The bars and marks as CSV.
fn numbers(timeline: &Timeline) -> Result<String, FigureError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["row", "what", "begin", "end"])?;
    for row in &timeline.rows {
        for bar in &row.bars {
            let what = &timeline.paints[bar.paint].name;
            writer.write_record([&row.name, what, &bar.begin.to_string(), &bar.end.to_string()])?;
        }
        for (at, symbol) in &row.marks {
            let (what, at) = (&timeline.symbols[*symbol].name, at.to_string());
            writer.write_record([&row.name, what, &at, &at])?;
        }
    }
    let bytes = writer.into_inner().map_err(|error| FigureError::Drawing(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| FigureError::Drawing(error.to_string()))
}
