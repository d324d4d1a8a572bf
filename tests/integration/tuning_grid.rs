//! The tuned experiments against grids of ten thousand settings: the same answer for a fraction of the runs.
//!
//! `GILSIM_UPDATE=1` stores what was found in `data/tune-grid.csv` and draws `plots/tune-grid.png`.

use std::path::Path;

use gilsim::experiment::output;
use gilsim::experiment::plan::{self, Overrides, Plan};
use gilsim::experiment::runner;
use gilsim::experiment::source::Source;
use gilsim::experiment::sweep::ParamValue;
use gilsim::experiment::tune::{Sense, Tune, Worth};
use gilsim::figure::chart::{Axis, Chart, Kind, Panel, Point, Series};
use gilsim::figure::{Scale, Size, Theme, draw_chart, png};
use gilsim::tuning::evaluator::Study;
use gilsim::tuning::{pareto, report, tune};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A shipped experiment with other values, and a sweep in place of what is varied.
fn grid(stem: &str, sweep: &str, set: &[&str]) -> Plan {
    let path = Path::new(ROOT).join("experiments").join(format!("grid-{stem}.toml"));
    let text = format!("include = \"tune-{stem}.toml\"\n[sweep]\n{sweep}");
    let overrides = Overrides { set: set.iter().map(ToString::to_string).collect(), ..Overrides::default() };
    plan::read(&path, &Source::new("grid.toml", text), &overrides).unwrap_or_else(|error| panic!("{error}"))
}

/// The value of the first swept path and what each run is worth, cell by cell.
fn worths(plan: &Plan) -> Vec<(Vec<f64>, Worth)> {
    let tune = plan.tune.as_ref().unwrap();
    let found = runner::run(plan, 2).unwrap();
    let number = |value: &ParamValue| value.to_json().as_f64().unwrap();
    let of = |(run, record): (&runner::Run, &runner::Record)| {
        let cell = &plan.cells[run.cell];
        let values = cell.params.iter().map(|(_, value)| number(value)).collect();
        (values, tune.worth(cell, &found.metrics[run.cell], &record.values))
    };
    found.records().map(of).collect()
}

/// A switch interval and what it is worth over many replications.
#[derive(Debug)]
struct Mean {
    /// Seconds.
    at: f64,
    gain: f64,
    margins: Vec<f64>,
}

/// Switch intervals in thirty replications that neither the grid nor the tuning has seen.
fn means(stem: &str, intervals: &[f64]) -> Vec<Mean> {
    let list: Vec<String> = intervals.iter().map(|seconds| format!("\"{:.0}ns\"", seconds * 1e9)).collect();
    let sweep = format!("\"lock.switch_interval\" = [{}]", list.join(", "));
    let plan = grid(stem, &sweep, &["run.replications=30", "run.seed=1000"]);
    let tune = plan.tune.as_ref().unwrap();
    let runs = worths(&plan);
    let mean = |of: &dyn Fn(&Worth) -> f64, runs: &[(Vec<f64>, Worth)]| {
        runs.iter().map(|(_, worth)| of(worth)).sum::<f64>() / runs.len() as f64
    };
    let cell = |runs: &[(Vec<f64>, Worth)]| Mean {
        at: runs[0].0[0],
        gain: mean(&|worth| gains(tune, worth)[0], runs),
        margins: (0..runs[0].1.margins.len()).map(|index| mean(&|worth| worth.margins[index], runs)).collect(),
    };
    runs.chunks(30).map(cell).collect()
}

