//! `gilsim ablate`: each mechanism is turned off by itself, and the table says how much worse the predictions get.

use std::path::Path;

use tempfile::TempDir;

use crate::support::{gilsim, texts};

/// A sleeper, whose every sleep ends 50 us late and is followed by a wake-up.
const SCENARIO: &str = "\
title = \"Ten sleeps\"
question = \"How long do ten sleeps take?\"
machine = { profile = \"linux-x86_64\", cores = 2 }
lock.policy = \"cpython\"
params = { sleeps = 10 }
thread = [{ name = \"sleeper\", steps = [{ repeat = \"$sleeps\", steps = [{ sleep = \"1ms\" }] }] }]
run.replications = 2
[measured]
scenario = \"sleeps\"
metrics = { wall = { metric = \"run.wall_s\" } }
";

const CELLS: &str = "\
interpreter,cores,scenario,params,metric,runs,median,p25,p75
new,2,sleeps,\"{\"\"sleeps\"\": 10}\",wall,3,0.011,0.011,0.011
old,2,sleeps,\"{\"\"sleeps\"\": 10}\",wall,3,0.011,0.011,0.011
";

const ABLATIONS: &str = "\
[[ablation]]
name = \"timer slack\"
why  = \"sleeps end on time\"
set  = { \"machine.costs.timer_slack\" = \"0s\" }
[[ablation]]
name         = \"wake stealing\"
why          = \"with one thread there is nobody to steal from\"
interpreters = [\"new\"]
scenarios    = [\"sleeps\"]
set          = { \"lock.stealing\" = false }
";

fn interpreter(policy: &str) -> String {
    format!("title = \"T\"\nset = {{ \"lock.policy\" = \"{policy}\" }}\nsources = {{ \"lock.policy\" = \"S\" }}\n")
}

fn directory(ablations: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("scenarios/sleeps.toml", SCENARIO),
        ("interpreters/new.toml", &interpreter("cpython")),
        ("interpreters/old.toml", &interpreter("cpython2")),
        ("cells.csv", CELLS),
        ("ablations.toml", ablations),
    ] {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    directory
}

fn ablate(directory: &Path, more: &[&str]) -> (Option<i32>, String, String) {
    let arguments = ["ablate", "ablations.toml", "--against", "cells.csv"];
    let places = ["--scenarios", "scenarios", "--interpreters", "interpreters"];
    let output = gilsim(directory, &[&arguments, &places, more].concat());
    let (told, complaints) = texts(&output);
    (output.status.code(), told, complaints)
}

#[test]
fn each_mechanism_is_turned_off_by_itself_and_the_errors_are_told() {
    let directory = directory(ABLATIONS);
    let (code, told, complaints) = ablate(directory.path(), &["--jobs", "1"]);
    assert_eq!((code, complaints.as_str()), (Some(0), ""), "{told}");
    let rows: Vec<&str> = told.lines().collect();
    assert!(rows.len() == 3 && rows[0].starts_with("turned off"), "{told}");
    let csv = std::fs::read_to_string(directory.path().join("data/ablations.csv")).unwrap();
    let fields: Vec<Vec<&str>> = csv.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let error = |row: usize, column: usize| fields[row][column].parse::<f64>().unwrap();
    // Slack and wake-up make 50 and 4 to 50 of each 1100 us: without the slack ten sleeps are 500 us shorter.
    assert_eq!(fields[0][..3], ["timer slack", "all", "2"]);
    let grown = error(0, 5) / error(0, 4);
    assert!((1.04..1.06).contains(&grown), "{csv}");
    assert!(rows[1].contains("sleeps x1."), "{told}");
    assert_eq!(fields[1][..3], ["wake stealing", "new", "1"]);
    assert_eq!(fields[1][4], fields[1][5]);
    assert!(rows[2].ends_with("none"), "{told}");

    ablate(directory.path(), &["--jobs", "3", "--data", "again"]);
    let again = std::fs::read_to_string(directory.path().join("again/ablations.csv")).unwrap();
    assert_eq!(csv, again, "the table depends on the number of jobs");
}

#[test]
fn the_table_that_is_there_is_printed_as_markdown_and_nothing_is_run() {
    let directory = directory(ABLATIONS);
    ablate(directory.path(), &[]);
    std::fs::remove_dir_all(directory.path().join("scenarios")).unwrap();
    let (code, told, complaints) = ablate(directory.path(), &["--markdown"]);
    assert_eq!((code, complaints.as_str()), (Some(0), ""), "{told}");
    assert!(told.contains("\n| **timer slack**: sleeps end on time | all | 2 | 0 | x1."), "{told}");
}

#[test]
fn what_an_interpreter_does_not_have_cannot_be_turned_off_there() {
    let directory = directory(&ABLATIONS.replace("[\"new\"]", "[\"new\", \"old\"]"));
    let (code, _, complaints) = ablate(directory.path(), &[]);
    assert_eq!(code, Some(2), "{complaints}");
    for part in ["unknown key `stealing`", "ablations.toml:10:24", "the policy is `cpython2`", "sleeps of old"] {
        assert!(complaints.contains(part), "{part}: {complaints}");
    }
    assert!(!directory.path().join("data").exists());
}
