//! Random workloads on the ideal machine meet the exact formulas of queueing theory within their 99 % intervals.

use gilsim::statistics::interval::Estimate;
use gilsim::statistics::paired;
use gilsim::theory::closed::{Repairman, general_service, transform};
use gilsim::theory::mva::{Station, load_dependent, mean_values};
use gilsim::theory::open::{Mg1, Mm1, Mmc, Moments, round_robin_service, shared_response};

use crate::support::{Found, assert_within, run};

/// Two branches whose mean is 1 ms times a load and whose squared coefficient of variation is 4.
const H2: (f64, f64, f64) = (0.887_298_3, 1.774_596_7, 0.225_403_3);

/// Steps that are a two-branch hyperexponential service with the given mean in microseconds.
fn hyperexponential(mean_us: f64) -> String {
    let (p, fast, slow) = H2;
    let [fast, slow] = [fast, slow].map(|rate| (mean_us * 1e3 / rate).round());
    let rest = 1.0 - p;
    format!(
        "{{ choose = [{{ p = {p}, steps = [{{ compute = \"exp({fast}ns)\" }}] }}, \
                      {{ p = {rest}, steps = [{{ compute = \"exp({slow}ns)\" }}] }}] }}"
    )
}

fn compute(law: &str) -> String {
    format!("{{ compute = \"{law}\" }}")
}

/// Customers that arrive 1 ms apart on average and need one service, on a machine.
fn open(machine: &str, service: &str) -> Found {
    open_for(105, machine, service, 1)
}

