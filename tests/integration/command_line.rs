//! The program's commands: what they write, where, and with which exit code.

use std::io::Read;
use std::path::Path;
use std::process::{Output, Stdio};

use tempfile::TempDir;

use crate::support::{command, files, gilsim, texts};

const HOGS: &str = "\
title = \"Two hogs\"
question = \"What do hogs do to each other?\"
machine.profile = \"ideal\"
lock = { policy = \"cpython\", switch_interval = \"5ms\" }
thread = [{ name = \"hog\", count = 2, steps = [{ compute = \"20ms\", counts = \"done\" }] }]
[sweep]
\"thread.hog.count\" = [1, 2, 3]
[run]
replications = 2
[quick]
\"run.replications\" = 1
[[figure]]
kind = \"line\"
x = \"thread.hog.count\"
y = \"run.wall_s\"
";

/// A directory with files in it.
fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    directory
}

fn names(directory: &Path) -> Vec<String> {
    files(directory).into_iter().map(|(name, _)| name).collect()
}

/// Asserts how a command ended and that what it told has each of the parts, in this order.
#[track_caller]
fn assert_told(output: &Output, code: i32, parts: &[&str]) {
    let (told, complaints) = texts(output);
    let text = if code == 0 { &told } else { &complaints };
    assert_eq!(output.status.code(), Some(code), "{told}\n{complaints}");
    assert!(!complaints.contains("panicked"), "{complaints}");
    let mut rest = text.as_str();
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => panic!("`{part}` is missing from\n{text}"),
        }
    }
}

#[test]
fn help_and_version_are_told_and_are_no_failure() {
    let directory = directory(&[]);
    let version = concat!("gilsim ", env!("CARGO_PKG_VERSION"));
    for (arguments, parts) in [
        (vec!["--help"], vec!["Usage: gilsim", "run", "plot", "check", "policies", "list"]),
        (vec!["--version"], vec![version]),
        (
            vec!["help", "run"],
            vec!["Usage: gilsim run", "--jobs", "--dry-run", "--quick", "--set", "--data", "Examples:"],
        ),
        (vec!["check", "--help"], vec!["Usage: gilsim check", "Examples:"]),
        (vec!["plot", "--help"], vec!["Usage: gilsim plot", "--format", "Examples:"]),
        (vec!["list", "--help"], vec!["Usage: gilsim list", "Examples:"]),
        (vec!["policies", "--help"], vec!["Usage: gilsim policies", "Examples:"]),
    ] {
        assert_told(&gilsim(directory.path(), &arguments), 0, &parts);
    }
}

#[test]
fn wrong_usage_is_exit_code_two_and_says_what_is_wrong() {
    let directory = directory(&[("hogs.toml", HOGS)]);
    for (arguments, parts) in [
        (vec![], vec!["Usage: gilsim"]),
        (vec!["rum"], vec!["rum", "Usage"]),
        (vec!["run"], vec!["<FILE>"]),
        (vec!["run", "--jobs", "0", "hogs.toml"], vec!["--jobs"]),
        (vec!["run", "--job", "1", "hogs.toml"], vec!["--job", "--jobs"]),
        (vec!["run", "nowhere.toml"], vec!["nowhere.toml"]),
        (vec!["run", "--data", "mine", "--plots", "./mine", "hogs.toml"], vec!["both", "overwrite"]),
        (vec!["plot", "hogs.toml"], vec!["run the experiment `hogs` first"]),
        (vec!["list", "nowhere"], vec!["nowhere"]),
        (vec!["policies", "cpyton"], vec!["unknown policy `cpyton`", "did you mean `cpython`?"]),
        (vec!["run", "--set", "lock.switch_interval", "hogs.toml"], vec!["path=value"]),
        (
            vec!["run", "--set", "lock.switch_intervall=1ms", "hogs.toml"],
            vec!["switch_intervall", "did you mean `switch_interval`?"],
        ),
        (
            vec!["run", "--set", "thread.hug.count=1", "hogs.toml"],
            vec!["no [[thread]] is called `hug`", "did you mean `hog`?"],
        ),
        (
            vec!["run", "--set", "thread.hog.count=1", "hogs.toml"],
            vec!["`thread.hog.count` is swept", "sweep.thread.hog.count"],
        ),
    ] {
        assert_told(&gilsim(directory.path(), &arguments), 2, &parts);
    }
    assert_eq!(names(directory.path()), ["hogs.toml"], "nothing is written");
}

