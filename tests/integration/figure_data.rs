//! What figures are drawn from: reference points beside distributions, and tables of a million rows.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use gilsim::figure::{self, Beside, FigureSpec, Plot, Reference, Scale, Table, Theme};

use crate::support::{gilsim, texts};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

const RUNS: &str = "\
threads,replication,end,events,fingerprint,wait_p50_us,wait_p99_us,wait_max_us
1,0,finished,1,a,10,20,30
8,0,finished,1,a,100,900,1000
";

fn distribution(kind: Plot, y: Option<&str>) -> FigureSpec {
    FigureSpec {
        series: Some("threads".into()),
        x_scale: Scale::Log,
        x_factor: 0.001,
        reference: Some(Reference { file: "here.csv".into(), y: y.map(str::to_owned), label: "measured".into() }),
        ..FigureSpec::new(kind, "wait", "wait")
    }
}

/// The rows of the figure that show reference points, or why there is none.
fn references(spec: &FigureSpec, reference: &str) -> Result<Vec<String>, String> {
    let (runs, reference) = (Table::parse(RUNS).unwrap(), Table::parse(reference).unwrap());
    let beside = Beside { reference: Some(&reference), ..Beside::default() };
    let drawing = figure::draw(spec, &runs, beside, &Theme::default()).map_err(|error| error.to_string())?;
    Ok(drawing.numbers_csv.lines().filter(|line| line.ends_with("reference")).map(str::to_owned).collect())
}

#[test]
fn measured_quantiles_stand_beside_a_simulated_distribution() {
    let measured = "threads,quantile,wait_us\n1,0.5,12\n8,0.75,250\n8,1,2000\n8,,5\n";
    let found = references(&distribution(Plot::Cdf, None), measured);
    assert_eq!(found.unwrap(), [",1,0.012,0.5,,,reference", ",8,0.25,0.75,,,reference", ",8,2,1,,,reference"]);
    // Nothing is above the largest value.
    let found = references(&distribution(Plot::Ccdf, None), measured);
    assert_eq!(found.unwrap(), [",1,0.012,0.5,,,reference", ",8,0.25,0.25,,,reference"]);
    let found = references(&distribution(Plot::Cdf, Some("time")), "threads,quantile,time\n1,0.5,12\n");
    assert_eq!(found.unwrap(), [",1,0.012,0.5,,,reference"]);
}

#[test]
fn quantiles_that_cannot_be_drawn_are_told() {
    let told = |text: &str| references(&distribution(Plot::Cdf, None), text).unwrap_err();
    assert!(told("threads,wait_us\n1,12\n").contains("`quantile`"), "{}", told("threads,wait_us\n1,12\n"));
    let percent = told("threads,quantile,wait_us\n1,50,12\n");
    assert!(percent.contains("`quantile`") && percent.contains("50: shares go from 0 to 1"), "{percent}");
}

#[test]
fn the_measured_quantiles_are_those_of_the_samples() {
    let read =
        |name: &str| csv::ReaderBuilder::new().comment(Some(b'#')).from_path(root().join("data/measured").join(name));
    let mut samples: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
    for record in read("ping-samples.csv").unwrap().into_records() {
        let record = record.unwrap();
        let interpreter = if &record[0] == "py311" { "CPython 3.11" } else { "CPython 3.14" };
        let load = match (&record[1], &record[2], &record[3]) {
            ("2", "1", "0") => "1 hog, 2 cores",
            ("2", "2", "0") => "2 hogs, 2 cores",
            ("1", "2", "0") => "2 hogs, 1 core",
            ("2", "2", "50000") => "2 hogs in C, 2 cores",
            other => panic!("{other:?}"),
        };
        samples.entry((interpreter, load)).or_default().push(record[7].parse::<f64>().unwrap());
    }
    for values in samples.values_mut() {
        values.sort_by(f64::total_cmp);
    }
    let mut rows = 0;
    for record in read("ping-quantiles.csv").unwrap().into_records() {
        let record = record.unwrap();
        let values = &samples[&(&record[0], &record[1])];
        let [share, microseconds] = [2, 3].map(|column| record[column].parse::<f64>().unwrap());
        let expected = values[(share * values.len() as f64).round() as usize - 1] * 1e6;
        assert!((microseconds / expected - 1.0).abs() < 1e-9, "{record:?}: {expected}");
        rows += 1;
    }
    assert_eq!(rows, 8 * 5);
}

const EXPERIMENT: &str = "\
title = \"T\"
question = \"Q\"
machine.profile = \"ideal\"
lock.policy = \"cpython\"
params = { size = 1 }
thread = [{ name = \"hog\", steps = [{ repeat = \"$size\", steps = [{ compute = \"20ms\" }] }] }]
sweep = { \"params.size\" = [1, 2] }
run = { replications = 1 }
[[figure]]
";

#[test]
#[ignore = "slow: draws a million points three times"]
fn a_million_rows_make_figures_that_a_paper_can_hold_and_all_numbers_stand_beside_them() {
    const ROWS: usize = 1_000_000;
    for (figure, is_swept) in [
        ("x = \"params.size\"\ny = \"run.wall_s\"", true),
        ("kind = \"scatter\"\nx = \"params.size\"\ny = \"run.wall_s\"", true),
        ("kind = \"ccdf\"\nx = \"run.wall_s\"\nx_scale = \"log\"\ny_scale = \"log\"", false),
    ] {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("data")).unwrap();
        std::fs::write(directory.path().join("big.toml"), format!("{EXPERIMENT}{figure}\n")).unwrap();
        let mut runs = String::from("params.size,replication,end,events,fingerprint,run.wall_s\n");
        for row in 1..=ROWS {
            // Values that wander, and never twice the same.
            let value = 2.0 + (row as f64 * 1e-5).sin() + (row as f64 * 0.618_033_988_749_895).fract();
            let (size, replication) = if is_swept { (row, 0) } else { (1, row) };
            writeln!(runs, "{size},{replication},finished,1,a,{value}").unwrap();
        }
        std::fs::write(directory.path().join("data/big.runs.csv"), runs).unwrap();
        let output = gilsim(directory.path(), &["plot", "--format", "svg,pdf,png", "big.toml"]);
        assert!(output.status.success(), "{}", texts(&output).1);
        let path = |ending: &str| directory.path().join("plots/big").with_extension(ending);
        for ending in ["svg", "pdf", "png"] {
            let bytes = std::fs::metadata(path(ending)).unwrap().len();
            assert!(bytes < 1_000_000, "{figure}: {ending} of {bytes} bytes");
        }
        let numbers = std::fs::read_to_string(path("csv")).unwrap();
        assert_eq!(numbers.lines().count(), ROWS + 1, "{figure}");
    }
}