/// What a tuning of the shipped file recommends: the setting's values, its front, and the runs that it took.
fn tuned(stem: &str, set: &[&str]) -> (Vec<f64>, Vec<Vec<f64>>, u64) {
    let path = Path::new(ROOT).join("experiments").join(format!("tune-{stem}.toml"));
    let set = set.iter().chain(&["tune.sensitivity=false"]).map(ToString::to_string).collect();
    let overrides = Overrides { set, ..Overrides::default() };
    let plan = plan::load(&path, &overrides).unwrap();
    let seed = plan.repetition.seed;
    let tune_of = plan.tune.as_ref().unwrap();
    let study = Study {
        path: &path,
        text: &plan.text,
        overrides: &overrides,
        tune: tune_of,
        seed,
        journal: None,
        jobs: 2,
        observe: &|_, _| {},
    };
    let (evaluator, answer) = tune(study).unwrap();
    let values = |trial: usize| -> Vec<f64> {
        let values = report::values(&evaluator, &evaluator.trials[trial].setting);
        values.iter().map(|value| value.to_json().as_f64().unwrap()).collect()
    };
    let gains = |&trial: &usize| gains(tune_of, &evaluator.trials[trial].runs[&0].0);
    (values(answer.found.best), answer.found.front.iter().map(gains).collect(), evaluator.spent)
}

fn gains(tune: &Tune, worth: &Worth) -> Vec<f64> {
    tune.objectives.iter().zip(&worth.objectives).map(|(of, value)| of.sense.gain(*value)).collect()
}

/// The area that a front of two gains dominates above a reference.
fn area(front: &[Vec<f64>], reference: &[f64]) -> f64 {
    let mut points: Vec<&Vec<f64>> =
        front.iter().filter(|point| point[0] > reference[0] && point[1] > reference[1]).collect();
    points.sort_by(|a, b| b[0].total_cmp(&a[0]));
    let mut height = reference[1];
    let mut area = 0.0;
    for point in points {
        if point[1] > height {
            area += (point[0] - reference[0]) * (point[1] - height);
            height = point[1];
        }
    }
    area
}

#[test]
fn the_area_of_a_front_counts_overlaps_once() {
    assert_eq!(area(&[vec![2.0, 1.0], vec![1.0, 3.0]], &[0.0, 0.0]), 4.0);
    assert_eq!(area(&[vec![2.0, 1.0], vec![1.0, 0.5], vec![-1.0, 9.0]], &[0.0, 0.0]), 2.0);
}

