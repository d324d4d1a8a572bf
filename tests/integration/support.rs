//! Small helpers: run the text of an experiment as `gilsim run` would, and look at what comes out.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use gilsim::experiment::plan::{self, Overrides, Plan};
use gilsim::experiment::runner::{self, Record, Results};
use gilsim::experiment::source::Source;
use gilsim::statistics::interval::Estimate;

/// Reads an experiment that has `text` after a title and a question, which are lines 1 and 2.
#[track_caller]
pub(crate) fn plan(text: &str) -> Plan {
    let text = format!("title = \"T\"\nquestion = \"Q\"\n{text}");
    let read = plan::read(Path::new("experiments/test.toml"), &Source::new("test.toml", text), &Overrides::default());
    read.unwrap_or_else(|error| panic!("{error}"))
}

/// Runs such an experiment; no run may fail.
#[track_caller]
pub(crate) fn run(text: &str) -> Found {
    let plan = plan(text);
    let results = runner::run(&plan, 2).unwrap();
    if let Some((run, error)) = results.failures().next() {
        panic!("cell {}, replication {}: {error}\n{text}", run.cell, run.replication);
    }
    Found { replications: plan.repetition.replications as usize, results }
}

/// What came out of an experiment.
pub(crate) struct Found {
    replications: usize,
    pub(crate) results: Results,
}

impl Found {
    /// The runs of a cell.
    pub(crate) fn records(&self, cell: usize) -> impl Iterator<Item = &Record> {
        self.results.records().map(|(_, record)| record).skip(cell * self.replications).take(self.replications)
    }

    /// The values of a metric in the runs of a cell.
    #[track_caller]
    pub(crate) fn values(&self, cell: usize, metric: &str) -> Vec<f64> {
        let names = &self.results.metrics[cell];
        let Some(index) = names.iter().position(|name| name == metric) else {
            panic!("there is no metric {metric}; there are {names:?}");
        };
        self.records(cell).map(|record| record.values[index]).collect()
    }

    /// The value of a metric in the first run of a cell.
    #[track_caller]
    pub(crate) fn at(&self, cell: usize, metric: &str) -> f64 {
        self.values(cell, metric)[0]
    }

    /// The value of a metric in the first run of the first cell.
    #[track_caller]
    pub(crate) fn only(&self, metric: &str) -> f64 {
        self.at(0, metric)
    }

    /// The mean of a metric over the runs of a cell, with its 99 % interval.
    #[track_caller]
    pub(crate) fn estimate(&self, cell: usize, metric: &str) -> Estimate {
        Estimate::of(&self.values(cell, metric), 0.99)
    }

    /// Asserts that metrics have the values that are known exactly, but for rounding in the ninth digit.
    #[track_caller]
    pub(crate) fn assert_exact(&self, cell: usize, expected: &[(&str, f64)], what: &str) {
        for &(metric, exact) in expected {
            let value = self.at(cell, metric);
            assert!(is_near(value, exact, 1e-9), "{what}: {metric} is {value}, not {exact}");
        }
    }

    /// Asserts that the 99 % interval of a metric has the exact value in it, and neither 5 % less nor 5 % more.
    #[track_caller]
    pub(crate) fn assert_oracle(&self, cell: usize, metric: &str, exact: f64, what: &str) {
        let estimate = self.estimate(cell, metric);
        if exact == 0.0 {
            return assert!(estimate.mean == 0.0, "{what}: {metric} is {}, not 0", estimate.mean);
        }
        assert!(estimate.contains(exact), "{what}: {metric} is {exact}, not {estimate:?}");
        for wrong in [0.95 * exact, 1.05 * exact] {
            assert!(estimate.excludes(wrong), "{what}: {metric} could as well be {wrong}: {estimate:?}");
        }
    }
}

/// The queue M/M/1 at half load: a thousand customers a second for five seconds after a warm-up.
pub(crate) fn half_loaded_queue(replications: u32, seed: u64) -> Found {
    run(&half_loaded(&replications.to_string(), seed))
}

