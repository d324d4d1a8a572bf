//! Control variates make intervals narrower without moving what they are of.

use gilsim::experiment::plan::Plan;
use gilsim::experiment::runner;
use gilsim::statistics::Estimate;
use gilsim::theory::open::Mm1;

use crate::support::{assert_within, directory_with, gilsim, half_loaded, plan, texts};

/// Mean waits and throughputs of the queue M/M/1 with `control_variates`, and the exact ones.
const METRICS: [(&str, f64); 3] = [("lock.wait_mean_us", 500.0), ("done.rate_per_s", 1000.0), ("lock.held_share", 0.5)];

/// The half-loaded queue with controls.
fn controlled_queue(replications: &str, seed: u64) -> String {
    half_loaded(replications, seed).replace("[run]", "[run]\n control_variates = true")
}

/// The adjusted and the plain estimates of metrics of the first cell.
fn estimates(plan: &Plan, metrics: &[&str]) -> Vec<(Estimate, Estimate, Vec<String>)> {
    let found = runner::run(plan, 2).unwrap();
    let values = |metric: &&str| -> Vec<f64> {
        let place = found.metrics[0].iter().position(|name| name == metric).unwrap();
        found.records().map(|(_, record)| record.values[place]).collect()
    };
    let both = metrics.iter().map(values).map(|values| {
        let mean = found.controls[0].mean(&values);
        let taken = mean.taken.unwrap_or_default().into_iter().map(str::to_owned).collect();
        (mean.estimate, Estimate::of(&values, 0.95), taken)
    });
    both.collect()
}

#[test]
fn the_arrivals_explain_the_throughput_of_a_queue_and_with_the_services_half_of_the_variance_of_its_waits() {
    let found = estimates(&plan(&controlled_queue("100", 1)), &METRICS.map(|(metric, _)| metric));
    let factor =
        |(ours, plain, _): &(Estimate, Estimate, _)| (plain.half_width().unwrap() / ours.half_width().unwrap()).powi(2);
    let [wait, rate, held] = &found[..] else { panic!("{found:?}") };
    // By the central limit theorem the two sample means explain half of the variance of the mean wait in a long run.
    assert_within(factor(wait), 1.5, 6.0, "variance of the mean wait, plain over adjusted");
    assert_within(factor(rate), 50.0, f64::INFINITY, "variance of the throughput");
    assert_within(factor(held), 50.0, f64::INFINITY, "variance of the utilisation");
    assert_eq!(rate.2, ["control.customer.arrivals_s"]);
    assert!(wait.2.contains(&"control.customer.compute_s".to_owned()), "{wait:?}");
    for ((ours, ..), (metric, exact)) in found.iter().zip(METRICS) {
        let wide = 2.0 * ours.half_width().unwrap();
        assert_within(ours.mean, exact - wide, exact + wide, metric);
    }
}

#[test]
fn controls_change_no_run_and_have_mean_zero() {
    let plain = runner::run(&plan(&half_loaded("200", 3)), 2).unwrap();
    let controlled = runner::run(&plan(&controlled_queue("200", 3)), 2).unwrap();
    assert_eq!(plain.fingerprint(), controlled.fingerprint());
    let values = |metric: &str| -> Vec<f64> {
        let place = controlled.metrics[0].iter().position(|name| name == metric).unwrap();
        controlled.records().map(|(_, record)| record.values[place]).collect()
    };
    let controls: Vec<&String> = controlled.metrics[0].iter().filter(|name| name.starts_with("control.")).collect();
    assert_eq!(controls, ["control.customer.compute_s", "control.customer.arrivals_s"]);
    assert_eq!(controlled.metrics[0].len(), plain.metrics[0].len() + controls.len());
    for (metric, mean) in controls.into_iter().zip([0.5e-3, 1e-3]) {
        let estimate = Estimate::of(&values(metric), 0.999);
        assert!(estimate.contains(0.0), "{metric}: {estimate:?}");
        // Five thousand draws of that mean and standard deviation, the warm-up left out.
        let sd = 5000f64.sqrt() * mean;
        let half_width = estimate.half_width().unwrap() / 3.34 * 200f64.sqrt();
        assert_within(half_width, 0.8 * sd, 1.2 * sd, "standard deviation of the sum");
    }
}

