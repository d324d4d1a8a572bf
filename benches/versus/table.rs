//! The tables of results, as CSV and as Markdown. The driver writes and prints them; a test holds README and
//! `docs/performance.md` to what `data/bench.csv` and `data/bench-scaling.csv` say.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

/// A model on a system.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Row {
    /// The model.
    pub(crate) model: String,
    /// Threads or entities; 1 for an open queue.
    pub(crate) size: u64,
    /// What the cost is divided by.
    pub(crate) unit: String,
    /// The system.
    pub(crate) system: String,
    /// Customers or acquisitions in a run.
    pub(crate) count: u64,
    /// Number of runs.
    pub(crate) rounds: usize,
    /// Nanoseconds a customer or acquisition: median over the rounds.
    pub(crate) cost_ns: f64,
    /// Its quartiles.
    pub(crate) cost_q1_ns: f64,
    pub(crate) cost_q3_ns: f64,
    /// The cost over that of gilsim in the same round: median over the rounds.
    pub(crate) times_gilsim: f64,
    /// Its quartiles.
    pub(crate) times_gilsim_q1: f64,
    pub(crate) times_gilsim_q3: f64,
}

/// Something else that was measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Quantity {
    /// What.
    pub(crate) what: String,
    /// Its unit; empty for a ratio.
    pub(crate) unit: String,
    /// Median over the rounds.
    pub(crate) median: f64,
    /// Its quartiles.
    pub(crate) q1: f64,
    pub(crate) q3: f64,
}

/// The short table: a row a model, a column a system; the costs, and in brackets how many times that of gilsim.
pub(crate) fn short(rows: &[Row]) -> String {
    let systems = distinct(rows.iter().map(|row| row.system.as_str()));
    let models = distinct(rows.iter().map(|row| (row.model.as_str(), row.size)));
    let mut text = format!("| model | {} |\n|---|{}\n", systems.join(" | "), "---|".repeat(systems.len()));
    for model in models {
        let of_model: Vec<&Row> = rows.iter().filter(|row| (row.model.as_str(), row.size) == model).collect();
        let cell = |system: &&str| match of_model.iter().find(|row| row.system == **system) {
            Some(row) if row.system == "gilsim" => format!("**{}**", figures(row.cost_ns)),
            Some(row) => format!("{} ({})", figures(row.cost_ns), figures(row.times_gilsim)),
            None => "–".into(),
        };
        let cells: Vec<String> = systems.iter().map(cell).collect();
        let _ = writeln!(text, "| {} | {} |", name(of_model[0]), cells.join(" | "));
    }
    text
}

/// The long table: a row a model and system, with counts and spreads.
pub(crate) fn long(rows: &[Row]) -> String {
    let mut text = String::from(
        "| model | system | count | ns | quartiles | times gilsim | quartiles |\n|---|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} – {} | {} | {} – {} |",
            name(row),
            row.system,
            row.count,
            figures(row.cost_ns),
            figures(row.cost_q1_ns),
            figures(row.cost_q3_ns),
            figures(row.times_gilsim),
            figures(row.times_gilsim_q1),
            figures(row.times_gilsim_q3),
        );
    }
    text
}

/// The table of what has no peer.
pub(crate) fn scaling(quantities: &[Quantity]) -> String {
    let mut text = String::from("| | median | quartiles |\n|---|---|---|\n");
    for Quantity { what, unit, median, q1, q3 } in quantities {
        let median = format!("{} {unit}", figures(*median));
        let _ = writeln!(text, "| {what} | {} | {} – {} |", median.trim_end(), figures(*q1), figures(*q3));
    }
    text
}

/// What a model of a size is called.
fn name(row: &Row) -> String {
    if row.size > 1 { format!("{}, {}", row.model, row.size) } else { row.model.clone() }
}

/// Three significant figures, more in front of the point if there are.
fn figures(value: f64) -> String {
    let places = (2.0 - value.abs().log10().floor()).clamp(0.0, 6.0);
    if value.is_normal() { format!("{value:.*}", places as usize) } else { value.to_string() }
}

/// The values without repetitions, in the order in which they first come.
fn distinct<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut list = Vec::new();
    values.for_each(|value| {
        if !list.contains(&value) {
            list.push(value);
        }
    });
    list
}