/// The experiment that it is, with such replications; `tail` and `far` are ratios of its percentiles.
pub(crate) fn half_loaded(replications: &str, seed: u64) -> String {
    format!(
        "machine.profile = \"ideal\"
         lock.policy = \"handoff\"
         thread = [{{ name = \"customer\", arrivals = \"exp(1ms)\", steps = [{{ compute = \"exp(0.5ms)\", counts = \"done\" }}] }}]
         [metrics]
         tail = \"done.latency_p99_us / done.latency_p50_us\"
         far = \"done.latency_p999_us / done.latency_p50_us\"
         [run]
         duration = \"6s\"
         warm_up = \"1s\"
         replications = {replications}
         seed = {seed}"
    )
}

/// An experiment on requests beside hogs in six cells, whose runs are so long and so many, with a figure.
pub(crate) fn echo(duration: &str, replications: u32) -> String {
    format!(
        "
title = \"Requests beside hogs\"
question = \"How many requests are answered?\"
machine = {{ profile = \"linux-x86_64\", cores = 2 }}
lock.policy = \"cpython\"
thread = [{{ name = \"echo\", steps = [{{ repeat = \"forever\", steps = [{{ io = \"exp(20us)\" }}, {{ compute = \"5us\", counts = \"request\" }}] }}] }},
          {{ name = \"hog\", steps = [{{ compute = \"forever\" }}] }}]
[sweep]
\"thread.hog.count\" = [0, 1, 3]
\"lock.switch_interval\" = [\"0.1ms\", \"5ms\"]
[run]
duration = \"{duration}\"
replications = {replications}
[[figure]]
kind = \"line\"
x = \"thread.hog.count\"
y = \"request.rate_per_s\"
series = \"lock.switch_interval\"
"
    )
}

/// An experiment on hogs, so many in each cell, with so many replications.
pub(crate) fn hogs(counts: &str, replications: u32) -> String {
    format!(
        "
title = \"Hogs\"
question = \"What do hogs do to each other?\"
lock.policy = \"cpython\"
thread = [{{ name = \"hog\", steps = [{{ compute = \"exp(5ms)\", counts = \"done\" }}] }}]
[sweep]
\"thread.hog.count\" = {counts}
[run]
replications = {replications}
"
    )
}

/// A new directory with an experiment in a file of that name.
pub(crate) fn directory_with(name: &str, text: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join(name), text).unwrap();
    directory
}

/// Whether two numbers are equal but for so large a relative difference.
pub(crate) fn is_near(value: f64, exact: f64, relative: f64) -> bool {
    (value - exact).abs() <= relative * exact.abs().max(1e-9)
}

/// A number with its interval of acceptable values, both included.
#[track_caller]
pub(crate) fn assert_within(value: f64, low: f64, high: f64, what: &str) {
    assert!((low..=high).contains(&value), "{what}: {value} is not between {low} and {high}");
}

/// Runs the program in a directory.
pub(crate) fn gilsim(directory: &Path, arguments: &[&str]) -> Output {
    command(directory).args(arguments).output().unwrap()
}

/// The program, to be run in a directory.
pub(crate) fn command(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gilsim"));
    command.current_dir(directory);
    command
}

/// What the program wrote to standard output and to standard error.
pub(crate) fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

/// The files below a directory with their bytes, by path.
pub(crate) fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(next) = directories.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else {
                let name = path.strip_prefix(directory).unwrap().display().to_string();
                found.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// All files of an experiment's directory but what depends on the machine at hand and what is kept of finished runs.
pub(crate) fn results(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = files(directory);
    files.retain(|(name, _)| !name.ends_with(".build.json") && !name.contains(".runs/"));
    files
}

/// Asserts that two directories have the same files with the same bytes.
#[track_caller]
pub(crate) fn assert_same(ours: &[(String, Vec<u8>)], theirs: &[(String, Vec<u8>)]) {
    let names = |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(ours), names(theirs));
    for ((name, ours), (_, theirs)) in ours.iter().zip(theirs) {
        assert!(ours == theirs, "{name} has other bytes");
    }
}
