//! `gilsim calibrate`: what it measures, writes and says; with scripts in the place of interpreters.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;

use crate::support::{command, files, gilsim, texts};

/// What a sound interpreter answers, as a shell script: it is called as `-I -S SCRIPT NAME SECONDS` or `-I -S -c pass`.
const SOUND: &str = r#"
case "$4" in
identity)
    echo '{"name": "identity", "implementation": "cpython", "version": "3.11.7", "language": "3.11.7", "gil": true,' \
        '"executable": ""}' ;;
sha256)
    echo '{"name": "kib", "values": [500.5]}'
    echo '{"name": "around", "values": [250]}'
    echo '{"name": "frees", "values": [1]}' ;;
fork | spawn | forkserver)
    echo "{\"name\": \"$4.parent\", \"values\": [300000, 400000, 500000]}"
    echo "{\"name\": \"$4.child\", \"values\": [900000]}"
    echo "{\"name\": \"$4.exit\", \"values\": [600000]}" ;;
pickle | pipe) echo "{\"name\": \"$4.call\", \"values\": [2000]}"; echo "{\"name\": \"$4.byte\", \"values\": [170]}" ;;
interpreter) echo '{"reason": "it is too old"}' ;;
thread) echo '{"name": "thread", "values": [1000000]}' ;;
side) echo 'Traceback: no such module' ;;
pass) ;;
*) echo "{\"name\": \"$4\", \"values\": [20.25, 20.25]}" ;;
esac
"#;

