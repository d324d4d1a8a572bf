//! The tables of README and documentation are those of the committed results.

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use serde::de::DeserializeOwned;

use crate::bench_table::{self, Quantity, Row};
use crate::precision_table;

const README: &str = "README.md";
const METRICS: &str = "docs/metrics.md";
const PERFORMANCE: &str = "docs/performance.md";

/// Held while a page is read and written: tests run side by side.
static UPDATE: Mutex<()> = Mutex::new(());

/// What the program prints in the directory of the project.
fn printed(arguments: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(env!("CARGO_BIN_EXE_gilsim")).current_dir(root).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Asserts that a page has this text between the marks of that name, or puts it there.
#[track_caller]
fn assert_has(page: &str, name: &str, text: &str) {
    let _guard = UPDATE.lock().unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let before = std::fs::read_to_string(&path).unwrap();
    let [begin, end] = [format!("<!-- {name} -->\n"), format!("<!-- /{name} -->\n")];
    let (before, rest) = before.split_once(&begin).unwrap();
    let (tables, after) = rest.split_once(&end).unwrap();
    if std::env::var_os("GILSIM_UPDATE").is_some() {
        std::fs::write(path, [before, &begin, text, &end, after].concat()).unwrap();
        return;
    }
    assert!(tables == text, "{page}: store them with: GILSIM_UPDATE=1 cargo test --test integration readme");
}

#[test]
fn the_tables_are_those_that_compare_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<String> = std::fs::read_dir(root.join("experiments"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| path.display().to_string())
        .collect();
    files.sort();
    let files = files.iter().map(String::as_str);
    assert_has(README, "compare", &printed(&["compare"].into_iter().chain(files).collect::<Vec<_>>()));
}

#[test]
fn the_table_of_claims_is_that_of_the_results() {
    assert_has(README, "claims", &printed(&["claims"]));
}

#[test]
fn the_table_of_ablations_is_that_of_the_results() {
    assert_has(README, "ablate", &printed(&["ablate", "--markdown"]));
}

#[test]
fn the_definitions_of_metrics_are_those_by_which_they_are_measured() {
    assert_has(METRICS, "metrics", &printed(&["metrics", "--markdown"]));
}

/// The rows of a table of the benchmark.
fn rows<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name);
    csv::Reader::from_path(path).unwrap().deserialize().map(Result::unwrap).collect()
}

#[test]
fn the_tables_of_speed_are_those_that_were_measured() {
    let measured: Vec<Row> = rows("bench.csv");
    assert_has(README, "bench", &bench_table::short(&measured));
    assert_has(PERFORMANCE, "bench", &bench_table::long(&measured));
    let scaling: Vec<Quantity> = rows("bench-scaling.csv");
    assert_has(PERFORMANCE, "bench-scaling", &bench_table::scaling(&scaling));
}

#[test]
fn the_table_of_time_to_precision_is_that_which_was_measured() {
    let measured: Vec<precision_table::Row> = rows("precision.csv");
    assert_has(PERFORMANCE, "precision", &precision_table::markdown(&measured));
    let ratios: Vec<precision_table::RatioRow> = rows("precision-ratios.csv");
    assert_has(PERFORMANCE, "precision-ratios", &precision_table::ratios(&ratios));
}
