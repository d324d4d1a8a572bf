//! What the locks of the catalogue promise at every moment: invariants that are read off the trace of a run.

use std::collections::BTreeMap;

use gilsim::experiment::runner::Repeatable;
use gilsim::kernel::{NEVER, Nanos};
use gilsim::machine::ThreadId;
use gilsim::simulation::Entry;
use gilsim::trace::Log;
use proptest::prelude::*;
use proptest::sample::select;

use crate::lock_promises::cases;
use crate::support::{is_near, plan};

/// Everything that happens in a run of so many threads, each a group of its own, that hold the lock for a time and think for
/// another.
fn traced(machine: &str, lock: &str, threads: &[(String, String)], duration: &str) -> Vec<(Nanos, Entry)> {
    let groups = threads.iter().enumerate().map(|(index, (hold, more))| {
        format!(
            "{{ name = \"t{index}\", steps = [{{ repeat = \"forever\", steps = [{{ compute = {hold} }}, {{ native = \"1ns\" }}] }}]{more} }}"
        )
    });
    let plan = plan(&format!(
        "machine = {{ profile = \"ideal\", {machine} }}\nlock = {{ {lock} }}\nthread = [{}]\nrun.duration = \"{duration}\"",
        groups.collect::<Vec<_>>().join(", ")
    ));
    let run = Repeatable::new(&plan, &plan.cells[0], 0).unwrap();
    let mut log = Log::new(0..NEVER, usize::MAX);
    run.run(&mut log).unwrap_or_else(|fault| panic!("{fault}"));
    log.entries
}

/// Equal threads.
fn equal(threads: u32, hold: &str) -> Vec<(String, String)> {
    vec![(format!("\"{hold}\""), String::new()); threads as usize]
}

/// Who takes the lock, one after another.
fn takers(trace: &[(Nanos, Entry)]) -> Vec<ThreadId> {
    let taker = |&(_, entry): &(Nanos, Entry)| match entry {
        Entry::Acquire { thread, .. } => Some(thread),
        _ => None,
    };
    trace.iter().filter_map(taker).collect()
}

/// At the end of each hold: the time, the thread and how long it has held the lock in all.
fn usages(trace: &[(Nanos, Entry)]) -> Vec<(Nanos, ThreadId, Nanos)> {
    let mut used: BTreeMap<ThreadId, Nanos> = BTreeMap::new();
    let mut taken_at = 0;
    let mut usages = Vec::new();
    for &(at, entry) in trace {
        match entry {
            Entry::Acquire { .. } => taken_at = at,
            Entry::Release { thread, .. } => {
                let used = used.entry(thread).or_default();
                *used += at - taken_at;
                usages.push((at, thread, *used));
            }
            _ => {}
        }
    }
    usages
}

/// For each wait, how many others took the lock in it.
fn hand_offs_waited(trace: &[(Nanos, Entry)]) -> Vec<u64> {
    let mut asked: BTreeMap<ThreadId, u64> = BTreeMap::new();
    let mut taken = 0;
    let mut waited = Vec::new();
    for &(_, entry) in trace {
        match entry {
            Entry::Request { thread, .. } => {
                asked.insert(thread, taken);
            }
            Entry::Acquire { thread, .. } => {
                waited.push(taken - asked[&thread]);
                taken += 1;
            }
            _ => {}
        }
    }
    waited
}

/// The lengths of the runs of acquisitions on one of two nodes, threads belonging to them in turn.
fn streaks(trace: &[(Nanos, Entry)]) -> Vec<u32> {
    let mut streaks: Vec<(u32, u32)> = Vec::new();
    for thread in takers(trace) {
        match streaks.last_mut() {
            Some((node, length)) if *node == thread % 2 => *length += 1,
            _ => streaks.push((thread % 2, 1)),
        }
    }
    streaks.into_iter().map(|(_, length)| length).collect()
}

