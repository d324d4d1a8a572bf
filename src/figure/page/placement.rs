//! Where the legend and the colour bar go: the legend where it hides no data, outside the frames when it must.

use crate::figure::canvas::At;
use crate::figure::chart::Chart;
use crate::figure::error::FigureError;
use crate::figure::ink::{self, Ink, Plane};
use crate::figure::look::looks::Looks;
use crate::figure::look::style::PT;
use crate::figure::look::theme::{Sheet, Theme};
use crate::figure::page::arrange::{self, Plan, Reserve};
use crate::figure::page::colorbar::ColorBar;
use crate::figure::page::legend::{Legend, Spots};

/// Beside or under a legend outside the frames.
const LEGEND_GAP: f64 = 4.0 * PT;

/// The largest share of the width that a legend may take beside the panels.
const LEGEND_SHARE: f64 = 0.3;

/// Sheets of at least this width may have the legend beside the panels.
const WIDE: f64 = 5000.0;

/// Columns of a legend inside a frame.
const MOST_COLUMNS: usize = 3;

/// What the places depend on.
pub struct Setting<'c> {
    /// What is drawn.
    pub chart: &'c Chart,
    /// Its axes.
    pub plane: &'c Plane,
    /// The looks of its series.
    pub looks: &'c Looks,
    /// The font.
    pub theme: &'c Theme,
    /// How wide it is.
    pub sheet: Sheet,
}

/// The places of everything but the data.
pub struct Placement {
    /// Frames and labels.
    pub plan: Plan,
    /// The legend and its upper left corner.
    pub legend: Option<(Legend, At)>,
    /// The colour bar, right of the frames.
    pub color_bar: Option<ColorBar>,
}

impl Setting<'_> {
    /// Finds the places; names that had to be cut become warnings.
    pub fn place(&self, inks: &[Vec<Ink>], warnings: &mut Vec<String>) -> Result<Placement, FigureError> {
        let plan = self.plan(Reserve::default());
        if let Some(bar) = ColorBar::of_chart(self.chart, self.plane, self.theme) {
            let right = bar.width(plan?.outline().height(), &self.theme.font);
            let plan = self.plan(Reserve { right, above: 0.0 })?;
            return Ok(Placement { plan, legend: None, color_bar: Some(bar) });
        }
        let Some(mut legend) = Legend::of_chart(self.chart, self.looks, &self.theme.font) else {
            return Ok(Placement { plan: plan?, legend: None, color_bar: None });
        };
        for name in legend.shorten(self.paper()) {
            warnings.push(format!("the legend's `{name}` is too long and was cut"));
        }
        let plan = plan?;
        let (plan, legend) = match self.inside(&plan, &legend, inks) {
            Some(legend) => (plan, legend),
            None => self.outside(&legend)?,
        };
        Ok(Placement { plan, legend: Some(legend), color_bar: None })
    }

    fn plan(&self, reserve: Reserve) -> Result<Plan, FigureError> {
        arrange::plan(self.chart, self.plane, &self.sheet, &self.theme.font, reserve)
    }

    /// The widest that a legend may be.
    fn paper(&self) -> f64 {
        self.sheet.width - 2.0 * LEGEND_GAP
    }

    /// In a frame where it hides no data, else in an empty cell of the grid of panels.
    fn inside(&self, plan: &Plan, legend: &Legend, inks: &[Vec<Ink>]) -> Option<(Legend, At)> {
        for (ink, frame) in inks.iter().zip(&plan.frames) {
            let obstacles = ink::obstacles(ink, self.plane, frame);
            for spots in [Spots::Corners, Spots::Sides] {
                for columns in 1..=legend.entry_count().min(MOST_COLUMNS) {
                    let legend = legend.in_columns(columns);
                    if let Some(at) = legend.room_inside(frame, spots, &obstacles) {
                        return Some((legend, at));
                    }
                }
            }
        }
        let at = plan.spare.and_then(|cell| legend.room_inside(&cell, Spots::Corners, &[]))?;
        Some((legend.clone(), at))
    }

    /// To the right of the frames on wide sheets, else above them.
    fn outside(&self, legend: &Legend) -> Result<(Plan, (Legend, At)), FigureError> {
        if self.sheet.width >= WIDE && legend.width() <= LEGEND_SHARE * self.paper() {
            let plan = self.plan(Reserve { right: legend.width() + LEGEND_GAP, above: 0.0 })?;
            let outline = plan.outline();
            if legend.height() <= f64::from(outline.height()) {
                let left = f64::from(plan.width) - legend.width() - LEGEND_GAP / 2.0;
                return Ok((plan, (legend.clone(), (left as i32, outline.top))));
            }
        }
        let legend = legend.as_wide_as(self.paper());
        let plan = self.plan(Reserve { above: legend.height() + LEGEND_GAP, right: 0.0 })?;
        let outline = plan.outline();
        let width = legend.width().ceil() as i32;
        let centred = i32::midpoint(outline.left, outline.right) - width / 2;
        let left = centred.clamp(plan.above.left, (plan.above.right - width).max(plan.above.left));
        let top = plan.above.top;
        Ok((plan, (legend, (left, top))))
    }
}
