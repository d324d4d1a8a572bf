//! Ratios of throughputs, as the figures of the experiments show them: how many runs of each cell they take, with random numbers of
//! their own in each cell, with common ones, and with common ones and control variates.
//!
//! With common random numbers pairs of runs are compared. What independent ones would give follows from the same
//! runs: the relative variance of a ratio is then the sum of those of its two sides.

use std::path::Path;

use gilsim::experiment::plan::{self, Overrides, Plan};
use gilsim::experiment::runner::{self, Results};
use gilsim::experiment::source::Source;
use gilsim::statistics::paired::{Ratio, ratio_of_means};
use gilsim::statistics::summary::quantile;
use gilsim::statistics::{Estimate, control_variates};

use crate::Result;
use crate::measure::{FEWEST, PRECISION, rounded};
use crate::table::RatioRow;

/// An experiment, the metric, and the cells to which others are relative.
pub(crate) struct Relative {
    pub(crate) file: &'static str,
    metric: &'static str,
    to: &'static str,
}

/// Those of the shipped figures whose base is one value of each path. Ratios to a cell of a constant are left out, as are
/// those of which a run takes a second.
pub(crate) const ALL: [Relative; 6] = [
    Relative { file: "io-or-cpu", metric: "run.wall_s", to: r#""pool.job.kind" = "thread", "pool.job.workers" = 1"# },
    Relative { file: "spawn-cost", metric: "run.wall_s", to: r#""pool.job.kind" = "thread""# },
    Relative {
        file: "free-threading",
        metric: "run.wall_s",
        to: r#""labels.build" = "threads", "pool.work.workers" = 1"#,
    },
    Relative { file: "polling-threads", metric: "piece.rate_per_s", to: r#""labels.pollers" = "in a child""# },
    Relative { file: "litl-radiosity", metric: "done.rate_per_s", to: r#""lock.policy" = "mcs", "machine.cores" = 8"# },
    Relative { file: "delegation", metric: "done.rate_per_s", to: r#""labels.lock" = "futex""# },
];

/// Replications from which the numbers are extrapolated.
const RUNS: usize = 20;

/// The confidence of the intervals.
const LEVEL: f64 = 0.95;

const _: () = assert!(RUNS >= control_variates::FEWEST);

/// Measures an experiment.
pub(crate) fn row(root: &Path, relative: &Relative) -> Result<RatioRow> {
    let Relative { file, metric, to } = relative;
    let text = format!(
        "include = \"{file}.toml\"\nbaseline = {{ {to} }}\n[run]\nreplications = {RUNS}\ncontrol_variates = true\n"
    );
    let path = root.join("experiments").join(format!("{file}-relative.toml"));
    let plan =
        plan::read(&path, &Source::new(*file, text), &Overrides::default()).map_err(|error| error.to_string())?;
    let results = runner::run(&plan, 1)?;
    let widths: Vec<[f64; 3]> =
        (0..plan.cells.len()).filter_map(|cell| widths(&plan, &results, cell, metric)).collect();
    let runs = [0, 1, 2].map(|way| widths.iter().map(|widths| needed(widths[way])).sum());
    let gain = |way: usize| {
        let mut gains: Vec<f64> = widths.iter().map(|widths| (widths[0] / widths[way]).powi(2)).collect();
        gains.sort_by(f64::total_cmp);
        rounded(quantile(&gains, 0.5))
    };
    Ok(RatioRow {
        experiment: (*file).into(),
        metric: (*metric).into(),
        relative_to: to.replace('"', ""),
        ratios: widths.len() as u64,
        variance_ratio_common: gain(1),
        variance_ratio_controls: gain(2),
        runs_independent: runs[0],
        runs_common: runs[1],
        runs_controls: runs[2],
    })
}

/// Half the widths of the three intervals of a ratio over it; nothing for the base itself and where nothing is random.
fn widths(plan: &Plan, results: &Results, cell: usize, metric: &str) -> Option<[f64; 3]> {
    let baseline = plan.baseline.as_ref()?;
    let partner = baseline.partner(cell).filter(|partner| *partner != cell)?;
    let values = |cell: usize| -> Option<Vec<f64>> {
        let place = results.metrics[cell].iter().position(|name| name == metric)?;
        Some(results.of_cell(cell).iter().filter_map(|run| Some(run.result.as_ref().ok()?.values[place])).collect())
    };
    let (ours, theirs) = (values(cell)?, values(partner)?);
    let alone = |values: &[f64]| Estimate::of(values, LEVEL).relative_half_width();
    let independent = alone(&ours)?.hypot(alone(&theirs)?);
    let width = |ratio: Ratio| ratio.interval.map(|(low, high)| (high - low) / 2.0 / ratio.ratio);
    let common = width(ratio_of_means(&ours, &theirs, LEVEL))?;
    let controls = width(baseline.compare(results, cell, metric)?.rel)?;
    (independent > 0.0).then_some([independent, common, controls])
}

/// The runs of a cell that such a width of the interval lets expect.
fn needed(width: f64) -> u64 {
    ((RUNS as f64 * (width / PRECISION).powi(2)).ceil() as u64).max(FEWEST)
}