fn open_for(seconds: u32, machine: &str, service: &str, seed: u64) -> Found {
    run(&format!(
        "{machine}
         [[thread]]
         name = \"customer\"
         arrivals = \"exp(1ms)\"
         steps = [{service}, {{ count = \"done\" }}]
         [run]
         duration = \"{seconds}s\"
         warm_up = \"5s\"
         replications = 24
         seed = {seed}"
    ))
}

const ONE_LOCK: &str = "machine.profile = \"ideal\"\nlock.policy = \"handoff\"";

/// A machine of a few cores without any lock, on which threads wait for cores only.
fn cores(count: u32, scheduler: &str) -> String {
    format!(
        "machine = {{ profile = \"ideal\", cores = {count}, {scheduler} }}
         lock = {{ policy = \"free-threaded\", slowdown = 1.0, contention = 0.0, pause = \"0ns\" }}"
    )
}

/// Threads that think for 10 ms on average and then hold the lock for one service.
fn closed(lock: &str, threads: u32, service: &str, duration: &str) -> Found {
    run(&format!(
        "machine.profile = \"ideal\"
         lock = {{ {lock} }}
         [[thread]]
         name = \"user\"
         count = {threads}
         steps = [{{ repeat = \"forever\", steps = [{{ io = \"exp(10ms)\" }}, {service}, {{ count = \"done\" }}] }}]
         [run]
         duration = \"{duration}\"
         warm_up = \"1s\"
         replications = 24
         seed = 1"
    ))
}

const MM1: Mm1 = Mm1 { arrival_rate: 1000.0, service_rate: 1000.0 / 0.7 };

#[test]
fn a_lock_with_random_arrivals_and_exponential_holds_is_the_queue_mm1() {
    let found = open(ONE_LOCK, &compute("exp(0.7ms)"));
    for (metric, exact) in [
        ("done.latency_mean_us", MM1.response() * 1e6),
        ("done.latency_p50_us", MM1.response_quantile(0.5) * 1e6),
        ("done.latency_p90_us", MM1.response_quantile(0.9) * 1e6),
        ("lock.wait_mean_us", MM1.wait() * 1e6),
        ("lock.queue_mean", MM1.wait() * 1000.0),
        ("lock.contended_share", 0.7),
        ("lock.held_share", 0.7),
        ("done.rate_per_s", 1000.0),
    ] {
        found.assert_oracle(0, metric, exact, "M/M/1");
    }
}

#[test]
fn the_wait_in_an_open_queue_depends_on_two_moments_of_the_hold() {
    let (p, fast, slow) = H2;
    let (fast, slow) = (fast / 0.7e-3, slow / 0.7e-3);
    for (name, service, moments) in [
        ("M/D/1", compute("0.7ms"), Moments::deterministic(0.7e-3)),
        ("M/E2/1", compute("gamma(2, 0.7ms)"), Moments::erlang(2, 0.7e-3)),
        ("M/H2/1", hyperexponential(700.0), Moments::hyperexponential(p, fast, slow)),
    ] {
        let queue = Mg1 { arrival_rate: 1000.0, service: moments };
        let found = open(ONE_LOCK, &service);
        found.assert_oracle(0, "lock.wait_mean_us", queue.wait() * 1e6, name);
        found.assert_oracle(0, "done.latency_mean_us", queue.response() * 1e6, name);
        found.assert_oracle(0, "lock.held_share", queue.load(), name);
        found.assert_oracle(0, "done.rate_per_s", 1000.0, name);
    }
}

#[test]
fn threads_that_wait_for_one_of_c_cores_are_the_queue_mmc() {
    for (servers, service_us) in [(1, 700.0), (2, 1400.0), (4, 3000.0)] {
        let queue = Mmc { arrival_rate: 1000.0, service_rate: 1e6 / service_us, servers };
        let found = open(&cores(servers, "scheduler = \"fifo\""), &compute(&format!("exp({service_us}us)")));
        let what = format!("M/M/{servers}");
        found.assert_oracle(0, "done.latency_mean_us", queue.response() * 1e6, &what);
        found.assert_oracle(0, "core.useful_share", queue.load(), &what);
        found.assert_oracle(0, "done.rate_per_s", 1000.0, &what);
        let waits: Vec<f64> = std::iter::zip(found.values(0, "customer.ready_s"), found.values(0, "done.count"))
            .map(|(ready, count)| ready / count)
            .collect();
        let wait = Estimate::of(&waits, 0.99);
        assert!(wait.contains(queue.wait()), "{what}: the wait for a core is {}, not {wait:?}", queue.wait());
        assert!(wait.excludes(1.05 * queue.wait()) && wait.excludes(0.95 * queue.wait()), "{what}: {wait:?}");
    }
}

#[test]
fn a_core_shared_in_small_slices_is_processor_sharing() {
    for (context_switch_us, service) in [(0.0, "0.7ms"), (1.0, "0.6ms")] {
        let scheduler = format!(
            "scheduler = \"round-robin\", quantum = \"10us\", costs = {{ context_switch = \"{context_switch_us}us\" }}"
        );
        let found = open(&cores(1, &scheduler), &compute(service));
        let service: f64 = service.trim_end_matches("ms").parse().unwrap();
        // With a switch after each slice the core is shared by services that are longer by so much.
        let stretched = round_robin_service(service, 0.01, context_switch_us * 1e-3);
        let exact = shared_response(stretched, stretched) * 1e3;
        let mean = found.estimate(0, "done.latency_mean_us").mean;
        // A thread alone on the core never switches, and a slice is not infinitely short.
        assert_within(mean / exact, 0.93, 1.01, "M/D/1 under processor sharing");
    }
}

/// Throughput in 1/ms and response in ms, from the printed vectors; think 10 ms, hold 1 ms.
#[test]
fn a_lock_with_thinking_threads_meets_the_printed_vectors_of_the_machine_repairman() {
    for (threads, throughput, response) in [
        (1, 0.090_909_091, 1.0),
        (2, 0.180_327_869, 1.090_909_091),
        (4, 0.353_336_782, 1.320_644_217),
        (8, 0.661_681_567, 2.090_407_830),
        (16, 0.977_698_128, 6.364_969_455),
        (32, 0.999_999_983, 22.000_000_552),
    ] {
        let found = closed("policy = \"handoff\"", threads, &compute("exp(1ms)"), "61s");
        let what = format!("M/M/1//{threads}");
        found.assert_oracle(0, "done.rate_per_s", throughput * 1e3, &what);
        found.assert_oracle(0, "lock.wait_mean_us", (response - 1.0) * 1e3, &what);
        // Of 32 threads the lock is idle for some 25 us in all runs together: too seldom for an interval.
        if threads < 32 {
            found.assert_oracle(0, "lock.held_share", throughput, &what);
        }
    }
}

#[test]
fn the_law_of_the_hold_matters_in_a_closed_system_as_printed() {
    let general =
        |threads, name, service, throughput: f64, response: f64| (threads, name, service, throughput, response);
    let of_constant = |threads: u32, throughput: f64| {
        general(threads, "D", compute("1ms"), throughput, f64::from(threads) / throughput - 10.0)
    };
    for (threads, name, service, throughput, response) in [
        of_constant(1, 0.090_909_091),
        of_constant(2, 0.181_022_109),
        of_constant(4, 0.357_906_616),
        general(8, "D", compute("1ms"), 0.685_317_069, 1.673_428_791),
        of_constant(16, 0.995_816_101),
        general(8, "E2", compute("gamma(2, 1ms)"), 0.672_324, 1.899_022),
        general(8, "H2", hyperexponential(1000.0), 0.627_976, 2.739_349),
    ] {
        let found = closed("policy = \"handoff\"", threads, &service, "101s");
        let what = format!("M/{name}/1//{threads}");
        found.assert_oracle(0, "done.rate_per_s", throughput * 1e3, &what);
        // The printed response of a thread alone has no digits left once its hold is taken off.
        let wait = if threads == 1 { 0.0 } else { (response - 1.0) * 1e3 };
        found.assert_oracle(0, "lock.wait_mean_us", wait, &what);
    }
}

#[test]
fn several_cores_shared_by_thinking_threads_are_a_repairman_with_as_many_hands() {
    let repairman = Repairman { threads: 8, servers: 3, think_rate: 100.0, service_rate: 250.0 }.solve();
    let found = run(&format!(
        "{}
         [[thread]]
         name = \"user\"
         count = 8
         steps = [{{ repeat = \"forever\", steps = [{{ io = \"exp(10ms)\" }}, {{ compute = \"exp(4ms)\", counts = \"done\" }}] }}]
         [run]
         duration = \"61s\"
         warm_up = \"1s\"
         replications = 24",
        cores(3, "scheduler = \"fifo\"")
    ));
    found.assert_oracle(0, "done.rate_per_s", repairman.throughput, "M/M/3//8");
    found.assert_oracle(0, "core.useful_share", repairman.utilisation, "M/M/3//8");
}

/// Stations are Python-level locks, or semaphores with a place for each core, of a program without a GIL.
#[test]
fn threads_that_go_round_between_two_stations_meet_mean_value_analysis() {
    let network = |threads: u32, objects: &str, first: &str, second: &str| {
        run(&format!(
            "machine.profile = \"ideal\"
             lock = {{ policy = \"free-threaded\", slowdown = 1.0, pause = \"0ns\" }}
             objects = {{ {objects} }}
             [[thread]]
             name = \"user\"
             count = {threads}
             steps = [{{ repeat = \"forever\", steps = [
               {{ acquire = \"a\" }}, {{ compute = \"{first}\" }}, {{ release = \"a\" }},
               {{ acquire = \"b\" }}, {{ compute = \"{second}\" }}, {{ release = \"b\" }}, {{ count = \"round\" }},
             ] }}]
             [run]
             duration = \"61s\"
             warm_up = \"1s\"
             replications = 24"
        ))
    };
    for (threads, throughput) in [(1, 0.333_333), (2, 0.428_571), (3, 0.466_667), (4, 0.483_871)] {
        assert_within(mean_values(threads, 0.0, &[1.0, 2.0]).throughput / throughput, 0.999_99, 1.000_01, "printed");
        let found = network(threads, "lock = [\"a\", \"b\"]", "exp(1ms)", "exp(2ms)");
        found.assert_oracle(0, "round.rate_per_s", throughput * 1e3, &format!("two stations, {threads} threads"));
    }
    for (threads, throughput) in [(1, 0.111_111), (2, 0.219_512), (4, 0.425_365), (8, 0.495_908)] {
        let solved = load_dependent(threads, 0.0, &[Station::single(1.0), Station::cores(8.0, 4)]);
        assert_within(solved.throughput / throughput, 0.999_99, 1.000_01, "printed");
        let found = network(threads, "lock = [\"a\"], semaphore = { b = 4 }", "exp(1ms)", "exp(8ms)");
        // All threads begin together, which takes the network seconds to forget; the speed of both is in 1/(2 ms).
        found.assert_oracle(0, "round.rate_per_s", throughput * 1e3, &format!("four cores, {threads} threads"));
    }
}

/// Any order that is blind to the length of holds gives the same throughput; only who waits how long differs.
#[test]
fn the_order_of_waiters_changes_the_spread_of_waits_and_not_the_throughput() {
    let exact = general_service(16, 100.0, 0.001, transform::erlang(2, 0.001));
    let orders = ["fifo", "random", "lifo"].map(|order| {
        closed(&format!("policy = \"handoff\", order = \"{order}\""), 16, &compute("gamma(2, 1ms)"), "61s")
    });
    for found in &orders {
        found.assert_oracle(0, "done.rate_per_s", exact.throughput, "M/E2/1//16");
        found.assert_oracle(0, "lock.wait_mean_us", exact.wait * 1e6, "M/E2/1//16");
    }
    for pair in orders.windows(2) {
        let values = |metric: &str| [0, 1].map(|index: usize| pair[index].values(0, metric));
        let [ours, theirs] = values("done.rate_per_s");
        let (low, high) = paired::ratio_of_means(&ours, &theirs, 0.99).interval.unwrap();
        assert!(low <= 1.0 && 1.0 <= high && high - low < 0.01, "the throughput differs: {low} to {high}");
        let [shorter, longer] = values("lock.wait_p99_us");
        let (low, _) = paired::ratio_of_means(&longer, &shorter, 0.99).interval.unwrap();
        assert!(low > 1.1, "the spread of waits is the same");
    }
}

/// An interval that is too narrow or too wide would show in the share of seeds that miss the exact value.
#[test]
#[ignore = "slow: make test-all"]
fn over_many_seeds_the_interval_misses_as_seldom_as_it_should() {
    let seeds = 200;
    let missed = (1..=seeds)
        .filter(|&seed| {
            let found = open_for(15, ONE_LOCK, &compute("exp(0.7ms)"), seed);
            found.estimate(0, "lock.wait_mean_us").excludes(MM1.wait() * 1e6)
        })
        .count();
    // Of 200 intervals at 99 %, 2 miss on average; 8 or more do so once in a thousand times.
    assert!(missed < 8, "{missed} of {seeds} intervals miss the exact wait");
}
