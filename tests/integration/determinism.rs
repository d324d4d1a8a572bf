//! The same experiment gives the same bytes, on one thread or eight, today or tomorrow.

use std::path::Path;

use crate::support::{assert_same, gilsim, results, texts};

const EXPERIMENT: &str = "
title = \"Requests beside hogs\"
question = \"How many requests are answered?\"
machine = { profile = \"linux-x86_64\", cores = 2 }
lock.policy = \"cpython\"
thread = [{ name = \"echo\", steps = [{ repeat = \"forever\", steps = [{ io = \"exp(20us)\" }, { compute = \"5us\", counts = \"request\" }] }] },
          { name = \"hog\", steps = [{ compute = \"forever\" }] }]
[sweep]
\"thread.hog.count\" = [0, 1, 3]
\"lock.switch_interval\" = [\"0.1ms\", \"5ms\"]
[run]
duration = \"0.1s\"
replications = 5
[[figure]]
kind = \"line\"
x = \"thread.hog.count\"
y = \"request.rate_per_s\"
series = \"lock.switch_interval\"
[[figure]]
name = \"waits\"
kind = \"bars\"
x = \"thread.hog.count\"
y = \"echo.wait_p99_us\"
series = \"lock.switch_interval\"
";

/// Runs the experiment in a new directory and gives its results.
fn written(arguments: &[&str]) -> Vec<(String, Vec<u8>)> {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("echo.toml"), EXPERIMENT).unwrap();
    let output = gilsim(directory.path(), &[&["run", "echo.toml"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
    results(directory.path())
}

#[test]
fn results_and_figures_have_the_same_bytes_for_any_number_of_jobs_and_in_each_run() {
    let one = written(&["--jobs", "1"]);
    let has = |ending: &str| one.iter().any(|(name, _)| Path::new(name).to_string_lossy().ends_with(ending));
    for ending in ["data/echo.csv", "data/echo.runs.csv", "data/echo.json", "echo.png", "waits.png"] {
        assert!(has(ending), "no file {ending}");
    }
    assert_same(&one, &written(&["--jobs", "8"]));
    assert_same(&one, &written(&["--jobs", "1"]));
}

#[test]
fn another_seed_gives_other_results() {
    let (one, other) = (written(&[]), written(&["--set", "run.seed=2"]));
    assert!(one.iter().zip(&other).any(|(one, other)| one.1 != other.1));
}
