//! `gilsim tune` finds what is known to be best, keeps its promises, and does it again after a kill.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use gilsim::experiment::plan::{self, Overrides};
use gilsim::experiment::source::Source;
use gilsim::theory::open::{Mg1, Mm1, Moments};
use gilsim::tuning::answer::{Answer, Verdict};
use gilsim::tuning::evaluator::{Evaluator, Study};
use gilsim::tuning::finals::Guarantee;
use gilsim::tuning::{self, report};

use crate::support::{assert_same, command, gilsim, is_near, plan as plan_of, results, texts};

/// Tunes an experiment that has `text` after a title and a question.
#[track_caller]
fn tuned<R>(text: &str, look: impl FnOnce(&Evaluator, &Answer) -> R) -> R {
    let plan = plan_of(text);
    let tune = plan.tune.as_ref().unwrap();
    let overrides = Overrides::default();
    let study = Study {
        path: Path::new("experiments/test.toml"),
        text: &plan.text,
        overrides: &overrides,
        tune,
        seed: plan.repetition.seed,
        journal: None,
        jobs: 2,
        observe: &|_, _| {},
    };
    let (evaluator, answer) = tuning::tune(study).unwrap_or_else(|error| panic!("{error}"));
    look(&evaluator, &answer)
}

/// The recommended value of the first path as a number.
fn recommended(evaluator: &Evaluator, answer: &Answer) -> f64 {
    let values = report::values(evaluator, &evaluator.trials[answer.found.best].setting);
    values[0].to_json().as_f64().unwrap_or(f64::NAN)
}

/// The lowest value of a function between two points, by trying many.
fn lowest(from: f64, to: f64, cost: impl Fn(f64) -> f64) -> (f64, f64) {
    let at = |step: i32| from * (to / from).powf(f64::from(step) / 20_000.0);
    let costs = (0..=20_000).map(|step| (at(step), cost(at(step))));
    costs.fold((f64::NAN, f64::INFINITY), |best, next| if next.1 < best.1 { next } else { best })
}