#[test]
#[ignore = "slow: make test-all"]
fn a_grid_of_ten_thousand_settings_finds_nothing_better() {
    let mut rows = vec!["case,grid_runs,tuning_runs,grid_best,recommended,lead_of_the_grid".to_owned()];
    let mut panels = Vec::new();
    for (stem, label) in [("web", "web: requests a second"), ("audio", "audio: latency (ms)")] {
        let sweep = "\"lock.switch_interval\" = { logspace = [\"10us\", \"100ms\"], n = 10000 }";
        let plan = grid(stem, sweep, &["run.replications=1"]);
        let tune = plan.tune.as_ref().unwrap();
        let cells = worths(&plan);
        let (best, _, runs) = tuned(stem, &[]);
        let keeps = |worth: &Worth| worth.margins.iter().all(|margin| *margin >= 0.0);
        let gain = |worth: &Worth| gains(tune, worth)[0];
        // The luckiest of ten thousand single runs is not the best: the first of them run again, with the recommended.
        let mut able: Vec<_> = cells.iter().filter(|(_, worth)| keeps(worth)).collect();
        able.sort_by(|a, b| gain(&b.1).total_cmp(&gain(&a.1)));
        let contenders: Vec<f64> = able.iter().take(20).map(|(values, _)| values[0]).chain([best[0]]).collect();
        let means = means(stem, &contenders);
        let ours = means.last().unwrap();
        let kept = means.iter().filter(|mean| mean.margins.iter().all(|margin| *margin >= 0.0));
        let grid_best = kept.max_by(|a, b| a.gain.total_cmp(&b.gain)).unwrap();
        let lead = (grid_best.gain - ours.gain) / grid_best.gain.abs();
        println!("{stem}: {runs} runs; {ours:?}; the grid: {grid_best:?}; lead {lead:.4}");
        assert!(lead <= 0.02 && ours.margins.iter().all(|margin| *margin >= 0.0), "{stem}: {grid_best:?} {ours:?}");
        assert!(runs * 5 < cells.len() as u64, "{stem}: {runs}");
        rows.push(format!("{stem},{},{runs},{},{},{lead:.4}", cells.len(), grid_best.at, best[0]));
        let factor = if tune.objectives[0].sense == Sense::Minimise { 1e-3 } else { 1.0 };
        let series = |label: &str, kept: bool| {
            let chosen = cells.iter().filter(|(_, worth)| keeps(worth) == kept).step_by(10);
            Series::new(label, chosen.map(|(x, worth)| Point::new(x[0] * 1e3, worth.objectives[0] * factor)).collect())
        };
        let found = Series::new("tuned", vec![Point::new(best[0] * 1e3, ours.gain.abs() * factor)]);
        let series = [series("grid", true), series("breaks the constraint", false), found];
        let series = series.into_iter().filter(|series| !series.points.is_empty()).collect();
        panels.push(Panel { title: label.into(), series, ..Panel::default() });
    }

    if std::env::var_os("GILSIM_UPDATE").is_some() {
        let mut x = Axis::new("Switch interval (ms)", Scale::Log);
        x.range = Some((0.01, 100.0));
        let mut chart = Chart::new(Kind::Scatter, x, Axis::new("Objective", Scale::Log));
        (chart.size, chart.panels) = (Size::Double, panels);
        let theme = Theme::default();
        let drawing = draw_chart(&chart, &theme).unwrap();
        let plots = Path::new(ROOT).join("plots");
        output::write(&plots.join("tune-grid.png"), &png(&drawing.svg, &theme.font).unwrap()).unwrap();
        output::write(&plots.join("tune-grid.csv"), drawing.numbers_csv.as_bytes()).unwrap();
        let caption = "Tuned settings among ten thousand settings of a grid.\nExperiments tune-web and tune-audio, one replication of every tenth cell.\n";
        output::write(&plots.join("tune-grid.txt"), caption.as_bytes()).unwrap();
        let table = rows.join("\n") + "\n";
        output::write(&Path::new(ROOT).join("data/tune-grid.csv"), table.as_bytes()).unwrap();
    }
}

#[test]
#[ignore = "slow: make test-all"]
fn the_front_covers_that_of_a_grid_of_ten_thousand_settings() {
    // The grid at an eighth of the length: a run of the whole takes a fiftieth of a second.
    let short = ["run.duration=0.4s", "run.warm_up=0.1s"];
    let whole = "[1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64]";
    let sweep = format!(
        "\"lock.switch_interval\" = {{ logspace = [\"10us\", \"20ms\"], n = 25 }}
         \"params.batch\" = {whole}
         \"params.places\" = {whole}"
    );
    let plan = grid("pipeline", &sweep, &[short[0], short[1], "run.replications=1"]);
    let tune = plan.tune.as_ref().unwrap();
    let cells = worths(&plan);
    let all: Vec<Vec<f64>> = cells.iter().map(|(_, worth)| gains(tune, worth)).collect();
    let front: Vec<Vec<f64>> = pareto::undominated(&all).into_iter().map(|index| all[index].clone()).collect();
    let (_, ours, runs) = tuned("pipeline", &short);
    // Above what the lowest rate and the highest age on the grid's front are.
    let lowest = |index: usize| front.iter().map(|point| point[index]).fold(f64::INFINITY, f64::min);
    let reference = [lowest(0), lowest(1)];
    let share = area(&ours, &reference) / area(&front, &reference);
    println!("pipeline: {runs} runs; the front covers {share:.4} of the grid's");
    assert!(share > 0.97, "the front covers {share} of the grid's");
    assert!(runs * 4 < cells.len() as u64, "{runs} of {}", cells.len());
}
