//! The tuned intervals on real CPython: what they change there is what was predicted.
//!
//! `data/measured/tuned-py311.csv` has runs of the programs of `experiments/tune-web.toml` and `tune-audio.toml` under the
//! default and under the recommended interval, in turns. An effect is the logarithm of the ratio of the medians.

use std::collections::BTreeMap;
use std::path::Path;

use gilsim::experiment::plan::{self, Overrides};
use gilsim::experiment::runner;
use gilsim::figure::Table;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The runs of a case by interval, in seconds as text: the values of a column.
fn measured(case: &str, column: &str) -> BTreeMap<String, Vec<f64>> {
    let table = Table::read(&Path::new(ROOT).join("data/measured/tuned-py311.csv")).unwrap();
    let place = |name: &str| table.headers.iter().position(|header| header == name).unwrap();
    let (of, interval, value) = (place("case"), place("lock.switch_interval_s"), place(column));
    let mut runs: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for row in table.rows.iter().filter(|row| row[of] == case) {
        runs.entry(row[interval].clone()).or_default().push(row[value].parse().unwrap());
    }
    runs
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2])
}

/// The mean of a metric of a shipped experiment under an interval.
fn predicted(case: &str, metric: &str, interval: &str) -> f64 {
    let path = Path::new(ROOT).join("experiments").join(format!("tune-{case}.toml"));
    let set = vec![format!("lock.switch_interval={interval}s"), "run.replications=10".into()];
    let plan = plan::load(&path, &Overrides { set, ..Overrides::default() }).unwrap();
    let found = runner::run(&plan, 2).unwrap();
    let index = found.metrics[0].iter().position(|name| name == metric).unwrap();
    let values: Vec<f64> = found.records().map(|(_, record)| record.values[index]).collect();
    values.iter().sum::<f64>() / values.len() as f64
}

/// The interval that the committed answer recommends, in seconds.
fn recommended(case: &str) -> f64 {
    let path = Path::new(ROOT).join("data").join(format!("tune-{case}.tune.json"));
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    json["recommended"]["params"]["lock.switch_interval_s"].as_f64().unwrap()
}

#[test]
fn the_measured_change_has_the_direction_and_the_size_of_the_predicted_one() {
    for (case, metric) in [("web", "request.latency"), ("audio", "buffer.latency")] {
        for quantile in ["p50", "p90"] {
            let runs = measured(case, &format!("latency_{quantile}_s"));
            let [default, tuned] = [0.005, recommended(case)].map(|interval| {
                let near = runs.keys().find(|key| (key.parse::<f64>().unwrap() / interval - 1.0).abs() < 0.1);
                near.unwrap_or_else(|| panic!("{case}: {interval} was not measured: {:?}", runs.keys()))
            });
            let change = median(runs[tuned].clone()) / median(runs[default].clone());
            let of = |interval: &str| predicted(case, &format!("{metric}_{quantile}_us"), interval);
            let expected = of(tuned) / of(default);
            let ratio = change.ln() / expected.ln();
            eprintln!("{case} {quantile}: {change:.3} measured, {expected:.3} predicted");
            assert!((0.75..=1.25).contains(&ratio), "{case} {quantile}: {change} measured, {expected} predicted");
            assert!(runs[tuned].len() >= 10 && runs[default].len() >= 10);
        }
    }
}
