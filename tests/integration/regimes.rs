//! Workloads without chance on the ideal machine meet closed forms to the nanosecond: convoys, slices, round-robin.

use gilsim::theory::closed::{DeterministicLock, Regimes};
use gilsim::theory::round_robin::RoundRobin;

use crate::support::{assert_within, is_near, run};

/// The convoy of the reference: think 350 us, hold 3.5 us, hand-off 60 us.
fn convoy(threads: u32) -> DeterministicLock {
    DeterministicLock { threads, think: 350e-6, hold: 3.5e-6, hand_off: 60e-6 }
}

/// Threads that begin at times `gap_ns` apart. Each wake-up takes the hand-off cost, the one from thinking included.
fn convoy_file(threads: u32, gap_ns: u64, think: &str, warm_up_ns: u64, duration_ns: u64) -> String {
    format!(
        "machine = {{ profile = \"ideal\", costs = {{ wake_latency_idle = \"60us\" }} }}
         lock.policy = \"handoff\"
         [[thread]]
         name = \"user\"
         count = {threads}
         arrivals = \"{gap_ns}ns\"
         steps = [{{ repeat = \"forever\", steps = [{{ compute = \"3.5us\", counts = \"done\" }}, {{ io = \"{think}\" }}] }}]
         [run]
         warm_up = \"{warm_up_ns}ns\"
         duration = \"{duration_ns}ns\""
    )
}

#[test]
fn a_constant_workload_flows_freely_or_stays_in_a_convoy_as_it_began() {
    for (threads, regimes) in [
        (2, Regimes::Free),
        (6, Regimes::Free),
        (7, Regimes::FreeOrConvoy),
        (8, Regimes::FreeOrConvoy),
        (12, Regimes::FreeOrConvoy),
        (102, Regimes::Convoy),
    ] {
        let lock = convoy(threads);
        assert_eq!(lock.regimes(), regimes);
        for together in [false, true] {
            let flows = match regimes {
                Regimes::Free => true,
                Regimes::FreeOrConvoy => !together,
                Regimes::Convoy => false,
            };
            let gap = if together { 1 } else { 353_500 / u64::from(threads) };
            // Whole periods, so that the means are exact.
            let period = if flows { 353_500 } else { 63_500 * u64::from(threads) };
            let (warm_up, periods) = (200_000_000, 1000);
            let found = run(&convoy_file(threads, gap, "290us", warm_up, warm_up + periods * period));
            let (rate, wait) = if flows {
                (lock.free_throughput(), 0.0)
            } else {
                (lock.convoy_throughput(), lock.convoy_wait() * 1e6)
            };
            let what = format!("{threads} threads that begin {}", if together { "together" } else { "apart" });
            let count = found.only("done.count");
            assert_eq!(count, (periods * u64::from(threads)) as f64, "{what}");
            found.assert_exact(0, &[("done.rate_per_s", rate), ("lock.wait_mean_us", wait)], &what);
        }
    }
}

#[test]
fn with_jitter_free_flow_becomes_a_convoy_that_stays() {
    let think = "uniform(289.65us, 290.35us)";
    for (threads, flows) in [(6, true), (12, false), (16, false)] {
        let lock = convoy(threads);
        let gap = 353_500 / u64::from(threads);
        let found = run(&convoy_file(threads, gap, think, 10_000_000_000, 20_000_000_000));
        let rate = if flows { lock.free_throughput() } else { lock.convoy_throughput() };
        assert_within(found.only("done.rate_per_s") / rate, 0.995, 1.005, &format!("{threads} threads with jitter"));
    }
}

#[test]
fn equal_jobs_on_core_state_end_when_the_round_robin_says() {
    let (quantum_us, switch_us, slices) = (500.0, 20.0, 7);
    for threads in [2, 3, 8] {
        let oracle = RoundRobin { threads, slice: quantum_us * 1e-6, switch_cost: switch_us * 1e-6 };
        let jobs: Vec<String> = (0..threads)
            .map(|job| {
                let work = quantum_us * f64::from(slices);
                format!(
                    "[[thread]]\nname = \"t{job}\"\nsteps = [{{ compute = \"{work}us\", counts = \"job{job}\" }}]\n"
                )
            })
            .collect();
        let found = run(&format!(
            "machine = {{ profile = \"ideal\", cores = 1, scheduler = \"round-robin\", quantum = \"{quantum_us}us\",
               costs = {{ context_switch = \"{switch_us}us\" }} }}
             lock = {{ policy = \"free-threaded\", slowdown = 1.0, pause = \"0ns\" }}
             {}",
            jobs.concat()
        ));
        let what = format!("{threads} jobs");
        for job in 0..threads {
            let done = oracle.completion(job, slices) * 1e6;
            found.assert_exact(0, &[(&format!("job{job}.latency_mean_us"), done)], &what);
        }
        let wall = oracle.completion(threads - 1, slices);
        let switches = f64::from(threads * slices - 1);
        let useful = f64::from(threads * slices) * oracle.slice / wall;
        found.assert_exact(
            0,
            &[("run.wall_s", wall), ("core.context_switches", switches), ("core.useful_share", useful)],
            &what,
        );
    }
}

#[test]
fn endless_threads_share_a_core_evenly_less_the_switches() {
    let oracle = RoundRobin { threads: 4, slice: 2e-3, switch_cost: 0.5e-3 };
    let found = run("machine = { profile = \"ideal\", cores = 1, scheduler = \"round-robin\", quantum = \"2ms\",
           costs = { context_switch = \"0.5ms\" } }
         lock = { policy = \"free-threaded\", slowdown = 1.0, pause = \"0ns\" }
         thread = [{ name = \"hog\", count = 4, steps = [{ compute = \"forever\" }] }]
         run = { warm_up = \"1s\", duration = \"3s\" }");
    let switches = oracle.switch_rate() * 2.0;
    let expected = [("core.useful_share", oracle.useful_share()), ("core.context_switches", switches)];
    found.assert_exact(0, &expected, "four endless threads");
}

/// A waiter's patience begins when it begins to wait, which is one wake-up after the switch; the holder then goes on
/// to its next check point, and the taker needs a wake-up.
#[test]
fn a_slice_under_cpython_3_is_the_interval_and_the_way_to_the_next_check_point() {
    for (interval_us, gap_us, latency_us) in
        [(5000, 300, 0), (5000, 18, 0), (1000, 999, 0), (5000, 300, 60), (50, 40, 15), (5000, 7000, 0)]
    {
        let found = run(&format!(
            "machine = {{ profile = \"ideal\", costs = {{ wake_latency_idle = \"{latency_us}us\" }} }}
             interpreter.check_gap = \"{gap_us}us\"
             lock = {{ policy = \"cpython\", switch_interval = \"{interval_us}us\" }}
             thread = [{{ name = \"hog\", count = 2, steps = [{{ compute = \"forever\" }}] }}]
             run = {{ warm_up = \"1s\", duration = \"11s\" }}"
        ));
        // After a time-out the waiter wakes up before it asks, and it began to wait one wake-up after the taker ran.
        let patience = interval_us + 2 * latency_us;
        let slice = (patience / gap_us + 1) * gap_us;
        let turn = f64::from(slice + latency_us) * 1e-6;
        let what = format!("interval {interval_us} us, gap {gap_us} us, latency {latency_us} us");
        let switches = found.only("lock.switches_forced");
        assert_within(switches, (10.0 / turn).floor(), (10.0 / turn).ceil(), &what);
        // Nobody works while the lock changes hands; of two cores at most one is ever busy.
        let useful = f64::from(slice) * 1e-6 / turn / 2.0;
        assert!(is_near(found.only("core.useful_share"), useful, turn / 5.0), "{what}");
        let wait = (turn + f64::from(latency_us) * 1e-6) * 1e6;
        assert!(is_near(found.only("hog.wait_p50_us"), wait, 2e-3), "{what}");
    }
}