const EXPERIMENT: &str = "\
title = \"Two hogs\"
question = \"What do hogs do to each other?\"
machine.profile = \"machines/mine.toml\"
lock.policy = \"cpython\"
thread = [{ name = \"hog\", count = 2, steps = [{ compute = \"20ms\", counts = \"done\" }] }]
run.replications = 1
";

/// A directory with executable shell scripts in it.
fn directory(scripts: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, script) in scripts {
        let path = directory.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    directory
}

fn read(directory: &TempDir, name: &str) -> toml::Table {
    std::fs::read_to_string(directory.path().join(name)).unwrap().parse().unwrap()
}

#[test]
fn a_calibration_writes_a_profile_that_experiments_run_on() {
    let directory = directory(&[]);
    std::fs::write(directory.path().join("hogs.toml"), EXPERIMENT).unwrap();
    let output = gilsim(directory.path(), &["calibrate", "--budget", "300ms", "-o", "machines/mine.toml"]);
    let (told, complaints) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{told}\n{complaints}");
    for part in ["wake_call_empty", "lock_pair", "median", "wrote machines/mine.toml"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let profile = read(&directory, "machines/mine.toml");
    let sources = profile["sources"].as_table().unwrap();
    for key in profile.keys().filter(|key| !["costs", "sources"].contains(&key.as_str())) {
        assert!(sources.contains_key(key), "{key}");
    }
    for cost in profile["costs"].as_table().unwrap().keys() {
        assert!(sources.contains_key(cost), "{cost}");
    }
    assert!(sources["lock_pair"].as_str().unwrap().contains("(n = "), "{}", sources["lock_pair"]);
    let fork = sources["fork"].as_str().unwrap();
    assert!(fork.starts_with("kept from linux-x86_64, since no interpreter was measured: "), "{fork}");
    for arguments in [vec!["check", "hogs.toml"], vec!["run", "--no-plots", "hogs.toml"]] {
        let output = gilsim(directory.path(), &arguments);
        assert_eq!(output.status.code(), Some(0), "{:?}", texts(&output));
    }
}

#[test]
fn an_interpreter_gives_costs_of_the_profile_and_a_file_of_its_own() {
    let directory = directory(&[("python", SOUND)]);
    let arguments = ["calibrate", "--budget", "3s", "--python", "./python", "-o", "machines/mine.toml"];
    let output = gilsim(directory.path(), &arguments);
    let (told, complaints) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{told}\n{complaints}");
    assert!(told.contains("CPython 3.11.7 (./python)"), "{told}");
    let profile = read(&directory, "machines/mine.toml");
    assert_eq!(profile["costs"]["pipe"]["byte"].as_str(), Some("170ps"));
    let interpreter = profile["sources"]["interpreter"].as_str().unwrap();
    assert!(interpreter.contains("CPython 3.11.7: it is too old"), "{interpreter}");
    let python = read(&directory, "machines/mine/py311.toml");
    assert_eq!(python["set"]["params.step"].as_str(), Some("20.25ns"));
    assert_eq!(python["set"]["interpreter.check_gap"].as_str(), Some("20ns"));
    assert!(!python["set"].as_table().unwrap().contains_key("params.side"), "{python}");
    let told = "side: it prints \"Traceback: no such module\", which is no measurement";
    let text = std::fs::read_to_string(directory.path().join("machines/mine/py311.toml")).unwrap();
    assert!(text.contains(&format!("# Not measured: {told}")), "{text}");
    assert_start_takes_as_long_as_measured(&directory);
}

/// The model, with the files of the calibration, starts and joins a thread in the time that the script tells: 1 ms.
fn assert_start_takes_as_long_as_measured(directory: &TempDir) {
    let cells = "interpreter,cores,scenario,params,metric,runs,median,p25,p75\n\
                 py311,2,start,\"{\"\"kind\"\": \"\"thread\"\"}\",p50,3,0.001,0.001,0.001\n";
    std::fs::write(directory.path().join("cells.csv"), cells).unwrap();
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/measured");
    let scenarios = scenarios.to_str().unwrap();
    let arguments = ["validate", "--against", "cells.csv", "--machine", "machines/mine.toml"];
    let more = ["--interpreters", "machines/mine", "--scenarios", scenarios, "--only", "start"];
    let output = gilsim(directory.path(), &[&arguments[..], &more[..]].concat());
    let (told, complaints) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{complaints}");
    let error = told.split_whitespace().find_map(|word| word.strip_prefix('x')?.parse::<f64>().ok());
    assert!(error.is_some_and(|error| error < 1.01), "{told}");
}

#[test]
fn interpreters_that_are_missing_or_broken_are_told_and_the_rest_goes_on() {
    let directory = directory(&[
        ("garbage", "echo 'Hello, world'"),
        ("fails", "echo 'Segmentation fault' >&2; exit 3"),
        ("hangs", "exec sleep 1000"),
        ("python", SOUND),
    ]);
    let names = ["./missing", "./garbage", "./fails", "./hangs", "./python"];
    let mut arguments = vec!["calibrate", "--budget", "1s", "-o", "mine.toml"];
    arguments.extend(names.iter().flat_map(|name| ["--python", name]));
    let output = gilsim(directory.path(), &arguments);
    let (told, complaints) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "{told}\n{complaints}");
    for reason in [
        "`./missing` is left out: cannot run it: ",
        "`./garbage` is left out: it prints \"Hello, world\", which is no measurement",
        "`./fails` is left out: it fails: Segmentation fault",
        "`./hangs` is left out: it does not answer within 3 s",
    ] {
        assert!(complaints.contains(&format!("error: the interpreter {reason}")), "{reason}: {complaints}");
    }
    assert_eq!(complaints.lines().count(), 4, "{complaints}");
    assert!(told.contains("wrote mine.toml") && told.contains("wrote mine/py311.toml"), "{told}");
}

#[test]
fn an_interrupted_calibration_writes_nothing() {
    let directory = directory(&[("slow", ": > begun; exec sleep 1000")]);
    let arguments = ["calibrate", "--budget", "300ms", "--python", "./slow", "-o", "mine.toml"];
    let mut command = command(directory.path());
    let child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while !directory.path().join("begun").exists() {
        std::thread::yield_now();
    }
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    let (told, complaints) = texts(&output);
    assert_eq!((output.status.code(), told.as_str()), (Some(1), ""), "{complaints}");
    assert_eq!(complaints, "interrupted: nothing was written\n");
    let names: Vec<String> = files(directory.path()).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["begun", "slow"]);
}

#[test]
fn wrong_arguments_are_told_before_anything_is_measured() {
    let directory = directory(&[]);
    for (arguments, part) in [
        (vec!["-o", "mine"], "a profile is named with its ending"),
        (vec!["--budget", "soon"], "\"soon\" is not a duration"),
        (vec!["--quick", "--budget", "5s"], "cannot be used with"),
    ] {
        let arguments = [&["calibrate"], &arguments[..]].concat();
        let output = gilsim(directory.path(), &arguments);
        let (_, complaints) = texts(&output);
        assert_eq!(output.status.code(), Some(2), "{complaints}");
        assert!(complaints.contains(part), "{complaints}");
    }
}

#[test]
#[ignore = "slow: runs the Python interpreters of this machine"]
fn the_interpreters_of_this_machine_are_measured() {
    for name in ["python3", "python2", "pypy3"] {
        let there = std::process::Command::new(name).args(["-c", "pass"]).stderr(Stdio::null()).status();
        if !there.is_ok_and(|status| status.success()) {
            continue;
        }
        let directory = directory(&[]);
        let arguments = ["calibrate", "--budget", "20s", "--python", name, "-o", "mine.toml"];
        let output = gilsim(directory.path(), &arguments);
        let (told, complaints) = texts(&output);
        assert_eq!(output.status.code(), Some(0), "{told}\n{complaints}");
        assert_eq!(told.matches("wrote mine/").count(), 1, "{told}");
        for part in ["startup", "warm_step", "thread", "fork.child", "pickle.byte", "pipe.call"] {
            assert!(told.contains(&format!("\n  {part} ")), "{part}: {told}");
        }
    }
}
