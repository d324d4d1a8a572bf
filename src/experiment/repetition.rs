//! How often, and from which random numbers, the cells of an experiment are run.

use serde_json::{Value, json};

use super::derived::Metrics;
use super::diagnostic::Checked;
use super::node::{Fields, Node};
use super::plan::Cell;
use super::pooled::{self, Kind};
use crate::simulation;
use crate::statistics::{Estimate, stopping};

/// The keys of `[run]` that say it.
pub(super) const KEYS: [&str; 4] = ["replications", "batches", "seed", "independent"];

/// Replications of a cell that stops by precision, when the file is silent.
const LEAST: u64 = 10;
const MOST: u64 = 200;

/// How often the cells are run, and from which seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Repetition {
    /// The number of the first run of each cell.
    pub first: u64,
    /// Runs of each cell; the most of them if a precision ends them.
    pub replications: u64,
    /// What ends them earlier.
    pub until: Option<Precision>,
    /// The seed of all random streams.
    pub seed: u64,
    /// Whether each cell has random numbers of its own, instead of those of all others.
    pub independent: bool,
    /// Whether these are no replications but the batches of one run of each cell.
    pub batches: bool,
}

/// The precision at which a cell has been run often enough.
#[derive(Debug, Clone, PartialEq)]
pub struct Precision {
    /// The fewest replications.
    pub min: u64,
    /// The half-width of the 95 % interval, relative to the estimate.
    pub relative: f64,
    /// The metrics, simulated or derived, that must all be as precise.
    pub of: Vec<String>,
}

impl Repetition {
    /// Reads it from the `[run]` table.
    pub(super) fn read(run: Option<&Fields>) -> Checked<Self> {
        let mut repetition =
            Self { first: 0, replications: 1, until: None, seed: 1, independent: false, batches: false };
        let Some(run) = run else { return Ok(repetition) };
        repetition.seed = run.maybe("seed", |node| node.integer(0..=i64::MAX))?.unwrap_or(1) as u64;
        repetition.independent = run.maybe("independent", |node| node.flag())?.unwrap_or(false);
        if let Some(node) = run.get("replications") {
            match &node.item.value {
                super::tree::Value::Table(_) => {
                    let (most, precision) = Precision::read(&node)?;
                    (repetition.replications, repetition.until) = (most, Some(precision));
                }
                _ => repetition.replications = node.integer_or(" or a table", 1..=i64::MAX)? as u64,
            }
        }
        if let Some(node) = run.get("batches") {
            if run.get("replications").is_some() {
                let error =
                    node.error("batches are parts of one run, which has no replications", "beside `replications`");
                return Err(error.help("leave out one of the two"));
            }
            repetition.replications = node.integer(2..=i64::MAX)? as u64;
            repetition.batches = true;
        }
        Ok(repetition)
    }

    /// What the runs of a cell are called.
    pub fn noun(&self) -> &'static str {
        if self.batches { "batch" } else { "replication" }
    }

    /// The fewest runs of each cell.
    pub fn fewest(&self) -> u64 {
        self.until.as_ref().map_or(self.replications, |precision| precision.min)
    }

    /// The numbers of a cell's runs, as many as there may be.
    pub fn numbers(&self) -> std::ops::Range<u64> {
        self.first..self.first.saturating_add(self.replications)
    }

    /// The seed of a cell's runs.
    pub fn seed_of(&self, cell: &Cell) -> u64 {
        if !self.independent {
            return self.seed;
        }
        let params = cell.params.iter().map(|(path, value)| format!("{path}={value}\n"));
        crate::kernel::streams::mix(self.seed ^ super::key::number(&params.collect::<String>()))
    }

    /// Its form in the record beside results.
    pub fn to_json(&self) -> Value {
        match &self.until {
            None if self.batches => json!({ "batches": self.replications }),
            None => self.replications.into(),
            Some(Precision { min, relative, of }) => {
                json!({ "min": min, "max": self.replications, "precision": relative, "of": of })
            }
        }
    }
}

impl std::fmt::Display for Repetition {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match (&self.until, self.replications) {
            (Some(Precision { min, .. }), max) => write!(f, "{min} to {max} replications"),
            (None, count) if self.batches => write!(f, "{count} batches of one run"),
            (None, 1) => write!(f, "1 replication"),
            (None, count) => write!(f, "{count} replications"),
        }
    }
}

impl Precision {
    fn read(node: &Node) -> Checked<(u64, Self)> {
        let fields = node.table(&["min", "max", "precision", "of"])?;
        let min = fields.maybe("min", |node| node.integer(2..=i64::MAX))?.map_or(LEAST, |min| min as u64);
        let max = fields.maybe("max", |node| node.integer(min.cast_signed()..=i64::MAX))?;
        let of = fields.need("of")?.list()?.map(|metric| metric.words().map(str::to_owned));
        let precision = Self { min, relative: share(&fields.need("precision")?)?, of: of.collect::<Checked<_>>()? };
        if precision.of.is_empty() {
            return Err(fields.need("of")?.wants("at least one metric"));
        }
        Ok((max.map_or(MOST.max(min), |max| max as u64), precision))
    }

    /// Checks that every cell has the metrics, or that they are derived, and that they have intervals.
    pub(super) fn check(run: Option<&Fields>, cells: &[Cell], derived: &Metrics) -> Checked<()> {
        let Some(node) = run.and_then(|run| run.get("replications")) else { return Ok(()) };
        let super::tree::Value::Table(_) = &node.item.value else { return Ok(()) };
        let of = node.table(&["min", "max", "precision", "of"])?.need("of")?;
        for cell in cells {
            let mut names = simulation::metric_names(&cell.scenario);
            let mut kinds = pooled::kinds(&simulation::quantiles(&cell.scenario), names.len());
            names.extend(derived.names().map(str::to_owned));
            derived.extend_kinds(&names, &mut kinds);
            for metric in of.list()? {
                let name = metric.words()?;
                let Some(place) = names.iter().position(|known| known == name) else {
                    let message = format!("cell {} has no metric `{name}`", cell.index);
                    let error = metric.error(message, "no such metric");
                    return Err(error.suggest(name, names.iter().map(String::as_str)));
                };
                if kinds[place] == Some(Kind::Largest) {
                    let message = format!("`{name}` is never precise: a largest value grows with the observations");
                    return Err(metric.error(message, "has no interval").help("name a quantile, such as `…_p999_us`"));
                }
            }
        }
        Ok(())
    }

    /// Whether these estimates of the metrics are precise enough.
    pub fn is_reached(&self, estimates: &[Estimate]) -> bool {
        estimates.iter().all(|estimate| stopping::is_precise(estimate, self.relative))
    }

    /// How many replications are likely to be enough.
    pub fn forecast(&self, estimates: &[Estimate]) -> u64 {
        estimates.iter().map(|estimate| stopping::forecast(estimate, self.relative)).max().unwrap_or(0)
    }
}

/// A share above zero and below one: `"2%"` or `0.02`.
pub(super) fn share(node: &Node) -> Checked<f64> {
    const WHAT: &str = "a share above 0 and below 1, such as \"2%\" or 0.02";
    let good = |share: f64| share > 0.0 && share < 1.0;
    let Ok(text) = node.text() else { return node.number(WHAT, good) };
    let percent = text.strip_suffix('%').and_then(|number| number.trim_end().parse::<f64>().ok());
    percent.map(|percent| percent / 100.0).filter(|&share| good(share)).ok_or_else(|| node.wants(WHAT))
}
