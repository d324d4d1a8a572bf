//! Which look each series has in all panels.
//!
//! Simulated series come first, in the order in which they first appear; reference series that belong to none of them
//! follow. Curves are counted by themselves.

use crate::figure::chart::{Chart, Panel, Series};
use crate::figure::look::style::Look;
use crate::figure::look::theme::{Style, Theme};

/// The looks of a chart's series, by label.
#[derive(Debug, Clone)]
pub struct Looks {
    labels: Vec<String>,
    drawn: Vec<Look>,
    simulated: usize,
    curves: Vec<String>,
    style: Style,
}

impl Looks {
    /// Gives every label of a chart a look.
    pub fn of_chart(chart: &Chart, theme: &Theme) -> Self {
        let mut labels = Vec::new();
        add_labels(&mut labels, chart, |panel| &panel.series);
        let simulated = labels.len();
        add_labels(&mut labels, chart, |panel| &panel.references);
        let mut curves = Vec::new();
        add_labels(&mut curves, chart, |panel| &panel.curves);
        curves.retain(|label| !label.is_empty());
        let drawn = (0..labels.len().max(1)).map(|index| theme.look(index)).collect();
        Self { labels, drawn, simulated, curves, style: theme.style }
    }

    /// The look of a series.
    pub fn of(&self, label: &str) -> Look {
        self.drawn[self.position(label).unwrap_or(0)]
    }

    /// The look of a curve; one without a name is a plain line.
    pub fn of_curve(&self, label: &str) -> Look {
        match self.curves.iter().position(|known| known == label) {
            Some(index) => Look::of_theory(index),
            None => Look { dash: &[], ..Look::of_theory(0) },
        }
    }

    /// The number of a label.
    pub fn position(&self, label: &str) -> Option<usize> {
        self.labels.iter().position(|known| known == label)
    }

    /// How many of the labels have simulated points.
    pub fn simulated(&self) -> usize {
        self.simulated
    }

    /// All labels, those with simulated points first.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The names of the curves.
    pub fn curves(&self) -> &[String] {
        &self.curves
    }

    /// The style of the theme.
    pub fn style(&self) -> Style {
        self.style
    }
}

fn add_labels(labels: &mut Vec<String>, chart: &Chart, lists: fn(&Panel) -> &Vec<Series>) {
    for series in chart.panels.iter().flat_map(lists) {
        if !labels.contains(&series.label) {
            labels.push(series.label.clone());
        }
    }
}