#[test]
fn prices_of_the_machine_signals_and_repeated_verbs_are_controls_too() {
    let plan = plan(
        "machine = { profile = \"linux-x86_64\", cores = 2 }
         lock.policy = \"cpython\"
         thread = [{ name = \"t\", count = 2, steps = [{ repeat = 50, steps = [{ io = \"exp(20us)\" }, { compute = \"exp(5us)\" },
                   { io = \"exp(9us)\" }, { native = \"pareto(1.5, 1us)\" }, { compute = \"2us\" }] }] }]
         signal = [{ name = \"s\", arrivals = \"exp(1ms)\", handler = \"1us\" }]
         [run]
         control_variates = true
         duration = \"1s\"
         replications = 8",
    );
    let found = runner::run(&plan, 2).unwrap();
    let controls: Vec<&str> =
        found.metrics[0].iter().filter_map(|name| name.strip_prefix("control.")?.strip_suffix("_s")).collect();
    let steps = ["t.io", "t.compute", "t.io-2", "s.arrivals"];
    assert_eq!(controls[..4], steps, "a tail without variance is no control, nor is a constant: {controls:?}");
    assert!(controls[4..].iter().all(|name| name.starts_with("machine.")), "{controls:?}");
    assert!(controls.contains(&"machine.wake_latency_idle"), "{controls:?}");
}

#[test]
fn replications_end_earlier_with_controls() {
    let until = "{ min = 10, max = 300, precision = \"0.5%\", of = [\"done.rate_per_s\"] }";
    let count = |text: &str| runner::run(&plan(text), 2).unwrap().runs.len();
    let (plain, controlled) = (count(&half_loaded(until, 1)), count(&controlled_queue(until, 1)));
    // The standard deviation of the throughput is 1.4 %, of which the arrivals leave a tenth.
    assert_eq!(controlled, 10);
    assert!(plain > 20, "{plain}");
}

/// Two services, the second of which is compared with the first.
fn compared(control_variates: bool) -> String {
    format!(
        "title = \"T\"\nquestion = \"Q\"
         machine.profile = \"ideal\"
         lock.policy = \"handoff\"
         params.work = \"exp(0.5ms)\"
         thread = [{{ name = \"customer\", arrivals = \"exp(1ms)\", steps = [{{ compute = \"$work\", counts = \"done\" }}] }}]
         [sweep]
         \"params.work\" = [\"exp(0.5ms)\", \"gamma(2, 0.5ms)\"]
         [run]
         duration = \"2s\"
         replications = 20
         control_variates = {control_variates}
         [baseline]
         \"params.work\" = \"exp(0.5ms)\"
         [[figure]]
         x = \"params.work\"
         y = \"lock.wait_mean_us\"
         x_scale = \"category\""
    )
}

#[test]
fn the_table_says_which_estimates_are_adjusted_and_by_what_and_figures_show_them() {
    let table = |controlled: bool| {
        let directory = directory_with("queue.toml", &compared(controlled));
        let output = gilsim(directory.path(), &["run", "queue.toml"]);
        assert!(output.status.success(), "{}", texts(&output).1);
        let read = |name: &str| std::fs::read_to_string(directory.path().join(name)).unwrap();
        (read("data/queue.csv"), read("plots/queue.csv"))
    };
    let rows = |text: &str| -> Vec<std::collections::HashMap<String, String>> {
        csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
    };
    let (controlled, figure) = table(true);
    let (plain, _) = table(false);
    let of = |text: &str, metric: &str| rows(text).into_iter().filter(|row| row["metric"] == metric).nth(1).unwrap();
    let number = |row: &std::collections::HashMap<String, String>, key: &str| row[key].parse::<f64>().unwrap();
    let (ours, theirs) = (of(&controlled, "lock.held_share"), of(&plain, "lock.held_share"));
    assert_eq!((ours["estimate"].as_str(), theirs["estimate"].as_str()), ("controlled", "mean"));
    assert!(ours["controls"].contains("control.customer.compute_s"), "{ours:?}");
    for (mean, value) in [("mean", "value"), ("mean_low_95", "low_95"), ("mean_high_95", "high_95")] {
        assert_eq!(ours[mean], theirs[value]);
    }
    for of in ["", "rel_", "diff_"] {
        let width = |row| number(row, &format!("{of}high_95")) - number(row, &format!("{of}low_95"));
        assert!(width(&ours) < width(&theirs) / 3.0, "{of}: {ours:?} {theirs:?}");
    }
    let quantile = of(&controlled, "done.latency_p50_us");
    assert_eq!((quantile["estimate"].as_str(), quantile["controls"].as_str()), ("quantile", ""));
    let control = of(&controlled, "control.customer.compute_s");
    assert_eq!((control["estimate"].as_str(), control["mean"].as_str()), ("mean", ""));
    assert!(!plain.lines().next().unwrap().contains("controls"));
    let drawn: Vec<f64> = rows(&figure).iter().map(|row| number(row, "y")).collect();
    let values: Vec<f64> = rows(&controlled)
        .iter()
        .filter(|row| row["metric"] == "lock.wait_mean_us")
        .inspect(|row| assert_eq!(row["estimate"], "controlled"))
        .map(|row| number(row, "value"))
        .collect();
    assert_eq!(drawn, values, "{figure}");
}

#[test]
#[ignore = "slow: twenty thousand runs"]
fn of_a_thousand_seeds_of_a_queue_the_adjusted_interval_holds_the_exact_values_in_95_of_100() {
    let queue = Mm1 { arrival_rate: 1000.0, service_rate: 2000.0 };
    assert!((queue.wait() * 1e6 - METRICS[0].1).abs() < 1e-9);
    let mut held = [[0; 2]; 3];
    let mut narrower = [0.0; 3];
    for seed in 1..=1000 {
        let found = estimates(&plan(&controlled_queue("20", seed)), &METRICS.map(|(metric, _)| metric));
        for (index, (ours, plain, _)) in found.iter().enumerate() {
            let exact = METRICS[index].1;
            held[index][0] += u32::from(ours.contains(exact));
            held[index][1] += u32::from(plain.contains(exact));
            narrower[index] += plain.half_width().unwrap() / ours.half_width().unwrap() / 1000.0;
        }
    }
    for (index, (metric, _)) in METRICS.iter().enumerate() {
        let [ours, plain] = held[index];
        println!(
            "{metric}: {ours} of 1000 adjusted intervals hold the exact value and {plain} plain ones, {:.1} times as wide",
            narrower[index]
        );
        // The share of a thousand has a standard deviation of 0.7 %.
        assert_within(f64::from(ours) / 1000.0, 0.93, 0.97, metric);
    }
}
