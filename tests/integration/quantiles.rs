//! Quantiles are those of all observations of a cell, and their intervals hold the exact value as often as they say.

use gilsim::experiment::pooled::Pooled;
use gilsim::theory::open::Mm1;

use crate::support::{Found, assert_same, assert_within, gilsim, half_loaded_queue, results, texts};

/// Its responses are exponential, so all their quantiles are known.
const QUEUE: Mm1 = Mm1 { arrival_rate: 1000.0, service_rate: 2000.0 };

fn pooled(found: &Found, metric: &str) -> Pooled {
    let place = found.results.metrics[0].iter().position(|name| name == metric).unwrap();
    found.results.pooled(0, place).unwrap()
}

#[test]
fn the_quantile_of_a_cell_is_that_of_all_its_observations() {
    let found = half_loaded_queue(10, 1);
    for (metric, share) in [("done.latency_p50_us", 0.5), ("done.latency_p99_us", 0.99)] {
        let exact = QUEUE.response_quantile(share) * 1e6;
        let estimate = pooled(&found, metric).estimate(&found.values(0, metric));
        assert!(estimate.contains(exact), "{metric}: {exact} is not in {estimate:?}");
        assert_within(estimate.mean / exact, 0.85, 1.15, metric);
    }
    let largest = pooled(&found, "done.latency_max_us");
    let of_runs = found.values(0, "done.latency_max_us");
    assert!(largest.is_largest && largest.value == of_runs.iter().copied().fold(0.0, f64::max));
    assert_eq!(largest.estimate(&of_runs).half_width, None, "it grows with the number of observations");
}

const EXPERIMENT: &str = "
title = \"Waits\"
question = \"How long are waits?\"
machine.profile = \"ideal\"
lock.policy = \"handoff\"
thread = [{ name = \"customer\", arrivals = \"exp(1ms)\", steps = [{ compute = \"exp(0.5ms)\", counts = \"done\" }] }]
[sweep]
\"thread.customer.arrivals\" = [\"exp(1ms)\", \"exp(2ms)\"]
[run]
duration = \"1s\"
replications = 4
[[figure]]
x = \"thread.customer.arrivals\"
x_scale = \"category\"
y = \"done.latency_p90_us\"
";

#[test]
fn tables_and_figures_have_them_whoever_did_the_runs() {
    let alone = tempfile::tempdir().unwrap();
    let shared = tempfile::tempdir().unwrap();
    for directory in [&alone, &shared] {
        std::fs::write(directory.path().join("waits.toml"), EXPERIMENT).unwrap();
    }
    let done = |directory: &tempfile::TempDir, arguments: &[&str]| {
        let output = gilsim(directory.path(), &[arguments, &["waits.toml"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
    };
    done(&alone, &["run"]);
    for shard in ["2/3", "0/3", "1/3"] {
        done(&shared, &["run", "--shard", shard]);
    }
    done(&shared, &["merge"]);
    assert_same(&results(alone.path()), &results(shared.path()));

    let table = |name: &str| std::fs::read_to_string(alone.path().join(name)).unwrap();
    let summary = table("data/waits.csv");
    let row = summary.lines().find(|line| line.contains(",done.latency_p90_us,")).unwrap();
    let cells: Vec<&str> = row.split(',').collect();
    assert_eq!(cells[2..4], ["4", "quantile"], "{row}");
    let drawn = table("plots/waits.csv");
    let drawn = drawn.lines().nth(1).unwrap();
    let near = |value: &str, other: &str| (value.parse::<f64>().unwrap() - other.parse::<f64>().unwrap()).abs() < 1e-3;
    assert!(near(drawn.split(',').nth(3).unwrap(), cells[4]), "{drawn} and {row}");
    assert!(summary.contains(",largest,") && summary.contains(",mean,"));
}

#[test]
#[ignore = "slow: five thousand runs"]
fn of_five_hundred_seeds_the_interval_holds_the_exact_quantile_in_95_of_100() {
    let metrics = [("done.latency_p50_us", 0.5), ("done.latency_p90_us", 0.9), ("done.latency_p99_us", 0.99)];
    let mut held = [0; 3];
    for seed in 1..=500 {
        let found = half_loaded_queue(10, seed);
        for (held, (metric, share)) in held.iter_mut().zip(metrics) {
            let estimate = pooled(&found, metric).estimate(&found.values(0, metric));
            *held += u32::from(estimate.contains(QUEUE.response_quantile(share) * 1e6));
        }
    }
    for (held, (metric, _)) in held.into_iter().zip(metrics) {
        // The share of five hundred has a standard deviation of 1 %; far in the tail a run has few observations.
        assert_within(f64::from(held) / 500.0, 0.91, 0.98, metric);
    }
}
