//! The experiments that come with gilsim are read without complaint, and their figures can be printed.

use std::path::{Path, PathBuf};

use gilsim::experiment::output::DataDirectory;
use gilsim::experiment::plan::{self, Overrides};
use gilsim::experiment::{results, runner};
use gilsim::figure::{self, Beside, Table, Theme, check};

use crate::support::{gilsim, texts};

pub(crate) fn experiments() -> Vec<PathBuf> {
    experiments_in("experiments")
}

fn experiments_in(directory: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let mut found: Vec<PathBuf> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    found.sort();
    assert!(!found.is_empty());
    found
}

/// Overrides under which an experiment is short enough for a test, from the quick one down.
fn shortened(stem: &str) -> Overrides {
    let set: &[&str] = match stem {
        "convoy" => &["run.duration=0.5s", "run.warm_up=0.1s"],
        "switch-interval" | "old-and-new-gil" => &["pool.count.tasks=1"],
        _ => &[],
    };
    Overrides { quick: true, set: set.iter().map(ToString::to_string).collect(), ..Overrides::default() }
}

/// Runs an experiment and gives what is wrong with its figures.
fn problems(path: &Path, overrides: &Overrides) -> Vec<String> {
    let plan = plan::load(path, overrides).unwrap_or_else(|error| panic!("{error}"));
    let directory = tempfile::tempdir().unwrap();
    let data = DataDirectory(directory.path().to_owned());
    let found = runner::run(&plan, 2).unwrap();
    let failures: Vec<String> = found.failures().map(|(run, error)| format!("cell {}: {error}", run.cell)).collect();
    assert!(failures.is_empty(), "{}: {failures:?}", plan.stem);
    assert_eq!(found.deadlocks().count(), 0, "{}", plan.stem);
    results::write(&plan, &found, &data).unwrap();
    let table = Table::read(&data.runs(&plan.stem)).unwrap();
    let summary = Table::read(&data.summary(&plan.stem)).unwrap();
    let of_figure = plan.figures.iter().enumerate().flat_map(|(index, spec)| {
        let reference = spec.reference.as_ref().map(|reference| Table::read(&reference.file).unwrap());
        let beside = Beside { reference: reference.as_ref(), summary: Some(&summary), ..Beside::default() };
        let drawing = figure::draw(spec, &table, beside, &Theme::default());
        let drawing = drawing.unwrap_or_else(|error| panic!("{}: {error}", plan.stem));
        let found = check::problems(&drawing.layout);
        found.into_iter().map(move |problem| format!("figure {index}: {problem}"))
    });
    of_figure.map(|problem| format!("{}: {problem}", plan.stem)).collect()
}

#[test]
fn every_experiment_passes_the_check() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let paths = experiments();
    for quick in [[].as_slice(), &["--quick"]] {
        let mut arguments = vec!["check"];
        arguments.extend(quick);
        arguments.extend(paths.iter().map(|path| path.to_str().unwrap()));
        let output = gilsim(root, &arguments);
        assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
    }
}

#[test]
fn every_model_of_the_benchmark_can_be_read() {
    for path in experiments_in("benches/models") {
        plan::load(&path, &Overrides::default()).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn every_experiment_names_its_source_and_draws_a_figure_or_is_tuned() {
    for path in experiments() {
        let plan = plan::load(&path, &Overrides::default()).unwrap();
        assert!(plan.source.is_some(), "{}", plan.stem);
        assert!(!plan.figures.is_empty() || plan.tune.is_some(), "{}", plan.stem);
    }
}

#[test]
fn the_figures_of_a_shortened_run_have_no_problems() {
    let found: Vec<String> = experiments()
        .iter()
        .flat_map(|path| problems(path, &shortened(path.file_stem().unwrap().to_str().unwrap())))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
#[ignore = "slow: make test-all"]
fn the_figures_of_a_quick_run_have_no_problems() {
    let overrides = Overrides { quick: true, ..Overrides::default() };
    let found: Vec<String> = experiments().iter().flat_map(|path| problems(path, &overrides)).collect();
    assert!(found.is_empty(), "{found:#?}");
}
