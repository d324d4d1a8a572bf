//! Random small experiments never break an invariant, always end, and go the same way twice.

use std::fmt::Write;

use gilsim::experiment::runner::{self, Record};
use gilsim::lock::preset::{ParameterKind, Preset, presets};
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::{is_near, plan, run};

/// Cases of the fast run; the slow one has as many again, ten times.
const CASES: u32 = 300;

/// A duration of up to a few hundred microseconds, constant or random.
fn duration() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => (0..300_000_u32).prop_map(|nanos| format!("\"{nanos}ns\"")),
        1 => (1..100_000_u32).prop_map(|nanos| format!("\"exp({nanos}ns)\"")),
        1 => (0..50_000_u32, 0..50_000_u32).prop_map(|(low, more)| format!("\"uniform({low}ns, {}ns)\"", low + more)),
    ]
}

/// A policy with some of its parameters set.
fn policy() -> impl Strategy<Value = String> {
    (0..presets().count(), prop::collection::vec(prop::option::of(0..1_000_000_u64), 24)).prop_map(|(index, draws)| {
        let preset = presets().nth(index).unwrap();
        let mut text = format!("{{ policy = \"{}\"", preset.name);
        for (parameter, draw) in preset.parameters.iter().zip(draws) {
            let Some(draw) = draw else { continue };
            let value = match parameter.kind {
                ParameterKind::Duration { .. } => format!("\"{draw}ns\""),
                ParameterKind::Count { .. } => (draw % 2_000 + 1).to_string(),
                ParameterKind::Number { minimum, .. } => format!("{:?}", minimum + draw as f64 / 1e6),
                ParameterKind::Flag { .. } => (draw % 2 == 0).to_string(),
                ParameterKind::Choice { names, .. } => format!("\"{}\"", names[draw as usize % names.len()]),
            };
            let _ = write!(text, ", {} = {value}", parameter.name);
        }
        text + " }"
    })
}

/// A machine of a few cores or any number, with some costs.
fn machine() -> impl Strategy<Value = String> {
    const COSTS: [&str; 13] = [
        "context_switch",
        "migration",
        "wake_call",
        "wake_call_empty",
        "wake_latency_idle",
        "wake_latency_busy",
        "sleep_call",
        "wait_begin",
        "store_visible",
        "timer_slack",
        "lock_pair",
        "thread_create",
        "thread_start",
    ];
    let cores = select(vec!["1", "2", "3", "4", "\"unlimited\""]);
    let scheduler = prop_oneof![
        Just("\"fifo\"".to_owned()),
        Just("\"priority\"".to_owned()),
        (1..500_u32).prop_map(|us| format!("\"round-robin\", quantum = \"{us}us\"")),
        (1..500_u32, 0..300_u32, 1..500_u32, select(vec!["idle-core", "last-core"])).prop_map(|(slice, hot, tick, wake)| {
            format!("\"fair\", base_slice = \"{slice}us\", cache_hot = \"{hot}us\", tick = \"{tick}us\", wake_to = \"{wake}\"")
        }),
    ];
    let speeds = select(vec!["", ", speed = [1.0, 0.5]", ", busy_speed = [1.0, 0.9, 0.7]"]);
    let costs = prop::collection::vec(prop::option::of(0..20_000_u32), COSTS.len());
    (select(vec!["ideal", "linux-x86_64"]), cores, scheduler, speeds, costs).prop_map(
        |(profile, cores, scheduler, speeds, costs)| {
            let costs = COSTS.iter().zip(costs).filter_map(|(name, cost)| Some(format!("{name} = \"{}ns\"", cost?)));
            let costs = costs.collect::<Vec<_>>().join(", ");
            format!(
                "{{ profile = \"{profile}\", cores = {cores}, scheduler = {scheduler}{speeds}, costs = {{ {costs} }} }}"
            )
        },
    )
}

