//! The same experiment gives the same bytes, on one thread or eight, today or tomorrow.

use std::path::Path;

use crate::support::{assert_same, directory_with, echo, gilsim, results, texts};

/// A second figure.
const WAITS: &str = "
[[figure]]
name = \"waits\"
kind = \"bars\"
x = \"thread.hog.count\"
y = \"echo.wait_p99_us\"
series = \"lock.switch_interval\"
";

/// Runs the experiment in a new directory and gives its results.
fn written(arguments: &[&str]) -> Vec<(String, Vec<u8>)> {
    let directory = directory_with("echo.toml", &(echo("0.1s", 5) + WAITS));
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
fn experiments_that_share_their_threads_give_the_bytes_and_the_order_of_one_after_another() {
    let rule = "{ min = 3, max = 8, precision = \"1%\", of = [\"request.rate_per_s\"] }";
    let precise = echo("0.05s", 4).replace("replications = 4", &format!("replications = {rule}"));
    let experiments = [("slow", echo("0.2s", 2)), ("short", echo("0.01s", 7)), ("precise", precise)];
    let directory = || {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in &experiments {
            std::fs::write(directory.path().join(format!("{name}.toml")), text).unwrap();
        }
        directory
    };
    let [apart, together] = [directory(), directory()];
    let run = |directory: &Path, arguments: &[&str]| {
        let output = gilsim(directory, &[&["run"], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
        texts(&output).0.lines().filter(|line| !line.starts_with("  time")).map(str::to_owned).collect::<Vec<_>>()
    };
    let files = ["slow.toml", "short.toml", "precise.toml"];
    let one_by_one: Vec<String> = files.iter().flat_map(|file| run(apart.path(), &["--jobs", "1", file])).collect();
    assert_eq!(run(together.path(), &[&["--jobs", "3"][..], &files].concat()), one_by_one);
    assert_same(&results(apart.path()), &results(together.path()));
}

#[test]
fn another_seed_gives_other_results() {
    let (one, other) = (written(&[]), written(&["--set", "run.seed=2"]));
    assert!(one.iter().zip(&other).any(|(one, other)| one.1 != other.1));
}