#[test]
fn a_bad_file_is_told_with_its_place_and_the_nearest_name_and_nothing_is_written() {
    for (wrong, right, place, caret, help) in [
        ("policy = \"cpyton\"", "policy = \"cpython\"", "bad.toml:4:19", "^^^^^^^^", "did you mean `cpython`?"),
        ("switch_intervall", "switch_interval", "bad.toml:4:30", "^^^^^^^^^^^^^^^^", "did you mean `switch_interval`?"),
        ("\"5mss\"", "\"5ms\"", "bad.toml:4:50", "^^^", "the units are ns, us, ms, s, min and h"),
        ("comptue", "compute", "bad.toml:5:49", "^^^^^^^", "did you mean `compute`?"),
        ("\"ideel\"", "\"ideal\"", "bad.toml:3:19", "^^^^^^^", "did you mean `ideal`?"),
        ("thread.hug.count\" = [1", "thread.hog.count\" = [1", "bad.toml:7:9", "^^^", "did you mean `hog`?"),
        ("replicatons = 2", "replications = 2", "bad.toml:9:1", "^^^^^^^^^^^", "did you mean `replications`?"),
        ("y = \"run.wall_s\"\nkolour = 1", "y = \"run.wall_s\"", "bad.toml:16:1", "^^^^^^", ""),
    ] {
        assert!(HOGS.contains(right), "{right}");
        let directory = directory(&[("bad.toml", &HOGS.replacen(right, wrong, 1)), ("good.toml", HOGS)]);
        for arguments in
            [vec!["run", "good.toml", "bad.toml"], vec!["check", "bad.toml"], vec!["run", "--dry-run", "bad.toml"]]
        {
            let output = gilsim(directory.path(), &arguments);
            assert_told(&output, 2, &["error: ", "--> ", place, caret, help]);
        }
        assert_eq!(names(directory.path()), ["bad.toml", "good.toml"], "nothing is written");
    }
}

#[test]
fn a_run_writes_tables_provenance_and_figures_where_it_is_told() {
    let directory = directory(&[("hogs.toml", HOGS)]);
    let output = gilsim(directory.path(), &["run", "hogs.toml"]);
    assert_told(
        &output,
        0,
        &[
            "hogs: Two hogs",
            "cells    3",
            "runs     6 (2 replications of each cell)",
            "results  data/hogs.csv",
            "figure   plots/hogs.png",
        ],
    );
    let written = names(directory.path());
    for name in [
        "data/hogs.csv",
        "data/hogs.runs.csv",
        "data/hogs.json",
        "data/hogs.build.json",
        "plots/hogs.png",
        "plots/hogs.csv",
        "plots/hogs.txt",
    ] {
        assert!(written.iter().any(|other| other == name), "{name} is not among {written:?}");
    }
    let output = gilsim(directory.path(), &["run", "--no-plots", "--data", "a/b", "--plots", "c", "hogs.toml"]);
    assert_told(&output, 0, &["a/b/hogs.csv"]);
    assert!(!directory.path().join("c").exists());
    let output = gilsim(directory.path(), &["plot", "--data", "a/b", "--plots", "c", "--format", "svg", "hogs.toml"]);
    assert_told(&output, 0, &["c/hogs.svg"]);
    let svg = std::fs::read_to_string(directory.path().join("c/hogs.svg")).unwrap();
    assert!(svg.starts_with("<svg") || svg.starts_with("<?xml"), "{}", &svg[..40]);
}

/// The rows of the table of runs.
fn rows(directory: &Path) -> usize {
    std::fs::read_to_string(directory.join("data/hogs.runs.csv")).unwrap().lines().count() - 1
}

#[test]
fn quick_and_set_change_what_is_run() {
    let directory = directory(&[("hogs.toml", HOGS)]);
    let run = |arguments: &[&str]| {
        let output = gilsim(directory.path(), &[&["run", "--no-plots", "hogs.toml"], arguments].concat());
        assert_told(&output, 0, &[]);
        rows(directory.path())
    };
    assert_eq!(run(&[]), 6);
    assert_eq!(run(&["--quick"]), 3);
    assert_eq!(run(&["--set", "run.replications=4"]), 12);
    assert_eq!(run(&["--quick", "--set", "sweep.thread.hog.count=[1, 4]"]), 2);
    assert_eq!(run(&["--set", "lock.policy=handoff", "--set", "lock={ policy = \"barging\" }"]), 6);
}