/// Steps that may wait for ever but never release what they do not have.
fn steps() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        6 => (select(vec!["compute", "call", "native", "io", "sleep"]), duration())
            .prop_map(|(verb, time)| format!("{{ {verb} = {time}, counts = \"done\" }}")),
        1 => select(vec![
            "{ put = \"q\" }, { get = \"q\" }",
            "{ put = \"q\" }",
            "{ get = \"q\" }",
            "{ close = \"q\" }",
            "{ set = \"e\" }",
            "{ clear = \"e\" }",
            "{ wait = \"e\" }",
            "{ barrier = \"b\" }",
            "{ acquire = \"s\" }",
            "{ release = \"s\" }",
            "{ acquire = \"w\", mode = \"read\" }, { compute = \"2us\" }, { release = \"w\" }",
            "{ acquire = \"w\" }, { io = \"2us\" }, { release = \"w\" }",
            "{ acquire = \"l\" }, { wait = \"c\" }, { release = \"l\" }",
            "{ acquire = \"l\" }, { notify = \"c\", n = \"all\" }, { release = \"l\" }",
            "{ send = \"p\", bytes = 5000 }",
            "{ receive = \"p\", bytes = 5000 }",
            "{ write = \"p\", takes = \"2us\" }",
            "{ read = \"p\", takes = \"1us\", begins = \"done\", counts = \"done\" }",
            "{ begin = \"done\" }",
        ]).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let several = prop::collection::vec(inner, 1..4).prop_map(|steps| steps.join(", "));
        prop_oneof![
            (0..6_u32, several.clone()).prop_map(|(times, steps)| format!("{{ repeat = {times}, steps = [{steps}] }}")),
            (several.clone(), several.clone()).prop_map(|(one, other)| format!(
                "{{ choose = [{{ p = 0.5, steps = [{one}] }}, {{ p = 0.5, steps = [{other}] }}] }}"
            )),
            (select(vec!["l", "m"]), several.clone()).prop_map(|(lock, steps)| format!(
                "{{ acquire = \"{lock}\" }}, {{ repeat = 1, steps = [{steps}] }}, {{ release = \"{lock}\" }}"
            )),
            several.prop_map(|steps| format!("{{ drain = \"q\", steps = [{{ compute = \"1us\" }}, {steps}] }}")),
        ]
    })
}

/// Steps of a thread: what comes after an endless loop would be refused, so that there is at most one, at the end.
fn thread_steps() -> impl Strategy<Value = String> {
    let endless = prop_oneof![
        3 => Just(String::new()),
        1 => Just("{ compute = \"forever\" }".to_owned()),
        3 => (duration(), steps()).prop_map(|(time, steps)| format!(
            "{{ repeat = \"forever\", steps = [{{ io = {time} }}, {{ compute = \"1us\" }}, {steps}] }}"
        )),
    ];
    (prop::collection::vec(steps(), 0..4), endless).prop_map(|(mut steps, endless)| {
        steps.push(endless);
        steps.retain(|step| !step.is_empty());
        steps.join(", ")
    })
}