proptest! {
    #![proptest_config(cases(40))]

    /// usage(t) <= (t - t0) w / W + slice + the longest section, at every t: it is closest at the end of a hold.
    #[test]
    fn under_u_scl_no_thread_is_ever_ahead_of_its_share_by_more_than_a_slice_and_a_section(
        users in prop::collection::vec((1..60_u32, 1..6_u32), 2..6), slice in 0..4000_u32,
    ) {
        let threads: Vec<(String, String)> = users
            .iter()
            .map(|(hold, weight)| (format!("\"uniform(0ns, {hold}us)\""), format!(", weight = {weight}")))
            .collect();
        let trace = traced("", &format!("policy = \"u-scl\", slice = \"{slice}us\""), &threads, "60ms");
        let all: u64 = users.iter().map(|&(_, weight)| u64::from(weight)).sum();
        let usages = usages(&trace);
        prop_assert!(usages.len() > 100);
        for (at, thread, used) in usages {
            let (hold, weight) = users[thread as usize];
            let share = at * u64::from(weight) / all;
            let most = share + 1000 * u64::from(slice) + 1000 * u64::from(hold);
            prop_assert!(used <= most, "thread {thread} has used {used} ns of {at}, at most {most}");
            // A ban is looked at before each section, in a slice too: so the slice adds nothing here.
            prop_assert!(used <= share + 1000 * u64::from(hold) + 1, "thread {thread}: {used} ns of {at}");
        }
    }

    /// A streak ends when the batch does, and not before while a waiter of the node is there.
    #[test]
    fn a_lock_that_knows_nodes_stays_on_one_for_its_batch_and_no_longer(
        policy in select(vec!["hmcs", "cohort", "shuffle"]), threads in 4..16_u32, batch in 1..40_u32,
    ) {
        let lock = format!("policy = \"{policy}\", fair_count = {batch}");
        let streaks = streaks(&traced("nodes = 2", &lock, &equal(threads, "1us"), "4ms"));
        prop_assert!(streaks.len() > 10);
        let longest = streaks.iter().copied().max().unwrap();
        prop_assert!(longest <= batch, "{policy}: {longest} in a row");
        // Of three threads on a node one waits whenever another releases. At first there are not all.
        if policy != "shuffle" && threads >= 6 {
            let whole = &streaks[3..streaks.len() - 1];
            prop_assert!(whole.iter().all(|&streak| streak == batch), "{policy}, {batch}: {whole:?}");
        }
    }

    /// A streak ends with the probability p each time: its mean is 1 / p.
    #[test]
    fn cna_leaves_a_node_as_often_as_its_chance_says(threads in 6..16_u32, per_cent in 5..60_u32) {
        let chance = f64::from(per_cent) / 100.0;
        let lock = format!("policy = \"cna\", fair_chance = {chance}");
        let streaks = streaks(&traced("nodes = 2", &lock, &equal(threads, "1us"), "20ms"));
        let mean = f64::from(streaks.iter().sum::<u32>()) / streaks.len() as f64;
        // Of some 20,000 p streaks, whose lengths have a deviation of at most 1 / p: four deviations of the mean.
        let tolerance = 4.0 / (20_000.0 * chance).sqrt();
        prop_assert!(is_near(mean, 1.0 / chance, tolerance), "{mean}, not {}", 1.0 / chance);
    }

    /// Who is set aside waits for as many promotions as there are others, each of which comes once in 1 / p hand-offs.
    #[test]
    fn who_a_malthusian_lock_sets_aside_is_back_when_its_turn_of_promotions_has_come(
        threads in 6..20_u32, every in 150..400_u32,
    ) {
        let lock = format!("policy = \"malthusian\", fair_chance = {}", 1.0 / f64::from(every));
        let trace = traced("", &lock, &equal(threads, "1us"), "150ms");
        // Sections follow each other at once: one holds the lock, one waits, the others are aside.
        let aside = threads - 2;
        let long: Vec<u64> = hand_offs_waited(&trace).into_iter().filter(|&others| others > 10).collect();
        let (count, sum) = (long.len() as f64, long.iter().sum::<u64>() as f64);
        let expected = f64::from(aside) * f64::from(every);
        // The mean of n promotions strays by 1 / sqrt(n); those who wait at the end are missing.
        let tolerance = 4.0 / count.sqrt() + f64::from(aside) / count;
        prop_assert!(count > 100.0 && is_near(sum / count, expected, tolerance), "{}, not {expected}, of {count}", sum / count);
    }

    /// A first-in-first-out lock gives everybody the same number of turns, whatever they are used for.
    #[test]
    fn under_a_fifo_lock_time_is_shared_as_the_sections_are_long(
        policy in select(vec!["ticket", "mcs", "clh", "mcs-stp", "java-fair", "handoff", "pi-futex"]),
        holds in prop::collection::vec(1..40_u32, 2..9), wake in 0..40_u32,
    ) {
        let threads: Vec<(String, String)> = holds.iter().map(|hold| (format!("\"{hold}us\""), String::new())).collect();
        let machine = format!("costs = {{ wake_latency_idle = \"{wake}us\" }}");
        let mut used = BTreeMap::new();
        for (_, thread, usage) in usages(&traced(&machine, &format!("policy = \"{policy}\""), &threads, "100ms")) {
            used.insert(thread, usage as f64);
        }
        let all: f64 = used.values().sum();
        let sum: f64 = holds.iter().copied().map(f64::from).sum();
        for (index, &hold) in holds.iter().enumerate() {
            let (share, expected) = (used[&(index as ThreadId)] / all, f64::from(hold) / sum);
            prop_assert!(is_near(share, expected, 0.04), "{policy}, {holds:?}: {share}, not {expected}");
        }
        let squares = |of: &mut dyn Iterator<Item = f64>| of.map(|x| x * x).sum::<f64>();
        let n = holds.len() as f64;
        let jain = all * all / (n * squares(&mut used.values().copied()));
        let formula = sum * sum / (n * squares(&mut holds.iter().copied().map(f64::from)));
        prop_assert!(is_near(jain, formula, 0.02), "{policy}, {holds:?}: {jain}, not {formula}");
    }

    /// Each release passes the lock on once at most: with a clock that is always over, each does so exactly once.
    #[test]
    fn a_release_is_fair_once_at_most(
        policy in select(vec!["parking-lot", "wtf-lock"]), threads in 2..8_u32, hold in 1..30_u32, clock in 0..200_u32,
    ) {
        let lock = format!("policy = \"{policy}\", fair_after = \"{clock}us\", spin = 0");
        let trace = traced("", &lock, &equal(threads, &format!("{hold}us")), "20ms");
        let taken = takers(&trace);
        // Two acquisitions by one thread have no fair release between them, as the others wait all the time.
        let passed = taken.windows(2).filter(|pair| pair[0] != pair[1]).count();
        prop_assert!(passed < taken.len());
        if clock == 0 {
            prop_assert!(passed + 2 >= taken.len(), "{policy}: {passed} of {}", taken.len());
        }
    }
}
