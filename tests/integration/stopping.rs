//! Replications end when the metrics that matter are precise enough, wherever and however they are run.

use std::path::Path;

use gilsim::experiment::plan::{self, Overrides, Plan};
use gilsim::experiment::pooled::{Kind, Pool, Pooled};
use gilsim::experiment::runner::{self, Results};
use gilsim::experiment::source::Source;
use gilsim::simulation;
use gilsim::statistics::Estimate;

use crate::support::{assert_same, gilsim, half_loaded, plan, results, texts};

/// The wall time of one exponential computation is much less precise than that of a hundred.
const EXPERIMENT: &str = "
    lock.policy = \"cpython\"
    params.rounds = 1
    thread = [{ name = \"t\", steps = [{ repeat = \"$rounds\", steps = [{ compute = \"exp(1ms)\", counts = \"done\" }] }] }]
    [sweep]
    \"params.rounds\" = [1, 10, 100, 1000]
    [run]
    seed = 4
    replications = { min = 10, max = 300, precision = \"7%\", of = [\"run.wall_s\", \"done.rate_per_s\"] }";

const METRICS: [&str; 2] = ["run.wall_s", "done.rate_per_s"];

fn values(found: &Results, cell: usize, metric: &str) -> Vec<f64> {
    let place = found.metrics[cell].iter().position(|name| name == metric).unwrap();
    found.of_cell(cell).iter().map(|run| run.result.as_ref().unwrap().values[place]).collect()
}

fn replications(plan: &Plan, found: &Results) -> Vec<usize> {
    (0..plan.cells.len()).map(|cell| found.of_cell(cell).len()).collect()
}

#[test]
fn a_cell_stops_at_the_first_replication_at_which_all_its_metrics_are_precise() {
    let plan = plan(EXPERIMENT);
    let found = runner::run(&plan, 2).unwrap();
    let is_precise = |cell: usize, count: usize| {
        METRICS.iter().all(|metric| {
            let estimate = Estimate::of(&values(&found, cell, metric)[..count], 0.95);
            estimate.half_width().unwrap() <= 0.07 * estimate.mean
        })
    };
    let counts = replications(&plan, &found);
    for (cell, &count) in counts.iter().enumerate() {
        assert!((10..=300).contains(&count), "{counts:?}");
        assert!(count == 300 || is_precise(cell, count), "cell {cell} stopped too early: {counts:?}");
        assert!((10..count).all(|fewer| !is_precise(cell, fewer)), "cell {cell} stopped too late: {counts:?}");
    }
    // The relative spread is 1, 1 / sqrt(10), 1 / 10, 1 / sqrt(1000): about 4 (1.96 / 0.07 ...) ^ 2 for each.
    assert_eq!((counts[0], counts[3]), (300, 10), "{counts:?}");
    assert!((40..150).contains(&counts[1]) && (10..25).contains(&counts[2]), "{counts:?}");
}

#[test]
fn the_first_replications_are_those_of_a_fixed_number() {
    let plan = plan(EXPERIMENT);
    let fixed = EXPERIMENT.lines().map(|line| if line.contains("min = 10") { "replications = 300" } else { line });
    let fixed = crate::support::plan(&fixed.collect::<Vec<_>>().join("\n"));
    let (stopped, all) = (runner::run(&plan, 2).unwrap(), runner::run(&fixed, 2).unwrap());
    for cell in 0..4 {
        for metric in METRICS {
            let (stopped, all) = (values(&stopped, cell, metric), values(&all, cell, metric));
            assert_eq!(stopped, all[..stopped.len()]);
        }
    }
}

#[test]
fn a_derived_metric_can_be_the_one_that_is_to_be_precise() {
    let precise_in = |metric: &str| {
        let text = EXPERIMENT.replace("[\"run.wall_s\", \"done.rate_per_s\"]", &format!("[\"{metric}\"]"));
        plan(&format!("{text}\n[metrics]\ntwice = \"2 * run.wall_s\"\nsquare = \"twice * twice\""))
    };
    let counts = |metric: &str| {
        let plan = precise_in(metric);
        replications(&plan, &runner::run(&plan, 2).unwrap())
    };
    let wall = counts("run.wall_s");
    assert_eq!(counts("twice"), wall, "a scale changes no relative precision");
    assert!(counts("square").iter().zip(&wall).any(|(square, wall)| square > wall), "a square is less precise");
}

#[test]
fn a_percentile_stops_by_the_interval_of_the_percentile_of_all_observations() {
    let mut mean_would_stop_elsewhere = 0;
    for (metric, seed) in [("done.latency_p99_us", 2), ("done.latency_p999_us", 2), ("far", 4)] {
        let stops = format!("{{ min = 3, max = 40, precision = \"8%\", of = [\"{metric}\"] }}");
        let plan = plan(&half_loaded(&stops, seed));
        let found = runner::run(&plan, 2).unwrap();
        let stopped = found.of_cell(0).len();
        let all = crate::support::plan(&half_loaded("40", seed));
        let all = runner::run(&all, 2).unwrap();
        let quantiles = simulation::quantiles(&plan.cells[0].scenario);
        let place = |metric: &str| all.metrics[0].iter().position(|name| name == metric).unwrap();
        let is_precise = |estimate: Estimate| estimate.half_width().unwrap() <= 0.08 * estimate.mean;
        let of_all = |count: usize| {
            let pooled = Pool::of(&all.runs[..count]).metrics(&quantiles, all.metrics[0].len());
            let of = |name: &str| pooled[place(name)].unwrap();
            let far = || of("done.latency_p999_us").value / of("done.latency_p50_us").value;
            let whole = if metric == "far" { Pooled::derived(far(), Kind::Derived) } else { of(metric) };
            is_precise(whole.estimate(&values(&all, 0, metric)[..count]))
        };
        let of_runs = |count: usize| is_precise(Estimate::of(&values(&all, 0, metric)[..count], 0.95));
        let first = |is_precise: &dyn Fn(usize) -> bool| (3..40).find(|&count| is_precise(count)).unwrap_or(40);
        assert_eq!(stopped, first(&of_all), "{metric}, seed {seed}");
        mean_would_stop_elsewhere += usize::from(first(&of_runs) != stopped);
    }
    assert!(mean_would_stop_elsewhere > 0, "the test cannot tell the two rules");
}

#[test]
fn jobs_shards_and_what_was_done_before_do_not_change_the_number() {
    let text = format!(
        "title = \"T\"\nquestion = \"Q\"\n{EXPERIMENT}\n[[figure]]\nx = \"params.rounds\"\ny = \"run.wall_s\"\n"
    );
    let directory = || {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("e.toml"), &text).unwrap();
        directory
    };
    let run = |directory: &Path, arguments: &[&str]| {
        let output = gilsim(directory, &[arguments, &["e.toml"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
    };
    let alone = directory();
    run(alone.path(), &["run", "--jobs", "1"]);
    let caption = std::fs::read_to_string(alone.path().join("plots/e.txt")).unwrap();
    assert!(caption.contains("n = 10 to 300 replications"), "{caption}");
    let jobs = directory();
    run(jobs.path(), &["run", "--jobs", "8"]);
    assert_same(&results(alone.path()), &results(jobs.path()));
    let sharded = directory();
    for shard in ["0/3", "1/3"] {
        run(sharded.path(), &["run", "--shard", shard]);
    }
    let output = gilsim(sharded.path(), &["merge", "e.toml"]);
    assert!(texts(&output).1.contains("2/3"), "{}", texts(&output).1);
    run(sharded.path(), &["run", "--shard", "2/3"]);
    run(sharded.path(), &["merge"]);
    assert_same(&results(alone.path()), &results(sharded.path()));
    // More had been done than is wanted now, or less, or other replications.
    for before in ["run.replications=150", "run.replications=7", "run.replications.precision=\"20%\""] {
        let place = directory();
        run(place.path(), &["run", "--set", before]);
        run(place.path(), &["run"]);
        assert_same(&results(alone.path()), &results(place.path()));
    }
}

#[test]
fn a_precision_that_makes_no_sense_is_told_with_its_place() {
    for (wrong, told) in [
        ("replications = { precision = \"2%\", of = [\"run.wal_s\"] }", "did you mean `run.wall_s`?"),
        ("replications = { precision = \"2%\", of = [] }", "at least one metric"),
        ("replications = { precision = \"2%\" }", "the key `of` is missing"),
        ("replications = { precision = \"2%\", of = [\"lock.wait_max_us\"] }", "a largest value grows"),
        ("replications = { precision = \"200%\", of = [\"run.wall_s\"] }", "a share above 0 and below 1"),
        ("replications = { precision = 0, of = [\"run.wall_s\"] }", "a share above 0 and below 1"),
        ("replications = { min = 10, max = 9, precision = 0.1, of = [\"run.wall_s\"] }", "from 10"),
        ("replications = { min = 1, precision = 0.1, of = [\"run.wall_s\"] }", "from 2"),
        ("replications = \"many\"", "a whole number"),
        ("max_memory = \"5\"", "no size"),
        ("independent = 1", "true or false"),
        ("warm_up = \"auto\"", "only in a run with a time limit"),
    ] {
        let text = format!(
            "title = \"T\"\nquestion = \"Q\"\nthread = [{{ name = \"t\", steps = [{{ compute = \"1ms\" }}] }}]\n[run]\n{wrong}"
        );
        let read = plan::read(Path::new("e.toml"), &Source::new("e.toml", text), &Overrides::default());
        let message = read.unwrap_err().to_string();
        assert!(message.contains(told) && message.contains("e.toml:5:"), "{wrong}: {message}");
    }
}
