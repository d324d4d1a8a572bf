//! Speed of the simulator: time for each event and for each lock acquisition, through the ordinary `run` path with all
//! metrics on.
//!
//! Machines are shared and noisy, so each model is run in turn with a bare event loop, ten times each, and the medians
//! are set in relation; the counts of events are asserted, which makes the benchmark a test of determinism too.

use std::path::Path;
use std::time::Instant;

use gilsim::experiment::plan::{self, Overrides, Plan};
use gilsim::experiment::runner;
use gilsim::experiment::source::Source;
use gilsim::kernel::queue::EventQueue;

const ROUNDS: usize = 10;

/// Name, events expected, experiment.
const MODELS: [(&str, &str); 4] = [
    (
        "two CPU-bound threads, CPython 3, 10 us interval",
        r#"
        title = "t"
        question = "q"
        machine = { cores = 2 }
        lock = { policy = "cpython", switch_interval = "10us" }
        thread = [{ name = "hog", count = 2, steps = [{ compute = "10s" }] }]
        "#,
    ),
    (
        "two CPU-bound threads, CPython 2",
        r#"
        title = "t"
        question = "q"
        machine = { cores = 2 }
        lock = { policy = "cpython2" }
        thread = [{ name = "hog", count = 2, steps = [{ compute = "100ms" }] }]
        "#,
    ),
    (
        "eight threads, half of them I/O-bound, CPython 3",
        r#"
        title = "t"
        question = "q"
        machine = { cores = 4 }
        lock = { policy = "cpython", switch_interval = "1ms" }
        thread = [
          { name = "hog", count = 4, steps = [{ compute = "forever" }] },
          { name = "io", count = 4, steps = [{ repeat = "forever", steps = [{ io = "exp(50us)" }, { compute = "20us", counts = "r" }] }] },
        ]
        run = { duration = "50s" }
        "#,
    ),
    (
        "M/M/1 at rho 0.9, 200,000 customers",
        r#"
        title = "t"
        question = "q"
        machine = { profile = "ideal" }
        lock = { policy = "handoff" }
        thread = [{ name = "customer", count = 200000, arrivals = "exp(1ms)", steps = [{ compute = "exp(0.9ms)" }] }]
        "#,
    ),
];

fn main() {
    let plans: Vec<Plan> = MODELS.iter().map(|(_, text)| read(text)).collect();
    let mut model_times = vec![Vec::new(); MODELS.len()];
    let mut floor_times = Vec::new();
    let mut events = vec![None; MODELS.len()];
    for _ in 0..ROUNDS {
        floor_times.push(bare_loop());
        for (model, plan) in plans.iter().enumerate() {
            let started = Instant::now();
            let found = runner::run(plan, 1).expect("one job can be had");
            let elapsed = started.elapsed().as_secs_f64();
            let count = found.events();
            assert_eq!(*events[model].get_or_insert(count), count, "the same model has the same events each time");
            model_times[model].push(elapsed * 1e9 / count as f64);
        }
    }
    let floor = median(&mut floor_times);
    println!("a bare event loop with 16 pending events: {floor:.1} ns an event\n");
    println!("| model | events | ns an event | million events a second | times the bare loop |");
    println!("|---|---|---|---|---|");
    for (model, (name, _)) in MODELS.iter().enumerate() {
        let time = median(&mut model_times[model]);
        let count = events[model].unwrap_or(0);
        println!("| {name} | {count} | {time:.1} | {:.1} | {:.1} |", 1e3 / time, time / floor);
    }
}

fn read(text: &str) -> Plan {
    let source = Source::new("benches/events.toml", text);
    plan::read(Path::new("benches/events.toml"), &source, &Overrides::default()).expect("the model is right")
}

/// Pops and pushes events at random times, with as many pending as a small machine has; nanoseconds an event.
fn bare_loop() -> f64 {
    const EVENTS: u64 = 5_000_000;
    let mut queue = EventQueue::new();
    let mut state = 1_u64;
    let mut delay = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        1 + (state >> 40)
    };
    for number in 0..16_u64 {
        queue.push(delay(), number);
    }
    let started = Instant::now();
    let mut sum = 0;
    for _ in 0..EVENTS {
        let (at, number) = queue.pop().expect("an event is pending");
        sum += number;
        queue.push(at + delay(), number);
    }
    assert!(sum > 0);
    started.elapsed().as_secs_f64() * 1e9 / EVENTS as f64
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
