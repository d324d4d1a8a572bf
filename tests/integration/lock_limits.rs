//! What holds for every policy of the table, or for all but a few that are named with the reason.

use gilsim::lock::Value;
use gilsim::lock::preset::{ParameterKind, Preset, presets};
use gilsim::theory::closed::Repairman;

use crate::lock_rules::contend;
use crate::support::{is_near, run};

/// The policies but for some, each with the reason why it is left out.
fn all_but(left_out: &[(&str, &str)]) -> impl Iterator<Item = &'static Preset> {
    for (name, _) in left_out {
        assert!(presets().any(|preset| preset.name == *name), "there is no {name}");
    }
    presets().filter(|preset| left_out.iter().all(|(name, _)| *name != preset.name))
}

/// A policy whose holder is asked for the lock every millisecond at most: turns of 400 ns make long runs of short events.
fn with_long_turns(preset: &Preset) -> String {
    let turn = preset.parameters.iter().find(|parameter| ["interval", "switch_interval"].contains(&parameter.name));
    let turn = turn.map_or(String::new(), |parameter| format!(", {} = \"1ms\"", parameter.name));
    format!("policy = \"{}\"{turn}", preset.name)
}

/// Where nothing costs anything, the order of service changes neither throughput nor mean wait; nor, as sections are
/// exponential, does it matter that some are interrupted.
#[test]
fn where_hand_offs_are_free_every_work_conserving_lock_has_the_throughput_of_the_repairman() {
    let exact = Repairman { threads: 8, servers: 1, think_rate: 100.0, service_rate: 1000.0 }.solve();
    let left_out = [
        ("free-threaded", "is no lock"),
        ("pypy", "a release wakes nobody: the stealer looks every 0.1 ms"),
        ("keep-gil", "keeps a free lock for who had it last"),
        ("ruby-delayed", "keeps a free lock for who had it last"),
        ("u-scl", "keeps a free lock for the owner of the slice, and from those that are banned"),
        ("backoff", "waiters let pauses go by while the lock is free"),
        ("combining", "the combiner does not think while it does the sections of others"),
    ];
    for preset in all_but(&left_out) {
        let more = "duration = \"7s\"\nwarm_up = \"1s\"\nreplications = 8";
        let found = contend("nodes = 2", &with_long_turns(preset), 8, "exp(1ms)", "exp(10ms)", more);
        found.assert_oracle(0, "done.rate_per_s", exact.throughput, preset.name);
    }
}

#[test]
fn without_contention_a_lock_that_conserves_work_costs_nothing() {
    let left_out = [
        ("keep-gil", "keeps a free lock for who had it last"),
        ("ruby-delayed", "keeps a free lock for who had it last"),
        ("u-scl", "keeps a free lock for the owner of the slice"),
    ];
    for preset in all_but(&left_out) {
        let lock = format!("policy = \"{}\"", preset.name);
        let found = contend("", &lock, 4, "1us", "uniform(1ms, 3ms)", "duration = \"1s\"");
        let rate = found.only("done.rate_per_s");
        assert!(is_near(rate, 4.0 / 2.001e-3, 0.03), "{}: {rate}", preset.name);
    }
}

/// Of wake-ups and cache lines alike.
#[test]
fn throughput_falls_with_the_cost_of_a_hand_off() {
    for preset in all_but(&[]) {
        let rate = |near: u32| {
            let machine = format!(
                "cores = 8, nodes = 2, costs = {{ wake_latency_idle = \"{}ns\", line_transfer = {{ near = \"{near}ns\", far = \"{}ns\" }} }}",
                20 * near,
                2 * near
            );
            let lock = with_long_turns(preset);
            contend(&machine, &lock, 8, "1us", "exp(5us)", "warm_up = \"2ms\"\nduration = \"42ms\"")
                .only("done.rate_per_s")
        };
        let rates = [0, 100, 400, 1600].map(rate);
        assert!(rates.windows(2).all(|pair| pair[1] <= pair[0] * 1.01), "{}: {rates:?}", preset.name);
    }
}

/// Steps, intervals, spins and patience, the ticks and check gaps of the interpreter, all ten times as long.
#[test]
fn ten_times_longer_sections_under_ten_times_longer_patience_take_ten_times_longer() {
    let left_out = [
        ("aimd-gil", "its interval stays between 10 us and 100 ms, and begins with a step that is a tenth of itself"),
        ("cost-gil", "its interval stays between 10 us and 100 ms"),
    ];
    for preset in all_but(&left_out) {
        let outcome = |factor: u64| {
            let durations = preset.parameters.iter().filter_map(|parameter| match parameter.kind {
                // A number of bytecodes, told as a time: what is longer is the bytecode.
                _ if (preset.name, parameter.name) == ("pypy", "switch_interval") => None,
                ParameterKind::Duration { minimum, .. } => {
                    let Value::Duration(default) = preset.default_of(parameter) else { return None };
                    Some(format!(", {} = \"{}ns\"", parameter.name, factor * default.max(10 * minimum)))
                }
                _ => None,
            });
            let lock = format!("policy = \"{}\"{}", preset.name, durations.collect::<String>());
            let found = run(&format!(
                "machine.profile = \"ideal\"
                 interpreter = {{ check_gap = \"{factor}us\", tick = \"{}ns\" }}
                 lock = {{ {lock} }}
                 thread = [{{ name = \"t\", count = 5, steps = [{{ repeat = 100, steps = [{{ compute = \"{}us\" }}, {{ io = \"{}us\" }}, {{ call = \"{}us\" }}] }}] }}]",
                4 * factor,
                70 * factor,
                31 * factor,
                11 * factor
            ));
            [found.only("run.wall_s") / factor as f64, found.only("lock.queue_mean")]
        };
        let ([short, queue], [long, same]) = (outcome(1), outcome(10));
        assert!(
            is_near(long, short, 1e-3) && is_near(queue, same, 1e-2),
            "{}: {long} and {short} s, {queue} and {same}",
            preset.name
        );
    }
}
