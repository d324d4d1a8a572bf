//! The rules of the locks in the catalogue, each in a workload of which the outcome is known.

use gilsim::theory::ticket::TicketLock;

use crate::support::{Found, assert_within, is_near, run};

/// `threads` threads, each of which holds the lock for `hold` and thinks for `think` on a core, on an ideal machine.
pub(crate) fn contend(machine: &str, lock: &str, threads: u32, hold: &str, think: &str, more: &str) -> Found {
    run(&format!(
        "machine = {{ profile = \"ideal\", {machine} }}
         lock = {{ {lock} }}
         thread = [{{ name = \"user\", count = {threads}, steps = [{{ repeat = \"forever\", steps = [
           {{ compute = \"{hold}\", counts = \"done\" }}, {{ native = \"{think}\" }} ] }}] }}]
         [run]
         {more}"
    ))
}

/// Two groups of `count` threads that hold the lock for so many microseconds and think for next to nothing: the shares
/// of the time in which each group holds the lock.
pub(crate) fn shares(lock: &str, count: u32, holds: [u32; 2], weights: [u32; 2]) -> [f64; 2] {
    let groups: Vec<String> = ["a", "b"]
        .iter()
        .zip(holds.iter().zip(weights))
        .map(|(name, (hold, weight))| {
            format!(
                "{{ name = \"{name}\", count = {count}, weight = {weight}, priority = {weight}, steps = [
                   {{ repeat = \"forever\", steps = [{{ compute = \"{hold}us\" }}, {{ native = \"1ns\" }}] }}] }}"
            )
        })
        .collect();
    let found = run(&format!(
        "machine.profile = \"ideal\"\nlock = {{ {lock} }}\nthread = [{}]\nrun = {{ duration = \"0.6s\", warm_up = \"0.1s\" }}",
        groups.join(", ")
    ));
    ["a.python_s", "b.python_s"].map(|metric| found.only(metric) / 0.5)
}

/// Jain's index of the hold times of two groups of equal threads.
fn jain(shares: [f64; 2]) -> f64 {
    let [a, b] = shares;
    (a + b) * (a + b) / (2.0 * (a * a + b * b))
}

const FIFO: [&str; 5] = ["ticket", "mcs", "clh", "java-fair", "mcs-stp"];

#[test]
fn under_a_fifo_lock_nobody_waits_for_longer_than_all_the_others_take() {
    for policy in FIFO {
        let costs =
            "costs = { wake_latency_idle = \"60us\", line_transfer = { near = \"100ns\" }, lock_pair = \"20ns\" }";
        let lock = format!("policy = \"{policy}\"");
        let found = contend(costs, &lock, 8, "uniform(1us, 5us)", "exp(20us)", "duration = \"0.5s\"");
        // Seven others hold it, and it changes hands eight times.
        let worst = 7.0 * 5.0 + 8.0 * (60.0 + 0.22);
        assert!(found.only("lock.wait_max_us") <= worst, "{policy}: {}", found.only("lock.wait_max_us"));
        let fewest = found.only("user.acquisitions") / 8.0;
        assert!(fewest > 500.0, "{policy}");
    }
}

#[test]
fn with_slow_wake_ups_barging_is_faster_than_fifo_and_the_lock_is_taken_again_by_those_who_have_it() {
    let rate = |policy: &str| {
        let lock = format!("policy = \"{policy}\"");
        contend("costs = { wake_latency_idle = \"50us\" }", &lock, 8, "2us", "exp(10us)", "duration = \"0.1s\"")
            .only("done.rate_per_s")
    };
    let fifo = rate("java-fair");
    assert!(is_near(fifo, 1.0 / 52e-6, 0.01), "a convoy: {fifo}");
    for policy in ["futex", "java-nonfair", "rust-std", "parking-lot", "pymutex", "go-mutex", "mutexee", "wtf-lock"] {
        assert!(rate(policy) > 2.0 * fifo, "{policy}: {} against {fifo}", rate(policy));
    }
}

#[test]
fn a_fifo_lock_shares_acquisitions_and_u_scl_shares_time() {
    for (holds, index) in [([10, 1], 0.5990), ([2, 1], 0.9), ([3, 1], 0.8)] {
        for policy in ["ticket", "mcs", "java-fair"] {
            let found = jain(shares(&format!("policy = \"{policy}\""), 1, holds, [1, 1]));
            assert_within(found, index - 1e-3, index + 1e-3, policy);
        }
        assert!(jain(shares("policy = \"u-scl\"", 1, holds, [1, 1])) > 0.999, "u-scl, {holds:?}");
        assert!(jain(shares("policy = \"min-usage\"", 2, holds, [1, 1])) > 0.999, "min-usage, {holds:?}");
    }
}

/// Nobody holds the lock for longer than its share, a slice and a section beyond.
#[test]
fn u_scl_and_the_lottery_share_by_weights() {
    let [heavy, light] = shares("policy = \"u-scl\"", 1, [10, 10], [3, 1]);
    assert!(heavy <= 0.75 + 0.002, "{heavy}");
    assert_within(heavy / light, 2.9, 3.1, "u-scl");
    let [heavy, light] = shares("policy = \"min-usage\"", 2, [10, 10], [3, 1]);
    assert_within(heavy / light, 2.9, 3.1, "min-usage");
    // One of each group is left out of the draw: the one that has the lock. So 2 threads of 4 have less than theirs.
    let [heavy, light] = shares("policy = \"lottery\"", 20, [10, 10], [3, 1]);
    assert_within(heavy / light, 2.6, 3.1, "lottery");
    let [high, low] = shares("policy = \"priority\"", 2, [10, 10], [3, 1]);
    assert!(high > 0.999 && low < 0.001, "priority: {high} and {low}");
}

/// A batch of B sections on a node: the lock's line moves B - 1 times within it and once to another.
#[test]
fn a_cohort_lock_stays_on_a_node_for_its_batch() {
    for batch in [1, 5, 100] {
        let machine = "nodes = 2, costs = { line_transfer = { near = \"100ns\", far = \"300ns\" } }";
        let lock = format!("policy = \"hmcs\", lines = 1, fair_count = {batch}");
        let found = contend(machine, &lock, 16, "1us", "1ns", "duration = \"110ms\"\nwarm_up = \"10ms\"");
        let b = f64::from(batch);
        let rate = b / (b * 1e-6 + (b - 1.0) * 100e-9 + 300e-9);
        assert!(is_near(found.only("done.rate_per_s"), rate, 2e-3), "{batch}: {}", found.only("done.rate_per_s"));
    }
}

/// One holder, one waiter and those that think: the others come back once in a thousand hand-offs each.
#[test]
fn a_malthusian_lock_serves_everybody_but_mostly_the_same() {
    let groups: Vec<String> = (0..8)
        .map(|index| {
            format!(
                "{{ name = \"t{index}\", steps = [{{ repeat = \"forever\", steps = [{{ compute = \"1us\" }}, {{ native = \"1ns\" }}] }}] }}"
            )
        })
        .collect();
    let found = run(&format!(
        "machine.profile = \"ideal\"\nlock.policy = \"malthusian\"\nthread = [{}]\nrun.duration = \"2s\"",
        groups.join(", ")
    ));
    let taken: Vec<f64> = (0..8).map(|index| found.only(&format!("t{index}.acquisitions"))).collect();
    let all: f64 = taken.iter().sum();
    assert!(all > 1.9e6, "{all}");
    // Every promotion lets a thread stay until it is set aside again: all get their turn in the end.
    assert!(taken.iter().all(|&own| own > 1000.0), "{taken:?}");
    let wait = found.only("lock.wait_max_us");
    assert_within(wait, 1_000.0, 40_000.0, "the longest wait, about six times a thousand sections");
}

/// The published vectors, where a section takes 100 cycles of a nanosecond on average and thinking 10,000.
#[test]
fn a_ticket_lock_collapses_as_the_markov_model_says() {
    for cores in [16, 24, 48] {
        let model = TicketLock { cores, think: 10e-6, hold: 100e-9, line_fetch: 100e-9 };
        let machine = "costs = { coherence = \"exp(100ns)\" }";
        let more = "duration = \"10ms\"\nwarm_up = \"5ms\"\nreplications = 8";
        let found = contend(machine, "policy = \"ticket\"", cores, "exp(100ns)", "exp(10us)", more);
        let speedup = f64::from(cores) - found.estimate(0, "lock.queue_mean").mean;
        assert_within(speedup / model.speedup(), 0.97, 1.03, &format!("{cores} cores"));
    }
}

/// Two threads that never stop, one of which is asked every `interval`.
#[test]
fn a_holder_that_is_asked_goes_on_to_its_next_check_point() {
    for (policy, slice) in [
        ("policy = \"ruby\"", 100e-3),
        ("policy = \"ruby\", interval = \"10ms\"", 10e-3),
        ("policy = \"ocaml\"", 50e-3),
        ("policy = \"round-robin-gil\", interval = \"2ms\"", 2e-3),
        ("policy = \"beazley-gil\"", 5e-3),
        ("policy = \"bfs-gil\"", 10e-3),
        ("policy = \"keep-gil\"", 5e-3),
    ] {
        let found = run(&format!(
            "machine = {{ profile = \"ideal\", costs = {{ wake_latency_idle = \"10us\" }} }}
             lock = {{ {policy} }}
             interpreter.check_gap = \"1us\"
             thread = [{{ name = \"hog\", count = 2, steps = [{{ compute = \"forever\" }}] }}]
             run = {{ warm_up = \"1s\", duration = \"21s\" }}"
        ));
        let turns = found.only("lock.switches_forced") * slice / 20.0;
        assert_within(turns, 0.985, 1.001, policy);
    }
}

/// The lock itself could be taken ten million times a second; who wakes another needs 2 us for it.
#[test]
fn with_a_bucket_lock_the_wake_calls_on_a_lock_go_one_after_another() {
    let found = |coherence: &str, more: &str| {
        let costs = format!("wake_call = \"2us\", wake_latency_idle = \"5us\", coherence = \"{coherence}\"");
        let machine = format!("cores = 32, costs = {{ {costs} }}{more}");
        contend(&machine, "policy = \"futex\"", 32, "100ns", "exp(3us)", "warm_up = \"1ms\"\nduration = \"21ms\"")
    };
    let [free, serial] = ["", ", bucket_lock = true"].map(|more| found("0ns", more));
    assert!(free.only("lock.wake_ups") > 1.2e6 * 0.02, "{}", free.only("lock.wake_ups"));
    assert_within(serial.only("lock.wake_ups"), 9_000.0, 10_001.0, "one thread woken in 2 us");
    assert!(serial.only("done.rate_per_s") < 0.8 * free.only("done.rate_per_s"));
    // A turn is longer by half of a request for each call that waits.
    let sloped = found("100ns", ", bucket_lock = true");
    assert!(sloped.only("done.rate_per_s") < 0.8 * serial.only("done.rate_per_s"));
}

/// Those that came before it in its segment and those that stacked up behind it go first, each once.
#[test]
fn a_reciprocating_lock_lets_nobody_overtake_twice() {
    let found = contend("", "policy = \"reciprocating\"", 8, "uniform(1us, 5us)", "exp(20us)", "duration = \"0.5s\"");
    let wait = found.only("lock.wait_max_us");
    assert_within(wait, 7.0 * 3.0, 2.0 * 7.0 * 5.0, "the longest wait");
}

#[test]
fn the_policy_that_the_documentation_adds_is_the_one_that_is_built() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let page = read("docs/adding-a-policy.md");
    let shown = page.split_once("```rust\n").and_then(|(_, rest)| rest.split_once("```")).unwrap().0;
    assert_eq!(shown, read("src/lock/reciprocating.rs"));
    assert!(shown.lines().count() < 100);
    let three = [
        ("src/lock.rs", "pub mod reciprocating;"),
        ("src/lock/policy.rs", "Reciprocating(Reciprocating),"),
        ("src/lock/preset.rs", "&reciprocating::PRESET"),
    ];
    for (path, line) in three {
        assert!(read(path).contains(line) && page.contains(line), "{path}: {line}");
    }
}

/// Beside a thread that pings, three that compute.
fn beside_hogs(lock: &str) -> Found {
    run(&format!(
        "machine = {{ profile = \"ideal\", costs = {{ wake_latency_idle = \"100us\" }} }}
         lock = {{ {lock} }}
         thread = [
           {{ name = \"ping\", steps = [{{ repeat = \"forever\", steps = [{{ sleep = \"1ms\" }}, {{ compute = \"10us\" }}] }}] }},
           {{ name = \"hog\", count = 3, steps = [{{ compute = \"forever\" }}] }},
         ]
         run = {{ warm_up = \"20s\", duration = \"40s\" }}"
    ))
}

#[test]
fn a_controlled_interval_meets_its_target() {
    // Three turns of an interval each, and it swings between half and the whole of what meets the target.
    for target_us in [5_000.0, 20_000.0] {
        let found = beside_hogs(&format!("policy = \"aimd-gil\", target = \"{target_us}us\""));
        assert_within(found.only("lock.wait_p90_us") / target_us, 0.5, 1.1, "the 90th percentile over the target");
    }
    for overhead in [0.01, 0.05] {
        let found = beside_hogs(&format!("policy = \"cost-gil\", overhead = {overhead}"));
        assert_within(found.only("lock.handoff_share") / overhead, 0.8, 1.5, "the share of switches");
    }
}

/// What a reader and a writer wait at most, in microseconds, if so many readers and writers hold the lock for so many each.
pub(crate) fn longest_waits(preference: &str, [readers, writers]: [u32; 2], [read_us, write_us]: [u32; 2]) -> [f64; 2] {
    let group = |name: &str, count: u32, mode: &str, hold: u32| {
        format!(
            "{{ name = \"{name}\", count = {count}, steps = [{{ repeat = \"forever\", steps = [
               {{ native = \"exp(10us)\" }}, {{ begin = \"{mode}\" }}, {{ acquire = \"table\", mode = \"{mode}\" }}, {{ count = \"{mode}\" }},
               {{ compute = \"{hold}us\" }}, {{ release = \"table\" }}] }}] }}"
        )
    };
    let found = run(&format!(
        "machine.profile = \"ideal\"
         lock = {{ policy = \"free-threaded\", slowdown = 1.0, pause = \"0s\" }}
         objects.rwlock.table = \"{preference}\"
         thread = [{}, {}]
         run.duration = \"50ms\"",
        group("reader", readers, "read", read_us),
        group("writer", writers, "write", write_us)
    ));
    assert!(found.only("read.count") > 100.0, "{preference}");
    ["read.latency_max_us", "write.latency_max_us"].map(|metric| found.only(metric))
}

#[test]
fn readers_writers_locks_that_are_not_phase_fair_let_one_side_wait() {
    let longest_waits = |preference| longest_waits(preference, [8, 3], [5, 3]);
    let [read, _] = longest_waits("writers-first");
    assert!(read > 8.0, "readers wait for several writers: {read}");
    let [read, write] = longest_waits("readers-first");
    assert!(read <= 3.0 && write > 24.0, "writers wait for all readers: {read}, {write}");
    let [read, write] = longest_waits("fifo");
    assert!(read > 8.0 && write > 0.0, "phases of one: {read}");
}

/// Under the bias of BRAVO readers move no line between their cores; a writer that comes seldom pays for that.
#[test]
fn under_a_bravo_lock_readers_do_not_disturb_each_other() {
    let rate = |preference: &str| {
        let found = run(&format!(
            "machine = {{ profile = \"ideal\", costs = {{ line_transfer = {{ near = \"100ns\" }} }} }}
             lock = {{ policy = \"free-threaded\", slowdown = 1.0, pause = \"0s\" }}
             objects.rwlock.table = \"{preference}\"
             [[thread]]
             name = \"reader\"
             count = 4
             steps = [{{ repeat = \"forever\", steps = [{{ acquire = \"table\", mode = \"read\" }}, {{ compute = \"100ns\" }}, {{ release = \"table\" }}, {{ count = \"read\" }}] }}]
             [[thread]]
             name = \"writer\"
             steps = [{{ repeat = \"forever\", steps = [{{ io = \"1ms\" }}, {{ acquire = \"table\" }}, {{ compute = \"1us\" }}, {{ release = \"table\" }}, {{ count = \"written\" }}] }}]
             [run]
             duration = \"20ms\""
        ));
        assert!(found.only("written.count") > 15.0);
        found.only("read.rate_per_s")
    };
    let (biased, plain) = (rate("bravo"), rate("fifo"));
    assert!(is_near(biased, 4.0 / 100e-9, 0.12), "{biased}");
    assert!(plain < 0.5 * biased, "{plain} against {biased}");
}
