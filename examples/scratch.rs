use gilsim::kernel::law::Law;
use gilsim::lock::{preset, Setting, Value};
use gilsim::machine::*;
use gilsim::simulation::*;
use gilsim::workload::*;
fn main() {
    let policy = std::env::args().nth(1).unwrap();
    let n: u32 = std::env::args().nth(2).unwrap().parse().unwrap();
    let cores: u32 = std::env::args().nth(3).unwrap().parse().unwrap();
    let mut costs = Costs::FREE;
    let c = |x| Law::Constant(x);
    costs.context_switch = c(1500); costs.wake_call = c(1500); costs.wake_call_empty = c(120); costs.wake_latency_idle = c(20000); costs.wake_latency_busy = c(3000);
    costs.sleep_call = c(1000); costs.timer_slack = c(50000); costs.lock_pair = c(20);
    let mut setting = Setting::new(preset::find(&policy).unwrap());
    if policy == "cpython" { setting.values[0] = Value::Duration(std::env::var("I").map_or(5_000_000, |x| x.parse().unwrap())); }
    let s = Scenario {
        machine: Machine { cores: Cores::Count(cores), speed_milli: vec![1000], busy_speed_milli: vec![1000], scheduler: Scheduler::Fair { base_slice: 1_400_000, wakeup_granularity: 1_000_000, tick: 4_000_000 }, costs },
        lock: setting, interpreter: Interpreter::default(),
        program: Program { processes: vec![Process { name: "main".into(), count: 1, start: StartMethod::Present, lock: None }],
            threads: vec![ThreadGroup { name: "hog".into(), count: Some(n), process: 0, daemon: false, begin: Begin::WithProcess, steps: vec![Step::Compute(Work::Drawn(Law::Constant(10_000_000_000 / n as u64)))] },
            ThreadGroup { name: "io".into(), count: Some(std::env::args().nth(4).map_or(0, |x| x.parse().unwrap())), process: 0, daemon: true, begin: Begin::WithProcess, steps: vec![Step::Repeat(None, vec![Step::Io(Law::Constant(30000)), Step::Compute(Work::Drawn(Law::Constant(5000))), Step::Io(Law::Constant(5000)),  Step::Compute(Work::Drawn(Law::Constant(5000))), Step::Count(0)])] }],
            objects: vec![], counters: vec!["request".into()] },
        limits: Limits { duration: None, warm_up: 0, max_events: 1_000_000_000 },
    };
    let t = std::time::Instant::now();
    match run(&s, 1, 0) {
        Ok(o) => { println!("{:?} events {} {:.1} ns/event at {} fp {:x}", o.end, o.events, t.elapsed().as_nanos() as f64 / o.events as f64, o.ended_at, o.fingerprint);
            for m in o.metrics { if m.value != 0.0 && !m.value.is_nan() { println!("  {} {}", m.name, m.value); } } }
        Err(f) => println!("FAULT {f}"),
    }
}
