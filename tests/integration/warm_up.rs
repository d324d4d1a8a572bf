//! `warm_up = "auto"` finds, run by run, from when on a run is in its steady state.

use gilsim::theory::open::Mm1;

use crate::support::{assert_within, directory_with, gilsim, is_near, run, texts};

/// Twenty threads that begin 10 ms apart and then go on for ever.
fn filling(warm_up: &str, seed: u64) -> String {
    format!(
        "machine.profile = \"ideal\"
         lock.policy = \"handoff\"
         thread = [{{ name = \"user\", count = 20, arrivals = \"10ms\", steps = [
           {{ repeat = \"forever\", steps = [{{ io = \"exp(10ms)\" }}, {{ compute = \"exp(1ms)\", counts = \"done\" }}] }} ] }}]
         [run]
         duration = \"4s\"
         warm_up = \"{warm_up}\"
         replications = 5
         seed = {seed}"
    )
}

#[test]
fn a_system_that_fills_up_is_measured_from_when_it_is_full() {
    for seed in 1..=4 {
        for end in run(&filling("auto", seed)).values(0, "run.warm_up_s") {
            // The twentieth thread begins after 0.2 s; batches are 20 ms long.
            assert_within(end, 0.1, 0.6, "end of the warm-up");
        }
    }
}

#[test]
fn what_is_measured_is_what_a_warm_up_of_that_length_would_give() {
    let found = run(&filling("auto", 9));
    let end = found.at(0, "run.warm_up_s");
    let fixed = run(&filling(&format!("{}us", (end * 1e6).round()), 9));
    for metric in ["done.rate_per_s", "done.latency_mean_us", "lock.wait_p99_us", "lock.queue_mean", "user.io_s"] {
        let (ours, theirs) = (found.at(0, metric), fixed.at(0, metric));
        assert!(is_near(ours, theirs, 1e-12), "{metric}: {ours} and {theirs}");
    }
    assert!(!is_near(found.at(0, "done.rate_per_s"), run(&filling("0s", 9)).at(0, "done.rate_per_s"), 1e-6));
}

#[test]
fn a_welch_figure_shows_when_a_cell_settles() {
    let text = format!("title = \"T\"\nquestion = \"Q\"\n{}", filling("0s", 1));
    let place = directory_with("fill.toml", &text);
    let output = gilsim(place.path(), &["welch", "--window", "5", "--format", "svg", "fill.toml"]);
    assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
    let told = texts(&output).0;
    let end = told.lines().find_map(|line| line.strip_prefix("warm-up by MSER-5: ")?.strip_suffix(" s")).unwrap();
    assert_within(end.parse().unwrap(), 0.1, 0.6, "end of the warm-up");
    let read =
        |ending: &str| std::fs::read_to_string(place.path().join(format!("plots/fill-welch-0.{ending}"))).unwrap();
    assert!(read("svg").contains("<svg") && read("txt").contains(&format!("MSER-5 ends the warm-up at {end} s")));
    // The rate of what is done rises with the number of threads, and then stays.
    let numbers = read("csv");
    let rows = numbers.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    let done = rows.filter(|row| row[0].contains("done"));
    let done: Vec<(f64, f64)> = done.map(|row| (row[2].parse().unwrap(), row[3].parse().unwrap())).collect();
    let mean = |from: f64, to: f64| {
        let values: Vec<f64> = done.iter().filter(|(x, _)| (from..to).contains(x)).map(|(_, y)| *y).collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    assert!(mean(0.0, 0.05) < 0.6 * mean(1.0, 2.0), "{numbers}");
    assert_within(mean(1.0, 2.0) / mean(2.0, 4.0), 0.9, 1.1, "settled");
    for (arguments, told) in [
        (["--cell", "7"], "there is no cell 7"),
        (["--set", "run.duration=0s"], "duration"),
        (["--set", "run.warm_up=5s"], "warm"),
    ] {
        let output = gilsim(place.path(), &[&["welch"], arguments.as_slice(), &["fill.toml"]].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(texts(&output).1.contains(told), "{}", texts(&output).1);
    }
}

#[test]
fn a_queue_that_begins_empty_is_measured_without_bias() {
    let queue = Mm1 { arrival_rate: 1000.0, service_rate: 1000.0 / 0.8 };
    let found = run(
        "machine.profile = \"ideal\"
         lock.policy = \"handoff\"
         thread = [{ name = \"customer\", arrivals = \"exp(1ms)\", steps = [{ compute = \"exp(0.8ms)\", counts = \"done\" }] }]
         [run]
         duration = \"50s\"
         warm_up = \"auto\"
         replications = 24",
    );
    let estimate = found.estimate(0, "lock.wait_mean_us");
    assert!(estimate.contains(queue.wait() * 1e6), "{} is not in {estimate:?}", queue.wait() * 1e6);
    for end in found.values(0, "run.warm_up_s") {
        assert_within(end, 0.0, 25.0, "at most half of a run is warm-up");
    }
}
