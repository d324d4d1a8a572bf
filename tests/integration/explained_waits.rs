//! `gilsim explain-wait` tells the causes of waits where they are known.

use std::path::Path;

use crate::support::{gilsim, texts};

/// What the program says of the slowest wait of the reader in an experiment.
fn explained(text: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let text = format!("title = \"T\"\nquestion = \"Q\"\n{text}");
    std::fs::write(directory.path().join("waits.toml"), text).unwrap();
    let output = gilsim(directory.path(), &["explain-wait", "--thread", "reader", "-n", "1", "waits.toml"]);
    let (out, talk) = texts(&output);
    assert!(output.status.success(), "{talk}");
    out
}

#[track_caller]
fn assert_tells(told: &str, parts: &[&str]) {
    for part in parts {
        assert!(told.contains(part), "`{part}` is missing from\n{told}");
    }
}

const READER: &str =
    r#"{ name = "reader", steps = [{ repeat = "forever", steps = [{ io = "1ms" }, { compute = "10us" }] }] }"#;

#[test]
fn beside_one_hog_a_reader_waits_for_one_interval() {
    let told = explained(&format!(
        r#"
        machine = {{ profile = "ideal", cores = 2 }}
        lock = {{ policy = "cpython", switch_interval = "5ms" }}
        thread = [{{ name = "hog", steps = [{{ compute = "forever" }}] }}, {READER}]
        run = {{ duration = "1s" }}
        "#
    ));
    assert_tells(
        &told,
        &[
            "1. reader waited 5.00 ms: hog kept the lock until asked to drop it, which it did after 5.00 ms",
            "when it asked for the lock, hog had it",
            "hog held it once, for 5.00 ms together",
            "its timed wait was over once\n",
            "it requested a drop once, other waiters 0 times",
            "after hog was made to drop it",
        ],
    );
}

#[test]
fn beside_two_hogs_their_exchanges_void_its_timeouts() {
    let told = explained(&format!(
        r#"
        machine = {{ cores = 2 }}
        lock = {{ policy = "cpython", switch_interval = "5ms" }}
        thread = [{{ name = "hog", count = 2, steps = [{{ compute = "forever" }}] }}, {READER}]
        run = {{ duration = "5s" }}
        "#
    ));
    assert_tells(
        &told,
        &[
            "hog-1 and hog-2 exchanged the lock ",
            "; each exchange voided its timeout",
            "void because the lock had changed hands",
        ],
    );
}

#[test]
fn beside_long_c_calls_under_cpython_2_it_is_woken_in_vain() {
    let told = explained(&format!(
        r#"
        machine = {{ cores = 2 }}
        lock = {{ policy = "cpython2" }}
        thread = [{{ name = "hog", steps = [{{ repeat = "forever", steps = [{{ call = "2ms" }}, {{ compute = "400ns" }}] }}] }}, {READER}]
        run = {{ duration = "2s" }}
        "#
    ));
    assert_tells(&told, &["hog held the lock in C calls, which have no check point, for"]);
}

#[test]
fn a_wait_that_outlasts_the_run_is_told_too() {
    let told = explained(&format!(
        r#"
        machine = {{ profile = "ideal", cores = 2 }}
        thread = [{{ name = "hog", steps = [{{ call = "1s" }}] }}, {READER}]
        run = {{ duration = "100ms" }}
        "#
    ));
    assert_tells(
        &told,
        &["reader waits still, for 100 ms: hog held the lock in C calls", "its timed wait was over 19 times\n"],
    );
}

#[test]
fn an_unknown_thread_and_a_run_without_waits_are_told() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let run = |arguments: &[&str]| gilsim(root, &[&["explain-wait", "experiments/convoy.toml"], arguments].concat());
    let output = run(&["--thread", "reader"]);
    assert_eq!(output.status.code(), Some(2));
    assert_tells(&texts(&output).1, &["there is no thread `reader`; there are", "echo, hog"]);
    let output = run(&["--cell", "thread.hog.count=0"]);
    assert_tells(&texts(&output).0, &["nobody waited for the lock"]);
}
