//! Which look each series has in all panels.
//!
//! Simulated series come first, in the order in which they first appear; reference series that belong to none of them
//! follow.

use super::chart::{Chart, Panel, Series};
use super::style::Look;

/// The looks of a chart's series, by label.
#[derive(Debug, Clone)]
pub struct Looks {
    labels: Vec<String>,
    simulated: usize,
}

impl Looks {
    /// Gives every label of a chart a look.
    pub fn of_chart(chart: &Chart) -> Self {
        let mut labels = Vec::new();
        let mut add = |lists: fn(&Panel) -> &Vec<Series>| {
            for series in chart.panels.iter().flat_map(lists) {
                if !labels.contains(&series.label) {
                    labels.push(series.label.clone());
                }
            }
            labels.len()
        };
        let simulated = add(|panel| &panel.series);
        add(|panel| &panel.references);
        Self { labels, simulated }
    }

    /// The look of a series.
    pub fn of(&self, label: &str) -> Look {
        Look::of(self.position(label).unwrap_or(0))
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
}