/// Two threads on one core in slices of q with a switch of 20 us between them: what switches cost, and slices.
fn slices(seed: u64, extra: &str) -> String {
    format!(
        "machine = {{ profile = \"ideal\", cores = 1, scheduler = \"round-robin\", quantum = \"10ms\", costs = {{ context_switch = \"20us\" }} }}
         lock = {{ policy = \"free-threaded\", slowdown = 1.0, contention = 0.0, pause = \"0ns\" }}
         [[thread]]
         name = \"hog\"
         count = 2
         steps = [{{ repeat = \"forever\", steps = [{{ compute = \"exp(50ms)\" }}] }}]
         [run]
         duration = \"5s\"
         seed = {seed}
         [tune]
         minimise = \"core.switching_share + seconds(machine.quantum) / 0.5\"
         budget = {{ runs = 400 }}
         replications = 3
         {extra}
         [tune.over]
         \"machine.quantum\" = {{ logspace = [\"100us\", \"100ms\"] }}"
    )
}

/// The square-root law: s / (q + s) + q / T is least at q = sqrt(s T) - s.
fn cost_of_slices(quantum: f64) -> f64 {
    20e-6 / (quantum + 20e-6) + quantum / 0.5
}

/// Customers that arrive 1 ms apart on average and hold a lock for a service whose length is tuned: the faster the dearer.
fn services(seed: u64) -> String {
    format!(
        "machine.profile = \"ideal\"
         lock.policy = \"handoff\"
         [params]
         service = \"500us\"
         [[thread]]
         name = \"customer\"
         arrivals = \"exp(1ms)\"
         steps = [{{ compute = \"$service\" }}, {{ count = \"done\" }}]
         [run]
         duration = \"12s\"
         warm_up = \"2s\"
         seed = {seed}
         [tune]
         minimise = \"0.002 / seconds(params.service) + (customer.python_s + customer.lock_wait_s) / 10\"
         budget = {{ runs = 600 }}
         [tune.over]
         \"params.service\" = {{ logspace = [\"100us\", \"970us\"] }}"
    )
}

/// The mean number of customers of M/D/1 with a thousand arrivals a second.
fn customers(service: f64) -> f64 {
    Mg1 { arrival_rate: 1000.0, service: Moments::deterministic(service) }.in_system()
}

fn cost_of_service(service: f64) -> f64 {
    0.002 / service + customers(service)
}

/// Customers with exponential services of 1 ms on average; how many come is chosen, each brings 2.5 and costs its stay.
fn arrivals(seed: u64) -> (String, Vec<f64>) {
    let gaps: Vec<f64> = (0..12).map(|step| 1.1 + 0.3 * f64::from(step)).collect();
    let laws: Vec<String> = gaps.iter().map(|gap| format!("\"exp({gap:.1}ms)\"")).collect();
    let text = format!(
        "machine.profile = \"ideal\"
         lock.policy = \"handoff\"
         [[thread]]
         name = \"customer\"
         arrivals = \"exp(4ms)\"
         steps = [{{ compute = \"exp(1ms)\" }}, {{ count = \"done\" }}]
         [run]
         duration = \"22s\"
         warm_up = \"2s\"
         seed = {seed}
         [tune]
         maximise = \"0.0025 * done.rate_per_s - (customer.python_s + customer.lock_wait_s) / 20\"
         budget = {{ runs = 2000, precision = \"2%\" }}
         [tune.over]
         \"thread.customer.arrivals\" = [{}]",
        laws.join(", ")
    );
    (text, gaps)
}

fn gain_of_arrivals(gap_ms: f64) -> f64 {
    let arrivals = 1000.0 / gap_ms;
    0.0025 * arrivals - Mm1 { arrival_rate: arrivals, service_rate: 1000.0 }.in_system()
}

#[test]
fn the_best_slice_follows_the_square_root_law() {
    let (_, least) = lowest(1e-4, 0.1, cost_of_slices);
    tuned(&slices(1, ""), |evaluator, answer| {
        let found = cost_of_slices(recommended(evaluator, answer));
        assert!(found <= 1.02 * least, "{found} {least}");
        assert!(matches!(answer.found.guarantee, Guarantee::Kn { .. }), "{:?}", answer.found.guarantee);
        assert_eq!(answer.verdict, Verdict::Better);
        assert!(evaluator.spent <= 400);
    });
}

#[test]
fn the_best_service_weighs_its_price_against_the_queue() {
    let (_, least) = lowest(1e-4, 9.7e-4, cost_of_service);
    tuned(&services(1), |evaluator, answer| {
        let found = cost_of_service(recommended(evaluator, answer));
        assert!(found <= 1.02 * least, "{found} {least}");
    });
}

/// Fails if fewer than 95 of a hundred seeds find something within 2 % of the optimum.
#[track_caller]
fn assert_hits(text: impl Fn(u64) -> String, cost: impl Fn(&Evaluator, &Answer) -> f64, least: f64) {
    let hit = |seed: u64| tuned(&text(seed), |evaluator, answer| cost(evaluator, answer) <= least + 0.02 * least.abs());
    let hits = (1..=100).filter(|&seed| hit(seed)).count();
    println!("{hits} of 100 seeds");
    assert!(hits >= 95, "{hits}");
}

#[test]
#[ignore = "slow: make test-all"]
fn the_best_slice_is_found_within_two_per_cent_in_ninety_five_of_a_hundred_seeds() {
    let (_, least) = lowest(1e-4, 0.1, cost_of_slices);
    assert_hits(|seed| slices(seed, "sensitivity = false"), |e, a| cost_of_slices(recommended(e, a)), least);
}

#[test]
#[ignore = "slow: make test-all"]
fn the_best_service_is_found_within_two_per_cent_in_ninety_five_of_a_hundred_seeds() {
    let (_, least) = lowest(1e-4, 9.7e-4, cost_of_service);
    assert_hits(services, |e, a| cost_of_service(recommended(e, a)), least);
}

#[test]
#[ignore = "slow: make test-all"]
fn the_best_rate_of_arrivals_is_found_within_two_per_cent_in_ninety_five_of_a_hundred_seeds() {
    let gaps = arrivals(1).1;
    let most = gaps.iter().map(|gap| gain_of_arrivals(*gap)).fold(f64::NEG_INFINITY, f64::max);
    let loss = |e: &Evaluator, a: &Answer| {
        let setting = &e.trials[a.found.best].setting;
        let law = report::values(e, setting)[0].to_string();
        let gap: f64 = law.trim_start_matches("exp(").trim_end_matches("ms)").parse().unwrap();
        -gain_of_arrivals(gap)
    };
    assert_hits(|seed| arrivals(seed).0, loss, -most);
}

#[test]
fn a_constraint_that_binds_is_kept_and_used_up() {
    // At most 1.5 customers on average, and the slowest service that allows it.
    let text = services(1).replace(
        "minimise = \"0.002 / seconds(params.service) + (customer.python_s + customer.lock_wait_s) / 10\"",
        "maximise = \"seconds(params.service)\"
         constraints = [\"(customer.python_s + customer.lock_wait_s) / 10 <= 1.5\"]",
    );
    let (limit, _) = lowest(1e-4, 9.7e-4, |service| (customers(service) - 1.5).abs());
    tuned(&text, |evaluator, answer| {
        let found = recommended(evaluator, answer);
        assert!(found <= limit * 1.02 && found >= limit * 0.95, "{found} {limit}");
        assert!(evaluator.trials[answer.found.best].keeps());
    });
}

#[test]
fn where_nothing_keeps_the_constraints_the_least_bad_is_told() {
    let text = slices(1, "constraints = [\"core.switching_share < 0.00001\"]");
    tuned(&text, |evaluator, answer| {
        assert_eq!((answer.verdict, &answer.found.guarantee), (Verdict::Impossible, &Guarantee::Impossible));
        // The longest slice switches least.
        assert!(recommended(evaluator, answer) > 0.09, "{}", recommended(evaluator, answer));
    });
}

/// A choice among policies, one of them with a range of its own.
const CHOICE: &str = "
    machine = { profile = \"linux-x86_64\", cores = 2 }
    lock = { policy = \"cpython\", switch_interval = \"5ms\" }
    [[thread]]
    name = \"echo\"
    steps = [{ repeat = \"forever\", steps = [{ io = \"exp(200us)\", begins = \"request\" }, { compute = \"20us\", counts = \"request\" }] }]
    [[thread]]
    name = \"hog\"
    steps = [{ compute = \"forever\" }]
    [run]
    duration = \"0.3s\"
    [tune]
    maximise = \"request.rate_per_s\"
    replications = 5
    budget.runs = 600
    sensitivity = { trajectories = 4, samples = 8 }
    [tune.over]
    lock = [
        { policy = \"cpython\", switch_interval = { logspace = [\"1ms\", \"100ms\"] } },
        { policy = \"handoff\" },
    ]";

#[test]
fn a_choice_of_policies_with_a_range_inside_is_searched_branch_by_branch() {
    tuned(CHOICE, |evaluator, answer| {
        let names: Vec<&str> = evaluator.study.tune.space.dimensions().iter().map(|of| of.name.as_str()).collect();
        assert_eq!(names, ["lock", "lock.switch_interval (cpython)"]);
        // A hog that never blocks never hands a lock off, so a short interval wins.
        let best = evaluator.study.tune.space.describe(&evaluator.trials[answer.found.best].setting);
        assert_eq!(best, "lock = cpython(switch_interval=1ms)");
        assert_eq!(answer.line.as_deref(), Some("sys.setswitchinterval(0.001)  # 1ms"));
        assert!(answer.reasons.iter().any(|reason| reason.metric == "echo.lock_wait_share"), "{:?}", answer.reasons);
        assert!(answer.influences.iter().any(|of| of.total.value > 0.0));
    });
}

#[test]
fn the_front_is_that_of_brute_force() {
    // Nothing is random here, so every replication is the same and the front is exact.
    let base = "machine = { profile = \"ideal\", cores = 2 }
        lock = { policy = \"cpython\", switch_interval = \"5ms\" }
        [[thread]]
        name = \"echo\"
        steps = [{ repeat = \"forever\", steps = [{ io = \"200us\", begins = \"request\" }, { compute = \"20us\", counts = \"request\" }] }]
        [[thread]]
        name = \"hog\"
        count = 1
        steps = [{ compute = \"forever\" }]
        [run]
        duration = \"0.3s\"\n";
    let over = "\"lock.switch_interval\" = [\"100us\", \"1ms\", \"5ms\", \"20ms\"]\n\"thread.hog.count\" = [1, 2, 3]";
    let sweep = crate::support::run(&format!("{base}replications = 9\n[sweep]\n{over}"));
    let mean = |cell: usize, metric: &str| sweep.values(cell, metric).iter().sum::<f64>() / 9.0;
    let cells: Vec<(f64, f64)> =
        (0..12).map(|cell| (mean(cell, "request.rate_per_s"), mean(cell, "hog.work_s"))).collect();
    let beaten = |one: &(f64, f64)| cells.iter().any(|other| other.0 >= one.0 && other.1 >= one.1 && other != one);
    let mut expected: Vec<(f64, f64)> = cells.iter().copied().filter(|cell| !beaten(cell)).collect();
    expected.sort_by(|a, b| b.0.total_cmp(&a.0));
    expected.dedup();
    let tune = "[tune]\nobjectives = [{ maximise = \"request.rate_per_s\" }, { maximise = \"hog.work_s\" }]
        sensitivity = false\nreplications = 9\n[tune.over]\n";
    tuned(&format!("{base}{tune}{over}"), |evaluator, answer| {
        let mean = |trial: usize, objective: usize| {
            let runs = evaluator.trials[trial].runs.values().take(9);
            runs.map(|(worth, _)| worth.objectives[objective]).sum::<f64>() / 9.0
        };
        let front: Vec<(f64, f64)> = answer.found.front.iter().map(|&t| (mean(t, 0), mean(t, 1))).collect();
        assert_eq!(front.len(), expected.len(), "{front:?} {expected:?}");
        for (found, known) in front.iter().zip(&expected) {
            assert!(is_near(found.0, known.0, 1e-12) && is_near(found.1, known.1, 1e-12), "{found:?} {known:?}");
        }
        assert!(expected.len() > 2, "{expected:?}");
    });
}

#[test]
fn ocba_spends_the_budget_and_tells_what_it_reached() {
    let (text, _) = arrivals(1);
    let text = text.replace("budget = { runs = 2000, precision = \"2%\" }", "selection = \"ocba\"\nbudget.runs = 300");
    tuned(&text, |evaluator, answer| {
        assert!((270..=300).contains(&evaluator.spent), "{}", evaluator.spent);
        let Guarantee::Bound { within, probability, complete, .. } = answer.found.guarantee else {
            panic!("{:?}", answer.found.guarantee)
        };
        assert!(within.is_finite() && within > 0.0 && (0.0..=1.0).contains(&probability) && complete);
    });
}

#[test]
fn weighted_objectives_have_one_best_setting() {
    let text = slices(1, "").replace(
        "minimise = \"core.switching_share + seconds(machine.quantum) / 0.5\"",
        "objectives = [{ minimise = \"core.switching_share\", weight = 1 }, { minimise = \"seconds(machine.quantum)\", weight = 3 }]",
    );
    // Both are relative to the default of 10 ms.
    let share = |quantum: f64| 20e-6 / (quantum + 20e-6);
    let cost = |quantum: f64| share(quantum) / share(0.01) + 3.0 * quantum / 0.01;
    let (_, least) = lowest(1e-4, 0.1, cost);
    tuned(&text, |evaluator, answer| {
        let found = cost(recommended(evaluator, answer));
        assert!(found <= 1.02 * least && answer.effects.len() == 2, "{found} {least}");
    });
}

#[test]
fn the_default_is_kept_where_it_is_as_good() {
    let text = slices(1, "").replace("quantum = \"10ms\"", "quantum = \"3.15ms\"");
    tuned(&text, |_, answer| {
        assert!(matches!(answer.verdict, Verdict::Default | Verdict::AsGood), "{:?}", answer.verdict);
    });
}

/// A directory with an experiment to be tuned.
fn directory(text: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let text = format!("title = \"T\"\nquestion = \"Q\"\n{text}");
    std::fs::write(directory.path().join("tune-me.toml"), text).unwrap();
    directory
}

#[test]
fn a_tuning_that_was_killed_goes_on_and_neither_that_nor_the_jobs_change_a_byte() {
    let undisturbed = directory(CHOICE);
    let began = Instant::now();
    let output = gilsim(undisturbed.path(), &["tune", "--jobs", "1", "tune-me.toml"]);
    let took = began.elapsed();
    assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
    let expected = results(undisturbed.path());
    let names: Vec<&str> = expected.iter().map(|(name, _)| name.as_str()).collect();
    for file in [
        "data/tune-me.settings.csv",
        "data/tune-me.regret.csv",
        "data/tune-me.sensitivity.csv",
        "data/tune-me.tune.json",
    ] {
        assert!(names.contains(&file), "{names:?}");
    }
    let place = directory(CHOICE);
    for part in [0.2, 0.5] {
        let mut child = command(place.path()).args(["tune", "tune-me.toml"]).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(took.mul_f64(part).max(Duration::from_millis(5)));
        let _ = child.kill();
        child.wait().unwrap();
    }
    let output = gilsim(place.path(), &["tune", "--jobs", "3", "tune-me.toml"]);
    assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
    assert_same(&expected, &results(place.path()));
}

#[test]
fn an_experiment_that_is_not_tuned_or_is_swept_is_refused() {
    let place = directory("thread = [{ name = \"t\", steps = [{ compute = \"1ms\" }] }]");
    let output = gilsim(place.path(), &["tune", "tune-me.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(texts(&output).1.contains("there is no [tune] table"), "{}", texts(&output).1);
    let place = directory(&format!("{CHOICE}\n[sweep]\n\"thread.hog.count\" = [1, 2]"));
    let output = gilsim(place.path(), &["tune", "tune-me.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(texts(&output).1.contains("an experiment that is swept cannot be tuned"), "{}", texts(&output).1);
    assert_eq!(gilsim(place.path(), &["run", "--no-plots", "tune-me.toml"]).status.code(), Some(0));
}

#[test]
fn a_file_that_is_tuned_is_run_with_its_defaults() {
    let text = Source::new("t.toml", format!("title = \"T\"\nquestion = \"Q\"\n{CHOICE}"));
    let plan = plan::read(Path::new("experiments/t.toml"), &text, &Overrides::default()).unwrap();
    assert_eq!((plan.cells.len(), plan.columns.len()), (1, 0));
    assert_eq!(plan.cells[0].scenario.lock.duration("switch_interval"), 5_000_000);
}
