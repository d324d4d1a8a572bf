//! Every kind of step, pool and start has an exactly known outcome on the ideal machine.

use crate::support::{assert_within, files, gilsim, run, texts};

/// A workload on the ideal machine and what must come out of it.
struct Case {
    what: &'static str,
    text: &'static str,
    expected: &'static [(&'static str, f64)],
}

#[track_caller]
fn check(cases: &[Case]) {
    for case in cases {
        let found = run(&format!("machine.profile = \"ideal\"\n{}", case.text));
        found.assert_exact(0, case.expected, case.what);
    }
}

#[test]
fn work_needs_the_lock_or_a_core_or_nothing() {
    check(&[
        Case {
            what: "Python code takes turns",
            text: "thread = [{ name = \"t\", count = 3, steps = [{ compute = \"4ms\" }] }]",
            expected: &[("run.wall_s", 0.012), ("t.python_s", 0.012), ("t.work_s", 0.012), ("t.lock_wait_s", 0.012)],
        },
        Case {
            what: "C calls that keep the lock take turns",
            text: "thread = [{ name = \"t\", count = 3, steps = [{ call = \"4ms\" }] }]",
            expected: &[("run.wall_s", 0.012), ("t.python_s", 0.012), ("lock.held_share", 1.0)],
        },
        Case {
            what: "C calls without the lock run side by side",
            text: "thread = [{ name = \"t\", count = 3, steps = [{ native = \"4ms\" }] }]",
            expected: &[("run.wall_s", 0.004), ("t.native_s", 0.012), ("lock.held_share", 0.0)],
        },
        Case {
            what: "C calls without the lock take turns on one core",
            text: "machine.cores = 1\nthread = [{ name = \"t\", count = 3, steps = [{ native = \"4ms\" }] }]",
            expected: &[("run.wall_s", 0.012), ("t.native_s", 0.012), ("t.ready_s", 0.012)],
        },
        Case {
            what: "I/O needs nothing",
            text: "machine.cores = 1\nthread = [{ name = \"t\", count = 3, steps = [{ io = \"4ms\" }] }]",
            expected: &[("run.wall_s", 0.004), ("t.io_s", 0.012), ("core.idle_share", 1.0)],
        },
        Case {
            what: "a sleep lasts as long as asked, and the timer's slack",
            text: "machine.costs = { timer_slack = \"1ms\" }\nthread = [{ name = \"t\", count = 3, steps = [{ sleep = \"4ms\" }] }]",
            expected: &[("run.wall_s", 0.005), ("t.sleep_s", 0.015)],
        },
        Case {
            what: "a core at half speed takes twice as long",
            text: "machine.cores = 1\nmachine.speed = [0.5]\nthread = [{ name = \"t\", steps = [{ compute = \"4ms\" }, { native = \"1ms\" }] }]",
            expected: &[("run.wall_s", 0.010), ("t.work_s", 0.005)],
        },
    ]);
}

