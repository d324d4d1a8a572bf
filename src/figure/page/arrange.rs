//! Where frames and labels go: margins computed from measured text.
//!
//! Margins depend on tick labels, which depend on the length of the axes, which depends on the margins; a few rounds
//! settle them. Panels share their axes: tick labels stand at the left column and under the lowest panel of a column.

use crate::figure::axis::categories::{self, CategoryLabels};
use crate::figure::axis::span::Side;
use crate::figure::axis::ticks::{self, Ruler, Ticks};
use crate::figure::canvas::font::Font;
use crate::figure::chart::{Axis, Chart, Kind, Scale};
use crate::figure::error::FigureError;
use crate::figure::ink::Plane;
use crate::figure::look::style::{LABEL, LEADING, PT, SMALL, TICK, UNITS_PER_INCH};
use crate::figure::look::theme::Sheet;
use crate::figure::page::layout::Area;

/// Paper left free at every edge.
const EDGE: f64 = 2.5 * PT;

/// Between frame and tick labels, and between tick labels and the label of the axis.
const GAP: f64 = 3.0 * PT;

/// Height of a panel by default, as a share of the width it has with its margins.
const ASPECT: f64 = 0.62;

/// The same for a panel across both columns of a page, which would take half of it.
const WIDE_ASPECT: f64 = 0.4;

/// Up to this height a panel keeps its usual shape.
const USUAL_ROW: f64 = 2600.0;

/// The least height of a row of panels by default.
const LEAST_ROW: f64 = 1750.0;

/// The least height of a row of a timeline by default.
const LEAST_SPAN: f64 = 150.0;

/// The largest share of the width that the names of rows may take.
const NAMES: f64 = 0.3;

/// What the labels under a row of panels ordinarily take; the height grows by what they take beyond.
const ORDINARY_FOOT: f64 = 30.0 * PT;

/// The least size of a frame.
const LEAST_FRAME: (f64, f64) = (300.0, 250.0);

/// Room kept for a legend or a colour bar outside the frames.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Reserve {
    /// Above them.
    pub above: f64,
    /// To their right.
    pub right: f64,
}

/// What stands at the ticks of the x axis.
#[derive(Debug, Clone)]
pub enum Below {
    /// Numbers.
    Numbers(Ticks),
    /// Names of categories.
    Names(CategoryLabels),
}

/// The places of everything but the data.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Width of the canvas.
    pub width: i32,
    /// Height of the canvas.
    pub height: i32,
    /// Panels side by side.
    pub columns: usize,
    /// A frame for each panel.
    pub frames: Vec<Area>,
    /// Ticks of x.
    pub below: Below,
    /// Ticks of y.
    pub beside: Ticks,
    /// The label of the x axis, in lines.
    pub x_label: Vec<String>,
    /// The label of the y axis, in lines.
    pub y_label: Vec<String>,
    /// From where to where the label of the y axis may reach.
    pub beside_y: (i32, i32),
    /// Where the label of the y axis begins.
    pub y_label_left: f64,
    /// Room above the frames for a legend.
    pub above: Area,
    /// The cell of the grid after the last panel, if it is empty.
    pub spare: Option<Area>,
}

struct Margins {
    left: f64,
    /// By how much names below reach further to the left than the labels of y do.
    overhang: f64,
    right: f64,
    top: f64,
    bottom: f64,
    column_gap: f64,
    row_gap: f64,
}

impl Plan {
    /// The frames' common outline.
    pub fn outline(&self) -> Area {
        let first = self.frames[0];
        self.frames.iter().fold(first, |all, frame| Area {
            left: all.left.min(frame.left),
            top: all.top.min(frame.top),
            right: all.right.max(frame.right),
            bottom: all.bottom.max(frame.bottom),
        })
    }

    /// Whether no panel stands below this one.
    pub fn is_lowest(&self, panel: usize) -> bool {
        panel + self.columns >= self.frames.len()
    }

    /// Whether this panel stands in the left column.
    pub fn is_first(&self, panel: usize) -> bool {
        panel.is_multiple_of(self.columns)
    }
}

