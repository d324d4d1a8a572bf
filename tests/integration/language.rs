//! The commands that look at an experiment before it runs, and those that run a part of it.

use std::path::Path;

use tempfile::TempDir;

use crate::support::{files, gilsim, texts};

const GRID: &str = "\
title = \"Hogs\"
question = \"What do hogs do to each other?\"
machine.profile = \"ideal\"
machine.cores = 2
lock.policy = \"cpython\"
params.work = \"1ms\"
thread = [{ name = \"hog\", steps = [{ compute = \"exp(2ms)\" }, { io = \"$work\" }] }]
[sweep]
where = \"thread.hog.count >= machine.cores\"
\"machine.cores\" = [1, 2]
\"thread.hog.count\" = { range = [1, 3] }
\"params.work\" = { logspace = [\"1us\", \"1ms\"], n = 2 }
[metrics]
per_thread = \"run.wall_s / thread.hog.count\"
[baseline]
\"machine.cores\" = 1
[run]
replications = 3
[[figure]]
x = \"thread.hog.count\"
y = \"run.wall_s_rel\"
series = \"machine.cores\"
where = { \"params.work\" = \"1us\" }
";

fn directory() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("grid.toml"), GRID).unwrap();
    directory
}

/// What a command that succeeds tells.
#[track_caller]
fn told(directory: &Path, arguments: &[&str]) -> String {
    let output = gilsim(directory, arguments);
    let (told, complaints) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{complaints}");
    told
}

fn rows(directory: &Path, name: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(directory.join(name)).unwrap();
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn a_look_lists_cells_runs_time_and_memory_and_writes_nothing() {
    let directory = directory();
    let check = told(directory.path(), &["check", "grid.toml"]);
    for part in [
        "10 cells x 3 replications = 30 runs",
        "swept     machine.cores (2) x thread.hog.count (3) x params.work (2)",
        "estimate  about ",
        " MB\n",
        "     0  machine.cores = 1, thread.hog.count = 1, params.work = 1us\n",
        "     9  machine.cores = 2, thread.hog.count = 3, params.work = 1ms\n",
    ] {
        assert!(check.contains(part), "{part} is missing from\n{check}");
    }
    let lines =
        |text: &str| text.lines().filter(|line| !line.contains("estimate")).map(str::to_owned).collect::<Vec<_>>();
    let dry = told(directory.path(), &["run", "--dry-run", "grid.toml"]);
    assert_eq!(lines(&dry), lines(&check));
    assert_eq!(files(directory.path()).len(), 1);
}

#[test]
fn a_run_that_cannot_be_told_to_end_is_at_least_so_long() {
    let directory = directory();
    let endless = "title = \"T\"\nquestion = \"Q\"\nthread = [{ name = \"t\", steps = [{ repeat = 1000000000, \
                   steps = [{ io = \"1ms\" }] }] }]";
    std::fs::write(directory.path().join("long.toml"), endless).unwrap();
    assert!(told(directory.path(), &["check", "long.toml"]).contains("estimate  at least "));
    let huge = "title = \"T\"\nquestion = \"Q\"\nthread = [{ name = \"t\", count = 50000000, steps = [] }]";
    std::fs::write(directory.path().join("huge.toml"), huge).unwrap();
    let told = told(directory.path(), &["check", "--jobs", "1", "huge.toml"]);
    assert!(told.contains("estimate  time unknown, 2500"), "{told}");
}

#[test]
fn replications_that_end_at_a_precision_take_from_so_long_to_so_long() {
    let directory = directory();
    let replications = "run.replications={ min = 10, max = 100000, precision = 0.1, of = [\"per_thread\"] }";
    let told = told(directory.path(), &["check", "--jobs", "1", "--set", replications, "grid.toml"]);
    assert!(told.contains("10 cells x 10 to 100000 replications = at most 1,000,000 runs\n"), "{told}");
    let estimate = told.lines().find(|line| line.contains("estimate")).unwrap();
    assert!(estimate.contains(" to ") && estimate.contains("on 1 thread, "), "{estimate}");
}

#[test]
fn cells_with_random_numbers_of_their_own_have_no_pairs_to_compare() {
    let directory = directory();
    let output = gilsim(directory.path(), &["check", "--set", "run.independent=true", "grid.toml"]);
    assert_eq!(output.status.code(), Some(2));
    let told = texts(&output).1;
    for part in ["no two runs are a pair", "grid.toml:15:"] {
        assert!(told.contains(part), "{part} is missing from\n{told}");
    }
}

#[test]
fn a_part_of_the_cells_has_the_numbers_of_the_whole() {
    let directory = directory();
    told(directory.path(), &["run", "--no-plots", "grid.toml"]);
    let only =
        ["run", "--no-plots", "--data", "some", "--only", "machine.cores == 2 && params.work > \"1us\"", "grid.toml"];
    let some = told(directory.path(), &only);
    assert!(some.contains("cells    2\n") && some.contains("runs     6 "), "{some}");
    let whole = rows(directory.path(), "data/grid.runs.csv");
    let part = rows(directory.path(), "some/grid.runs.csv");
    let wanted: Vec<_> = whole.iter().filter(|row| row[0] == "2" && row[2] == "0.001").collect();
    assert_eq!(part.len(), 7);
    // Their baseline is not run, which leaves the compared columns empty.
    let simulated = part[0].iter().position(|name| name == "run.wall_s_rel").unwrap();
    for (row, other) in part[1..].iter().zip(wanted) {
        assert_eq!(row[..simulated], other[..simulated]);
        assert!(row[simulated].is_empty() && !other[simulated].is_empty());
    }
    assert_eq!(part[0][simulated - 1], "per_thread");
}

#[test]
fn a_figure_can_show_what_is_computed() {
    let directory = directory();
    let told = told(directory.path(), &["run", "grid.toml"]);
    assert!(told.contains("figure   plots/grid.png"), "{told}");
    let summary = rows(directory.path(), "data/grid.csv");
    assert_eq!(summary[0][15..], ["rel", "rel_low_95", "rel_high_95", "diff", "diff_low_95", "diff_high_95"]);
    assert!(summary.iter().any(|row| row[3] == "per_thread" && row[4] == "3" && !row[15].is_empty()));
}

#[test]
fn a_run_is_repeated_alone_by_the_command_that_explain_prints() {
    let directory = directory();
    told(directory.path(), &["run", "--no-plots", "grid.toml"]);
    let explained = told(directory.path(), &["explain", "grid.toml", "7", "2"]);
    for part in
        ["# cell 7 of 10 cells, replication 2 of 3, seed 1", "#   thread.hog.count = 2", "#   params.work = 1ms"]
    {
        assert!(explained.contains(part), "{part} is missing from\n{explained}");
    }
    let line = explained.lines().last().unwrap();
    let words = line.strip_prefix("gilsim ").unwrap();
    let status = std::process::Command::new("sh")
        .args(["-c", &format!("exec \"$0\" {words}"), env!("CARGO_BIN_EXE_gilsim")])
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert!(status.status.success(), "{line}\n{}", texts(&status).1);
    let whole = rows(directory.path(), "data/grid.runs.csv");
    let alone = rows(directory.path(), "target/alone/grid.runs.csv");
    assert_eq!(alone.len(), 2);
    let simulated = whole[0].iter().position(|name| name == "run.wall_s_rel").unwrap();
    assert_eq!(alone[1][..simulated], whole[1 + 7 * 3 + 2][..simulated]);
}

#[test]
fn what_explain_cannot_find_is_told() {
    let directory = directory();
    for (arguments, part) in [
        (["explain", "grid.toml", "10", "0"], "there is no cell 10: grid has 10 cells, from 0"),
        (["explain", "grid.toml", "9", "3"], "there is no replication 3: 3 replications, from 0"),
    ] {
        let output = gilsim(directory.path(), &arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(texts(&output).1.contains(part), "{}", texts(&output).1);
    }
}

#[test]
fn bad_input_ends_with_code_2_and_one_message_and_writes_nothing() {
    let directory = directory();
    let write = |name: &str, bytes: &[u8]| std::fs::write(directory.path().join(name), bytes).unwrap();
    write("huge.toml", &vec![b'#'; 100_000_000]);
    write("bytes.toml", b"title = \"\xff\"");
    write("circle.toml", b"include = \"circle.toml\"");
    write("empty.toml", GRID.replace("{ range = [1, 3] }", "[]").as_bytes());
    write("upside-down.toml", GRID.replace("[1, 3]", "[3, 1]").as_bytes());
    write("no-unit.toml", GRID.replace("[\"1us\", \"1ms\"]", "[1, 5]").as_bytes());
    write("billion.toml", GRID.replace("replications = 3", "replications = 1000000000").as_bytes());
    let before = files(directory.path()).len();
    for (name, part) in [
        ("huge.toml", "huge.toml has more than 262144 bytes"),
        ("bytes.toml", "bytes.toml:1:10 is not UTF-8"),
        ("circle.toml", "circle.toml:1:11"),
        ("empty.toml", "empty.toml:11:22"),
        ("upside-down.toml", "write range = [1, 3]"),
        ("no-unit.toml", "a duration such as \"5ms\""),
        ("billion.toml", "the plan has 10000000000 runs"),
    ] {
        for verb in ["run", "check"] {
            let output = gilsim(directory.path(), &[verb, name]);
            let (told, complaints) = texts(&output);
            assert_eq!((output.status.code(), told.as_str()), (Some(2), ""), "{name}: {complaints}");
            assert_eq!(complaints.matches("error").count(), 1, "{complaints}");
            assert!(complaints.contains(part) && complaints.contains("help: "), "{complaints}");
        }
    }
    assert_eq!(files(directory.path()).len(), before);
}