#[test]
fn locks_and_semaphores_admit_so_many() {
    check(&[
        Case {
            what: "a lock admits one",
            text: "objects = { lock = [\"db\"] }
                   thread = [{ name = \"t\", count = 4, steps = [{ acquire = \"db\" }, { io = \"5ms\" }, { release = \"db\" }] }]",
            expected: &[("run.wall_s", 0.020), ("t.object_wait_s", 0.030), ("t.io_s", 0.020)],
        },
        Case {
            what: "a semaphore admits as many as it has places",
            text: "objects = { semaphore = { slots = 2 } }
                   thread = [{ name = \"t\", count = 4, steps = [{ acquire = \"slots\" }, { io = \"5ms\" }, { release = \"slots\" }] }]",
            expected: &[("run.wall_s", 0.010), ("t.object_wait_s", 0.010)],
        },
        Case {
            what: "a release makes a place that was not there",
            text: "objects = { semaphore = { slots = 0 } }
                   thread = [{ name = \"a\", steps = [{ acquire = \"slots\" }] }, { name = \"b\", steps = [{ io = \"3ms\" }, { release = \"slots\" }] }]",
            expected: &[("run.wall_s", 0.003), ("a.object_wait_s", 0.003)],
        },
    ]);
}

#[test]
fn conditions_events_and_barriers_hold_threads_back() {
    check(&[
        Case {
            what: "a notification wakes one waiter of a condition, which gets the lock back",
            text: "objects = { lock = [\"l\"], condition = { c = \"l\" } }
                   [[thread]]
                   name = \"waiter\"
                   count = 2
                   steps = [{ acquire = \"l\" }, { wait = \"c\" }, { io = \"1ms\" }, { release = \"l\" }]
                   [[thread]]
                   name = \"notifier\"
                   steps = [{ io = \"3ms\" }, { acquire = \"l\" }, { notify = \"c\" }, { release = \"l\" },
                            { io = \"4ms\" }, { acquire = \"l\" }, { notify = \"c\" }, { release = \"l\" }]",
            expected: &[("run.wall_s", 0.008), ("waiter.object_wait_s", 0.010), ("run.deadlock", 0.0)],
        },
        Case {
            what: "a notification to all wakes all, one after the other through the lock",
            text: "objects = { lock = [\"l\"], condition = { c = \"l\" } }
                   [[thread]]
                   name = \"waiter\"
                   count = 3
                   steps = [{ acquire = \"l\" }, { wait = \"c\" }, { io = \"1ms\" }, { release = \"l\" }]
                   [[thread]]
                   name = \"notifier\"
                   steps = [{ io = \"3ms\" }, { acquire = \"l\" }, { notify = \"c\", n = \"all\" }, { release = \"l\" }]",
            expected: &[("run.wall_s", 0.006), ("waiter.object_wait_s", 0.012)],
        },
        Case {
            what: "an event holds back until it is set, and again after it is cleared",
            text: "objects = { event = [\"go\"] }
                   [[thread]]
                   name = \"waiter\"
                   steps = [{ wait = \"go\" }, { count = \"first\" }, { wait = \"go\" }, { io = \"4ms\" }, { wait = \"go\" }, { count = \"last\" }]
                   [[thread]]
                   name = \"setter\"
                   steps = [{ io = \"2ms\" }, { set = \"go\" }, { io = \"1ms\" }, { clear = \"go\" }, { io = \"6ms\" }, { set = \"go\" }]",
            expected: &[("first.latency_mean_us", 2000.0), ("last.latency_mean_us", 9000.0), ("run.wall_s", 0.009)],
        },
        Case {
            what: "a barrier opens for the last one, each time",
            text: "objects = { barrier = { phase = 3 } }
                   thread = [{ name = \"a\", steps = [{ io = \"1ms\" }, { barrier = \"phase\" }, { io = \"7ms\" }, { barrier = \"phase\" }] },
                             { name = \"b\", steps = [{ io = \"2ms\" }, { barrier = \"phase\" }, { io = \"1ms\" }, { barrier = \"phase\" }] },
                             { name = \"c\", steps = [{ io = \"4ms\" }, { barrier = \"phase\" }, { io = \"2ms\" }, { barrier = \"phase\" }] }]",
            expected: &[
                ("run.wall_s", 0.011),
                ("a.object_wait_s", 0.003),
                ("b.object_wait_s", 0.008),
                ("c.object_wait_s", 0.005),
            ],
        },
    ]);
}

#[test]
fn queues_hold_back_getters_and_putters() {
    check(&[
        Case {
            what: "a full queue holds back the producer",
            text: "objects = { queue = { q = 1 } }
                   [[thread]]
                   name = \"producer\"
                   steps = [{ repeat = 3, steps = [{ put = \"q\" }] }, { count = \"produced\" }]
                   [[thread]]
                   name = \"consumer\"
                   steps = [{ repeat = 3, steps = [{ io = \"5ms\" }, { get = \"q\" }] }]",
            expected: &[("produced.latency_mean_us", 10_000.0), ("run.wall_s", 0.015)],
        },
        Case {
            what: "a queue of any length does not",
            text: "objects = { queue = { q = 0 } }
                   [[thread]]
                   name = \"producer\"
                   steps = [{ repeat = 3, steps = [{ put = \"q\" }] }, { count = \"produced\" }]
                   [[thread]]
                   name = \"consumer\"
                   steps = [{ repeat = 3, steps = [{ io = \"5ms\" }, { get = \"q\" }] }]",
            expected: &[("produced.latency_mean_us", 0.0), ("run.wall_s", 0.015)],
        },
        Case {
            what: "drain ends when the queue is closed and empty, and what follows is done",
            text: "objects = { queue = { q = 0 } }
                   [[thread]]
                   name = \"producer\"
                   steps = [{ repeat = 5, steps = [{ io = \"1ms\" }, { put = \"q\" }] }, { close = \"q\" }]
                   [[thread]]
                   name = \"worker\"
                   count = 2
                   steps = [{ drain = \"q\", steps = [{ io = \"3ms\", counts = \"item\" }] }, { io = \"10ms\" }, { count = \"over\" }]",
            // Items at 1 to 5 ms; the workers take them at 1, 2, 4, 5 and 7 ms and are done at 10 and 8 ms.
            expected: &[("item.count", 5.0), ("over.count", 2.0), ("run.wall_s", 0.020)],
        },
        Case {
            what: "get from a closed and empty queue ends the thread",
            text: "objects = { queue = { q = 0 } }
                   [[thread]]
                   name = \"producer\"
                   steps = [{ put = \"q\" }, { io = \"2ms\" }, { close = \"q\" }]
                   [[thread]]
                   name = \"worker\"
                   steps = [{ repeat = \"forever\", steps = [{ get = \"q\" }, { count = \"item\" }] }]
                   [run]
                   duration = \"1s\"",
            expected: &[("item.count", 1.0), ("run.wall_s", 0.002)],
        },
    ]);
}

#[test]
fn threads_begin_end_and_are_waited_for() {
    check(&[
        Case {
            what: "started threads begin one after the other as each is paid for; join waits for all",
            text: "machine.costs = { thread_create = \"1ms\", thread_start = \"0.5ms\" }
                   [[thread]]
                   name = \"main\"
                   steps = [{ start = \"worker\" }, { count = \"started\" }, { join = \"worker\" }]
                   [[thread]]
                   name = \"worker\"
                   begin = \"step\"
                   count = 3
                   steps = [{ io = \"2ms\" }]",
            expected: &[
                ("started.latency_mean_us", 3000.0),
                ("run.wall_s", 0.0055),
                ("main.start_up_s", 0.003),
                ("main.object_wait_s", 0.0025),
                ("worker.start_up_s", 0.0015),
            ],
        },
        Case {
            what: "a daemon is not waited for, even with endless I/O",
            text: "thread = [{ name = \"main\", steps = [{ io = \"7ms\" }] },
                             { name = \"d\", daemon = true, steps = [{ repeat = \"forever\", steps = [{ io = \"2ms\", counts = \"tick\" }] }] }]",
            expected: &[("run.wall_s", 0.007), ("tick.count", 3.0)],
        },
        Case {
            what: "arrivals come as said, so many",
            text: "thread = [{ name = \"t\", arrivals = \"2ms\", count = 5, steps = [{ io = \"3ms\", counts = \"done\" }] }]",
            expected: &[("run.wall_s", 0.013), ("done.count", 5.0), ("done.latency_mean_us", 3000.0)],
        },
        Case {
            what: "the warm-up does not count",
            text: "thread = [{ name = \"t\", steps = [{ repeat = \"forever\", steps = [{ compute = \"1ms\", counts = \"c\" }] }] }]
                   run = { warm_up = \"10.5ms\", duration = \"20.5ms\" }",
            expected: &[("c.count", 10.0), ("c.rate_per_s", 1000.0), ("t.work_s", 0.010), ("run.wall_s", 0.0205)],
        },
    ]);
}

#[test]
fn loops_choices_and_counters_do_as_they_say() {
    check(&[
        Case {
            what: "nested loops",
            text: "thread = [{ name = \"t\", steps = [{ repeat = 3, steps = [{ repeat = 4, steps = [{ compute = \"1ms\", counts = \"c\" }] }, { repeat = 0, steps = [{ io = \"1s\" }] }] }] }]",
            expected: &[("c.count", 12.0), ("run.wall_s", 0.012)],
        },
        Case {
            what: "a branch of probability one",
            text: "thread = [{ name = \"t\", steps = [{ repeat = 100, steps = [{ choose = [{ p = 0.0, steps = [{ io = \"1s\" }] }, { p = 1.0, steps = [{ io = \"1ms\" }] }] }] }] }]",
            expected: &[("run.wall_s", 0.1)],
        },
        Case {
            what: "a counter's clock runs from begin, or from the last count",
            text: "thread = [{ name = \"t\", steps = [{ io = \"9ms\" }, { begin = \"c\" }, { io = \"1ms\", counts = \"c\" }, { io = \"3ms\", counts = \"c\" }] }]",
            expected: &[("c.count", 2.0), ("c.latency_mean_us", 2000.0)],
        },
        Case {
            what: "a counter's clock runs from the beginning of the thread",
            text: "thread = [{ name = \"t\", steps = [{ io = \"9ms\" }, { io = \"1ms\", counts = \"c\" }] }]",
            expected: &[("c.count", 1.0), ("c.latency_mean_us", 10_000.0)],
        },
    ]);
}

#[test]
fn branches_are_chosen_as_often_as_their_probabilities_say() {
    let found = run("machine.profile = \"ideal\"
         thread = [{ name = \"t\", steps = [{ repeat = 40_000, steps = [{ choose = [
           { p = 0.25, steps = [{ count = \"a\" }, { io = \"1us\" }] }, { p = 0.75, steps = [{ io = \"1us\" }] },
         ] }] }] }]
         run.replications = 20");
    found.assert_oracle(0, "a.count", 10_000.0, "a branch of probability 1/4");
}

/// Six tasks of 2 ms for three workers: in turns under one lock, side by side with a lock each.
#[test]
fn a_pool_of_each_kind_takes_as_long_as_its_locks_allow() {
    let kinds = ["serial", "thread", "fork", "spawn", "forkserver", "interpreter"];
    for (step, wall) in [("compute", [12.0, 12.0, 4.0, 4.0, 4.0, 4.0]), ("io", [12.0, 4.0, 4.0, 4.0, 4.0, 4.0])] {
        let found = run(&format!(
            "machine.profile = \"ideal\"
             pool = [{{ name = \"p\", kind = \"serial\", workers = 3, tasks = 6, steps = [{{ {step} = \"2ms\" }}] }}]
             sweep = {{ \"pool.p.kind\" = {kinds:?} }}"
        ));
        for (cell, ms) in wall.into_iter().enumerate() {
            let what = format!("{step} in a pool of kind {}", kinds[cell]);
            found.assert_exact(cell, &[("run.wall_s", ms * 1e-3), ("p.count", 6.0)], &what);
        }
    }
}

/// The parent starts the three children at 1, 2 and 3 ms; they are there at 3, 4 and 5 ms, take a task each of 2 ms,
/// and pay for their end.
#[test]
fn each_way_to_start_a_process_costs_the_parent_and_the_child_its_price() {
    for kind in ["fork", "spawn", "forkserver", "interpreter"] {
        let found = run(&format!(
            "machine = {{ profile = \"ideal\", costs = {{ {kind} = {{ parent = \"1ms\", child = \"2ms\", exit = \"0.5ms\" }} }} }}
             pool = [{{ name = \"p\", kind = \"{kind}\", workers = 3, tasks = 3, steps = [{{ compute = \"2ms\" }}] }}]"
        ));
        let expected = [
            ("run.wall_s", 7.5e-3),
            ("p.main.start_up_s", 3e-3),
            ("p.worker.start_up_s", 7.5e-3),
            ("p.latency_mean_us", 2000.0),
        ];
        found.assert_exact(0, &expected, kind);
    }
}

/// A message of 1,000 bytes: 101 us to pickle, 52 us through the pipe, and the same on the other side.
#[test]
fn a_message_between_processes_costs_both_sides() {
    let costs = "machine = { profile = \"ideal\", costs = { pickle = { call = \"100us\", byte = \"1ns\" }, pipe = { call = \"50us\", byte = \"2ns\" } } }";
    let found = run(&format!(
        "{costs}
         objects = {{ channel = [\"c\"] }}
         process = [{{ name = \"other\" }}]
         thread = [{{ name = \"sender\", steps = [{{ send = \"c\", bytes = 1000 }}, {{ count = \"sent\" }}] }},
                   {{ name = \"receiver\", process = \"other\", steps = [{{ receive = \"c\", bytes = 1000 }}, {{ count = \"received\" }}] }}]"
    ));
    let expected = [
        ("sent.latency_mean_us", 153.0),
        ("received.latency_mean_us", 306.0),
        ("sender.python_s", 101e-6),
        ("sender.native_s", 52e-6),
    ];
    found.assert_exact(0, &expected, "a message");
    let pool = run(&format!(
        "{costs}
         pool = [{{ name = \"p\", kind = \"fork\", workers = 1, tasks = 2, bytes = {{ task = 1000, result = 1000 }}, steps = [{{ compute = \"1ms\" }}] }}]"
    ));
    // The tasks are sent at 153 and 306 us; the worker needs 153 us, 1 ms and 153 us for each.
    pool.assert_exact(0, &[("run.wall_s", (153.0 + 2.0 * 1306.0) * 1e-6)], "a pool that moves bytes");
}

#[test]
fn free_threaded_work_takes_longer_by_what_the_policy_says() {
    for (lock, threads, wall) in [
        ("slowdown = 1.5, pause = \"0ns\"", 4, 15e-3),
        ("slowdown = 1.0, pause = \"0ns\", contention = 0.5", 3, 20e-3),
        ("slowdown = 1.0, pause = \"1ms\", pause_every = \"4ms\"", 2, 12e-3),
    ] {
        let found = run(&format!(
            "machine.profile = \"ideal\"
             lock = {{ policy = \"free-threaded\", {lock} }}
             thread = [{{ name = \"t\", count = {threads}, steps = [{{ compute = \"10ms\" }}] }}]"
        ));
        found.assert_exact(0, &[("run.wall_s", wall)], lock);
    }
}

/// The collector goes on for threads that come after a time without any.
#[test]
fn the_world_goes_on_stopping_after_a_time_without_threads() {
    let found = run("machine.profile = \"ideal\"
         lock = { policy = \"free-threaded\", pause = \"0.1ms\", pause_every = \"0.9ms\" }
         thread = [{ name = \"t\", arrivals = \"10ms\", count = 5, steps = [{ compute = \"5ms\" }] }]");
    assert_within(found.only("interpreter.world_stops"), 25.0, 32.0, "stops of the world");
}

#[test]
fn a_deadlock_ends_the_run_beside_a_running_daemon_and_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let text = "title = \"Two locks in opposite order\"
        question = \"Who waits for whom?\"
        machine.profile = \"ideal\"
        objects = { lock = [\"x\", \"y\"] }
        [[thread]]
        name = \"ada\"
        steps = [{ acquire = \"x\" }, { io = \"1ms\" }, { acquire = \"y\" }]
        [[thread]]
        name = \"bob\"
        steps = [{ acquire = \"y\" }, { io = \"1ms\" }, { acquire = \"x\" }]
        [[thread]]
        name = \"clock\"
        daemon = true
        steps = [{ repeat = \"forever\", steps = [{ sleep = \"1ms\" }, { compute = \"10us\" }] }]";
    std::fs::write(directory.path().join("crossed.toml"), text).unwrap();
    let output = gilsim(directory.path(), &["run", "crossed.toml"]);
    let (told, complaints) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{complaints}");
    for part in
        ["deadlock in 1 of 1 run", "ada waits for lock y, which bob holds", "bob waits for lock x, which ada holds"]
    {
        assert!(told.contains(part), "`{part}` is missing from\n{told}");
    }
    let written = files(directory.path());
    let runs = written.iter().find(|(name, _)| name == "data/crossed.runs.csv").unwrap();
    assert!(String::from_utf8_lossy(&runs.1).contains(",deadlock,"));
}

/// The main thread waits for a worker that waits for the lock that the main thread holds.
#[test]
fn a_join_that_can_never_end_is_a_deadlock_beside_a_running_daemon() {
    let crossed = |workers: u32, main: &str| {
        run(&format!(
            "machine.profile = \"ideal\"
             objects = {{ lock = [\"x\"] }}
             [[thread]]
             name = \"main\"
             steps = [{{ acquire = \"x\" }}, {{ start = \"worker\" }}, {{ io = \"2ms\" }}, {main}]
             [[thread]]
             name = \"worker\"
             begin = \"step\"
             count = {workers}
             steps = [{{ acquire = \"x\" }}, {{ release = \"x\" }}]
             [[thread]]
             name = \"clock\"
             daemon = true
             steps = [{{ repeat = \"forever\", steps = [{{ sleep = \"1ms\" }}, {{ compute = \"10us\" }}] }}]
             [run]
             max_events = 100_000"
        ))
    };
    for workers in [1, 3] {
        let found = crossed(workers, "{ join = \"worker\" }, { release = \"x\" }");
        found.assert_exact(0, &[("run.deadlock", 1.0), ("run.wall_s", 2e-3)], "a join that never ends");
        let (_, report) = found.results.deadlocks().next().unwrap();
        for part in ["main waits for worker to end", "waits for lock x, which main holds"] {
            assert!(report.contains(part), "`{part}` is missing from {report}");
        }
        let found = crossed(workers, "{ release = \"x\" }, { join = \"worker\" }");
        found.assert_exact(0, &[("run.deadlock", 0.0), ("run.wall_s", 2e-3)], "a join that ends");
    }
}

#[test]
fn threads_that_all_wait_are_a_deadlock_whatever_they_wait_for() {
    for steps in ["{ wait = \"go\" }", "{ get = \"q\" }", "{ barrier = \"b\" }", "{ acquire = \"s\" }"] {
        let found = run(&format!(
            "machine.profile = \"ideal\"
             objects = {{ event = [\"go\"], queue = {{ q = 0 }}, barrier = {{ b = 3 }}, semaphore = {{ s = 0 }} }}
             thread = [{{ name = \"t\", count = 2, steps = [{{ io = \"1ms\" }}, {steps}] }}]"
        ));
        found.assert_exact(0, &[("run.deadlock", 1.0), ("run.wall_s", 1e-3)], steps);
        assert_eq!(found.results.deadlocks().count(), 1);
    }
}

#[test]
fn daemons_end_with_their_process() {
    let found = run("machine = { profile = \"ideal\", cores = 3 }
         lock = { policy = \"free-threaded\", slowdown = 1.0, pause = \"0ns\" }
         process = [{ name = \"child\", start = \"fork\" }]
         [[thread]]
         name = \"main\"
         steps = [{ start = \"child\" }, { join = \"child\" }, { compute = \"10ms\" }]
         [[thread]]
         name = \"short\"
         process = \"child\"
         steps = [{ sleep = \"2ms\" }]
         [[thread]]
         name = \"hog\"
         process = \"child\"
         count = 2
         daemon = true
         steps = [{ compute = \"forever\" }]");
    // Each hog uses a core for the two milliseconds that the child lives.
    found.assert_exact(0, &[("run.wall_s", 0.012), ("hog.work_s", 0.004)], "two hogs");
}

#[test]
fn a_message_arrives_before_the_sender_has_its_lock_again() {
    let found = run("machine = { profile = \"ideal\", costs = { pipe = { call = \"3us\", byte = \"0ns\" } } }
         lock = { policy = \"cpython\", switch_interval = \"5ms\" }
         interpreter = { check_gap = \"1us\" }
         objects = { channel = [\"pipe\"] }
         process = [{ name = \"child\" }]
         run = { duration = \"20ms\" }
         [[thread]]
         name = \"sender\"
         steps = [{ send = \"pipe\", bytes = 8 }]
         [[thread]]
         name = \"hog\"
         steps = [{ compute = \"forever\" }]
         [[thread]]
         name = \"receiver\"
         process = \"child\"
         steps = [{ receive = \"pipe\", bytes = 8 }, { count = \"message\" }]");
    // Three microseconds to write it, three to read it; the hog holds the sender's lock for milliseconds.
    found.assert_exact(0, &[("message.latency_mean_us", 6.0)], "beside a hog");
}