#[test]
fn a_dry_run_and_a_check_list_the_cells_and_write_nothing() {
    let directory = directory(&[("hogs.toml", HOGS)]);
    for arguments in [["check", "hogs.toml"].as_slice(), &["run", "--dry-run", "hogs.toml"]] {
        let output = gilsim(directory.path(), arguments);
        assert_told(
            &output,
            0,
            &["hogs: Two hogs", "3 cells x 2 replications = 6 runs", "thread.hog.count = 1", "thread.hog.count = 3"],
        );
    }
    assert_eq!(names(directory.path()), ["hogs.toml"]);
}

#[test]
fn list_tells_what_each_experiment_asks_and_complains_of_bad_ones() {
    let directory = directory(&[("experiments/hogs.toml", HOGS), ("experiments/notes.txt", "")]);
    let output = gilsim(directory.path(), &["list"]);
    assert_told(&output, 0, &["hogs: Two hogs", "What do hogs do to each other?", "3 cells, 6 runs"]);
    std::fs::write(directory.path().join("experiments/broken.toml"), "title = 3").unwrap();
    let output = gilsim(directory.path(), &["list"]);
    assert_told(&output, 2, &["broken.toml:1"]);
    assert!(texts(&output).0.contains("hogs: Two hogs"), "the good ones are listed all the same");
}

#[test]
fn policies_lists_each_and_describes_one_with_its_parameters() {
    let directory = directory(&[]);
    let mut presets: Vec<_> = gilsim::lock::preset::presets().collect();
    let place = |family| gilsim::lock::Family::ALL.iter().position(|(other, _)| *other == family);
    presets.sort_by_key(|preset| place(preset.family));
    let gates = gilsim::workload::Gate::ALL;
    let names: Vec<&str> = presets.iter().map(|preset| preset.name).chain(gates.iter().map(|gate| gate.name)).collect();
    assert_told(&gilsim(directory.path(), &["policies"]), 0, &names);
    for gate in &gates {
        let parts = [gate.name, gate.summary, "objects.rwlock", "Source:"];
        assert_told(&gilsim(directory.path(), &["policies", gate.name]), 0, &parts);
    }
    for preset in gilsim::lock::preset::presets() {
        let mut parts = vec![preset.name, preset.summary];
        // First those that make it what it is.
        let is_own = |name: &str| preset.defaults.iter().any(|(other, _)| *other == name);
        let names = || preset.parameters.iter().map(|parameter| parameter.name);
        parts.extend(names().filter(|name| is_own(name)).chain(names().filter(|name| !is_own(name))));
        parts.push("Source:");
        assert_told(&gilsim(directory.path(), &["policies", preset.name]), 0, &parts);
    }
}

#[test]
fn a_run_that_fails_is_exit_code_one_and_told_with_what_runs_it_again() {
    let directory = directory(&[("hogs.toml", HOGS)]);
    let output = gilsim(directory.path(), &["run", "--set", "run.max_events=9", "--set", "run.seed=7", "hogs.toml"]);
    assert_told(&output, 1, &["error: hogs: cell", "thread.hog.count = 3", "replication 0, seed 7", "9 events"]);
    // The cells that can be run are.
    let written = std::fs::read_to_string(directory.path().join("data/hogs.runs.csv")).unwrap();
    assert!(written.lines().any(|line| line.starts_with("1,0,finished")), "{written}");
}

#[test]
fn results_that_cannot_be_written_are_exit_code_one() {
    let directory = directory(&[("hogs.toml", HOGS), ("occupied", "a file")]);
    let output = gilsim(directory.path(), &["run", "--data", "occupied/here", "hogs.toml"]);
    assert_told(&output, 1, &["error: cannot write", "occupied/here"]);
}

#[test]
fn a_reader_that_goes_away_early_is_no_failure() {
    let directory = directory(&[("hogs.toml", HOGS)]);
    let mut many = command(directory.path());
    let values = (1..5000).map(|n| n.to_string()).collect::<Vec<_>>().join(", ");
    many.args(["check", "--set", &format!("sweep.thread.hog.count=[{values}]"), "hogs.toml"]);
    let mut child = many.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 10]).unwrap();
    drop(stdout);
    assert_told(&child.wait_with_output().unwrap(), 0, &[]);
}