/// A whole experiment.
fn experiment() -> impl Strategy<Value = String> {
    let begin = prop_oneof![
        4 => (0..4_u32).prop_map(|count| format!("count = {count}")),
        1 => (1..20_u32, 1..200_000_u32).prop_map(|(count, gap)| format!("count = {count}, arrivals = \"exp({gap}ns)\"")),
        1 => (1..4_u32).prop_map(|count| format!("count = {count}, daemon = true")),
        1 => (1..4_u32).prop_map(|count| format!("count = {count}, process = \"other\"")),
    ];
    let begin = (begin, -1..3_i32).prop_map(|(begin, priority)| format!("{begin}, priority = {priority}"));
    let threads = prop::collection::vec((begin, thread_steps()), 1..4);
    let pool = prop::option::of((
        select(vec!["serial", "thread", "fork", "spawn", "forkserver", "interpreter"]),
        1..4_u32,
        0..6_u32,
        duration(),
    ));
    let gate = select(vec!["readers-first", "writers-first", "fifo", "phase-fair", "bravo"]);
    let numbers = (1..20_000_u32, 1..500_u32, gate);
    (machine(), policy(), policy(), threads, pool, numbers, 0..1_000_u64).prop_map(
        |(machine, lock, other_lock, threads, pool, (check_gap, tick, gate), seed)| {
            let mut text = format!(
                "machine = {machine}\nlock = {lock}\ninterpreter = {{ check_gap = \"{check_gap}ns\", tick = \"{tick}ns\" }}
                 process = [{{ name = \"other\", count = 2, lock = {other_lock} }}]
                 objects = {{ lock = [\"l\"], pi_lock = [\"m\"], semaphore = {{ s = 1 }}, condition = {{ c = \"l\" }}, event = [\"e\"],
                              barrier = {{ b = 2 }}, rwlock = {{ w = \"{gate}\" }}, queue = {{ q = 2 }}, channel = [\"p\"] }}\n"
            );
            let threads = threads.iter().enumerate().map(|(index, (begin, steps))| {
                // A counter that is only begun would be refused.
                format!("{{ name = \"t{index}\", {begin}, steps = [{{ count = \"done\" }}, {steps}] }}")
            });
            // A run that is over before its warm-up would be an error.
            let last = "{ name = \"last\", steps = [{ sleep = \"2ms\" }] }".to_owned();
            let threads: Vec<String> = threads.chain([last]).collect();
            let _ = writeln!(text, "thread = [{}]", threads.join(",\n"));
            if let Some((kind, workers, tasks, time)) = pool {
                let _ = writeln!(
                    text,
                    "pool = [{{ name = \"pool\", kind = \"{kind}\", workers = {workers}, tasks = {tasks}, steps = [{{ compute = {time} }}] }}]"
                );
            }
            let _ = writeln!(text, "run = {{ duration = \"20ms\", warm_up = \"1ms\", seed = {seed}, max_events = 5_000_000 }}");
            text
        },
    )
}

fn only_record(results: &runner::Results) -> Result<&Record, TestCaseError> {
    let run = &results.runs[0];
    run.result.as_ref().map_err(|error| TestCaseError::fail(error.to_string()))
}

/// Runs an experiment twice and looks at what must hold of any.
fn examine(text: &str) -> Result<(), TestCaseError> {
    let plan = plan(text);
    let [first, second] = [1, 2].map(|_| runner::run(&plan, 1).unwrap());
    let (record, again) = (only_record(&first)?, only_record(&second)?);
    prop_assert_eq!((record.fingerprint, record.events), (again.fingerprint, again.events));
    let names = &first.metrics[0];
    let value = |name: &str| names.iter().position(|other| other == name).map(|index| record.values[index]);
    let sum = |ending: &str| -> f64 {
        names.iter().zip(&record.values).filter(|(name, _)| name.ends_with(ending)).map(|(_, value)| value).sum()
    };
    let get = |name: &str| value(name).unwrap();

    let measured = get("run.wall_s") - 1e-3;
    prop_assert!(get("run.wall_s") <= 20e-3);
    for (name, value) in names.iter().zip(&record.values) {
        prop_assert!(value.is_nan() || *value >= 0.0, "{} is {}", name, value);
        if name.ends_with("_share") && measured > 0.0 {
            prop_assert!(value.is_nan() || *value <= 1.0 + 1e-9, "{} is {}", name, value);
        }
    }
    let taken = sum(".acquisitions");
    prop_assert!(get("lock.switches_voluntary") + get("lock.switches_forced") <= taken);
    prop_assert!(get("lock.wasted_wake_ups") <= get("lock.wake_ups") + 8.0);
    let policies: Vec<&Preset> = plan.cells[0]
        .scenario
        .program
        .processes
        .iter()
        .filter_map(|process| process.lock.as_ref())
        .chain([&plan.cells[0].scenario.lock])
        .map(|setting| setting.preset)
        .collect();
    // Only these have a parameter that says when a holder is asked.
    let asks = |preset: &&Preset| preset.parameters.iter().any(|p| ["switch_interval", "forced"].contains(&p.name));
    if !policies.iter().any(asks) {
        prop_assert_eq!(get("lock.drop_requests"), 0.0);
    }
    if policies.iter().all(|policy| policy.name == "free-threaded") {
        prop_assert_eq!(taken, 0.0);
    }
    // Work takes its time or longer: no core is faster than speed 1.
    prop_assert!(sum(".work_s") <= (sum(".python_s") + sum(".native_s")) * (1.0 + 1e-9) + 1e-12);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, rng_seed: prop::test_runner::RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn a_random_experiment_breaks_no_invariant_and_goes_the_same_way_twice(text in experiment()) {
        examine(&text)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10 * CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    #[ignore = "slow: make test-all"]
    fn many_random_experiments_break_no_invariant_and_go_the_same_way_twice(text in experiment()) {
        examine(&text)?;
    }
}

/// Two threads of one group or two groups of one thread each, and groups in another order, for threads without chance.
#[test]
fn the_names_of_threads_do_not_matter() {
    let thread = |name: &str, count: u32| {
        format!(
            "{{ name = \"{name}\", count = {count}, steps = [{{ repeat = 10, steps = [{{ compute = \"7ms\", counts = \"done\" }}, {{ io = \"3ms\" }}] }}] }}"
        )
    };
    for preset in presets() {
        let outcome = |threads: &[String]| {
            let found = run(&format!(
                "machine = {{ profile = \"linux-x86_64\", cores = 2, scheduler = \"fifo\" }}\nlock.policy = \"{}\"\nthread = [{}]",
                preset.name,
                threads.join(", ")
            ));
            ["run.wall_s", "done.latency_mean_us", "lock.acquisitions_per_s", "lock.switches_forced"]
                .map(|name| found.only(name).to_bits())
        };
        let together = outcome(&[thread("t", 4)]);
        let apart = ["a", "b", "c", "d"].map(|name| thread(name, 1));
        assert_eq!(outcome(&apart), together, "{}: a group of four or four groups", preset.name);
        let renamed = ["z", "b", "q", "a"].map(|name| thread(name, 1));
        assert_eq!(outcome(&renamed), together, "{}: other names", preset.name);
    }
}

/// Everything ten times as long, from work to intervals, on the ideal machine.
#[test]
fn ten_times_longer_steps_take_ten_times_longer() {
    let wall = |policy: &str, unit: &str| {
        let (interval, more) = match policy {
            "cpython" => ("switch_interval", ""),
            "free-threaded" => ("pause_every", ", pause = \"0ns\""),
            "handoff" | "barging" => ("spin", ""),
            _ => return None,
        };
        let found = run(&format!(
            "machine = {{ profile = \"ideal\", cores = 2 }}
             interpreter.check_gap = \"3{unit}\"
             lock = {{ policy = \"{policy}\", {interval} = \"50{unit}\"{more} }}
             thread = [{{ name = \"t\", count = 5, steps = [{{ repeat = 200, steps = [{{ compute = \"70{unit}\" }}, {{ io = \"31{unit}\" }}, {{ call = \"11{unit}\" }}] }}] }}]"
        ));
        Some((found.only("run.wall_s"), found.only("lock.queue_mean")))
    };
    for preset in presets() {
        // "us" and then ten times that.
        let Some(((short, queue), (long, same_queue))) = wall(preset.name, "us").zip(wall(preset.name, "0us")) else {
            continue;
        };
        assert!(is_near(long, 10.0 * short, 1e-9), "{}: {long} s is not ten times {short} s", preset.name);
        assert!(is_near(queue, same_queue, 1e-9), "{}: the queue has {queue} and {same_queue} threads", preset.name);
    }
}