/// Arranges a chart that has at least one panel.
pub fn plan(chart: &Chart, plane: &Plane, sheet: &Sheet, font: &Font, reserve: Reserve) -> Result<Plan, FigureError> {
    let count = chart.panels.len();
    let width = sheet.width;
    let columns = columns(sheet, count);
    let rows = count.div_ceil(columns);
    let titled = chart.panels.iter().any(|panel| !panel.title.is_empty());
    let title = if titled { LABEL * LEADING + 2.0 * PT } else { 0.0 };
    let spans = if chart.kind == Kind::Spans { chart.y.categories.len() as f64 * LEAST_SPAN } else { 0.0 };
    let each = width / columns as f64;
    let row = (ASPECT * each).min(USUAL_ROW.max(WIDE_ASPECT * each)).max(LEAST_ROW).max(spans);

    let mut margins = Margins {
        left: 30.0 * PT,
        overhang: 0.0,
        right: EDGE + 2.0 * PT + reserve.right,
        top: EDGE + reserve.above + title.max(SMALL / 2.0),
        bottom: ORDINARY_FOOT,
        column_gap: 9.0 * PT,
        row_gap: title + 9.0 * PT,
    };
    let mut rounds = 0;
    loop {
        let extra = (margins.bottom - ORDINARY_FOOT).max(0.0);
        let asked = chart.height.map(|inches| inches * f64::from(UNITS_PER_INCH)).or(sheet.height);
        let height = asked.unwrap_or(rows as f64 * row + reserve.above + extra);
        // Whole hundredths of an inch become whole pixels at 300 dots an inch.
        let height = (height / 10.0).round() * 10.0;
        let frame_width =
            (width - margins.left - margins.right - margins.column_gap * (columns - 1) as f64) / columns as f64;
        let frame_height = (height - margins.top - margins.bottom - margins.row_gap * (rows - 1) as f64) / rows as f64;
        if frame_width < LEAST_FRAME.0 || frame_height < LEAST_FRAME.1 {
            return Err(FigureError::TooSmall(format!(
                "panels would be {:.2} by {:.2} inches beside labels and legend; make it higher or wider, or shorten names",
                frame_width.max(0.0) / 1000.0,
                frame_height.max(0.0) / 1000.0
            )));
        }
        let all_width = width - margins.left - margins.right;
        let below = match chart.x.scale {
            Scale::Category => Below::Names(categories::fitted(&chart.x.categories, frame_width, font)),
            _ => Below::Numbers(ticks::numeric(&plane.x, &Ruler { side: Side::X, length: frame_width, font })),
        };
        let upright = Ruler { side: Side::Y, length: frame_height, font };
        let beside = match chart.y.scale {
            Scale::Category => ticks::named(&plane.y, &chart.y.categories, NAMES * width, &upright),
            _ => ticks::numeric(&plane.y, &upright),
        };
        let x_label = axis_label(&chart.x, all_width, font);
        // The label of y may reach beyond the frames, up to the legend and down to the label of x or to slanted names.
        let foot = if margins.overhang > 0.0 { margins.bottom } else { EDGE + lines_height(&x_label) };
        let column = (EDGE + reserve.above, height - foot);
        let y_label = axis_label(&chart.y, column.1 - column.0, font);

        rounds += 1;
        if rounds > 4 {
            let placed = Placed { margins: &margins, columns, frame_width, frame_height };
            let above = Area {
                left: EDGE as i32,
                top: EDGE as i32,
                right: (width - EDGE) as i32,
                bottom: (EDGE + reserve.above) as i32,
            };
            let frames = (0..count).map(|index| placed.frame(index)).collect();
            let spare = (count < rows * columns).then(|| placed.spare(count, &below, font));
            let (width, height) = (width as i32, height as i32);
            let beside_y = (column.0 as i32, column.1 as i32);
            return Ok(Plan {
                width,
                height,
                columns,
                frames,
                below,
                beside,
                x_label,
                y_label,
                beside_y,
                y_label_left: EDGE + margins.overhang,
                above,
                spare,
            });
        }
        let (before, after, under) = overhang(&below, plane, frame_width, font);
        let widest = beside.major.iter().map(|tick| font.width(&tick.label, SMALL)).fold(0.0, f64::max);
        margins.overhang = (before - lines_height(&y_label) - GAP - widest - GAP).max(0.0);
        margins.left = EDGE + margins.overhang + lines_height(&y_label) + GAP + widest + GAP;
        margins.right = EDGE + after.max(2.0 * PT) + reserve.right;
        margins.bottom = EDGE + lines_height(&x_label) + under + 1.6 * GAP;
        margins.column_gap = (before + after + 4.0 * PT).max(9.0 * PT);
    }
}

/// Panels side by side: as many as stay legible.
fn columns(sheet: &Sheet, count: usize) -> usize {
    let most = ((sheet.width / sheet.least_column) as usize).max(1);
    // As few rows as that takes, and those as even as can be.
    count.div_ceil(count.div_ceil(most))
}

/// The label in lines no longer than `room` where its spaces allow it, cut where they do not.
fn axis_label(axis: &Axis, room: f64, font: &Font) -> Vec<String> {
    font.wrapped(&axis.label, LABEL, room).iter().map(|line| font.shortened(line, LABEL, room)).collect()
}

fn lines_height(lines: &[String]) -> f64 {
    lines.len() as f64 * LABEL * LEADING
}

/// How far the labels below reach beyond the frame to the left, to the right, and down.
fn overhang(below: &Below, plane: &Plane, width: f64, font: &Font) -> (f64, f64, f64) {
    match below {
        Below::Names(names) => names.overhang(&plane.x, width, font),
        Below::Numbers(ticks) => {
            let (mut before, mut after) = (0.0_f64, 0.0_f64);
            for tick in &ticks.major {
                let (middle, half) = (plane.x.fraction(tick.value) * width, font.width(&tick.label, SMALL) / 2.0);
                before = before.max(half - middle);
                after = after.max(middle + half - width);
            }
            (before, after, SMALL)
        }
    }
}

struct Placed<'m> {
    margins: &'m Margins,
    columns: usize,
    frame_width: f64,
    frame_height: f64,
}

impl Placed<'_> {
    fn frame(&self, index: usize) -> Area {
        let (row, column) = ((index / self.columns) as f64, (index % self.columns) as f64);
        let left = self.margins.left + column * (self.frame_width + self.margins.column_gap);
        let top = self.margins.top + row * (self.frame_height + self.margins.row_gap);
        Area {
            left: left.round() as i32,
            top: top.round() as i32,
            right: (left + self.frame_width).round() as i32,
            bottom: (top + self.frame_height).round() as i32,
        }
    }

    /// The empty cell, without the strip in which the panel above has its tick labels.
    fn spare(&self, index: usize, below: &Below, font: &Font) -> Area {
        let labels = match below {
            Below::Names(names) => names.height(font),
            Below::Numbers(_) => SMALL,
        };
        let frame = self.frame(index);
        let taken = labels + GAP + TICK - self.margins.row_gap;
        Area { top: frame.top + taken.max(0.0) as i32, ..frame }
    }
}
