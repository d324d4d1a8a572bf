//! Named points in the space of the axes.
//!
//! Times that their sources give in cycles or in turns of a loop are in nanoseconds here: a cycle at 2.4 GHz, 25 ns for a
//! turn with a PAUSE (24.7 ns on an AMD EPYC of family 25), 258 ns for a `sched_yield` that finds nobody (as long as a
//! system call that wakes nobody on the shipped machine).

use super::General;
use super::axes::PARAMETERS;
use crate::lock::policy::AnyPolicy;
use crate::lock::preset::{Family, Preset, Value};

/// The policy that has no point of its own.
pub const GENERAL: &str = "general";

/// The axes in which a preset differs from the defaults.
type Point = &'static [(&'static str, Value)];

const fn preset(
    family: Family,
    name: &'static str,
    summary: &'static str,
    description: &'static str,
    source: &'static str,
    defaults: Point,
) -> Preset {
    Preset {
        name,
        family,
        summary,
        description,
        source,
        parameters: PARAMETERS,
        defaults,
        make: |setting, _| AnyPolicy::General(General::new(setting)),
    }
}

const fn of(axis: &'static str, name: &'static str) -> (&'static str, Value) {
    (axis, Value::Choice(name))
}

const fn nanos(axis: &'static str, time: u64) -> (&'static str, Value) {
    (axis, Value::Duration(time))
}

const HANDOFF: (&str, Value) = of("release", "handoff");
const PARK: (&str, Value) = of("waiting", "park");
const SPIN_THEN_PARK: (&str, Value) = of("waiting", "spin-then-park");
const TWO_LINES: (&str, Value) = ("lines", Value::Count(2));
const THREE_STATES: (&str, Value) = of("sleepers", "flagged");

/// A lock of two bits whose waiters park in a table beside it: they spin for so long while nobody is parked, and a fair
/// release, when `fairness` says so, hands the lock to the first that is.
const fn barging_with_a_parking_lot(spin: u64, fairness: &'static str) -> [(&'static str, Value); 6] {
    [
        SPIN_THEN_PARK,
        nanos("spin", spin),
        of("spin_if", "nobody-sleeps"),
        of("spin_on", "shared"),
        of("fairness", fairness),
        of("fair_release", "sleeper"),
    ]
}

/// The presets of the general lock, in the order in which they are listed.
pub const PRESETS: &[&Preset] = &[
    &preset(
        Family::Interpreter,
        "round-robin-gil",
        "the round-robin GIL proposed for CPython 2.7: no jumping the queue",
        "free -> held by the first that asks.\n\
         waiter: sleeps in a queue, first in first out.\n\
         holder: after every `interval` of work (100 ticks of 4 ns) it hands the lock to the first waiter, if there is one, \
         and queues behind the last. A release does the same without queueing.",
        "bugs.python.org/issue8299 (K. Jonsson, 2010)",
        &[HANDOFF, PARK, of("forced", "check"), nanos("interval", 400)],
    ),
    &preset(
        Family::Interpreter,
        "keep-gil",
        "keep the GIL for fast system calls: a release counts only if the call lasts",
        "As CPython 3's lock, with its patience of one `interval`, but a thread that releases for a call keeps the lock for \
         `keep`: if it is back by then it goes on as if it had not released; if not, the lock is free and a waiter is woken.",
        "J. Crist-Harif, dask/distributed PR 5450 (sockets that do not block keep the GIL); issuegil.txt of bpo-7946",
        &[PARK, of("forced", "patience"), nanos("keep", 50_000)],
    ),
    &preset(
        Family::Interpreter,
        "aimd-gil",
        "a GIL whose interval follows the waits: additive increase, multiplicative decrease",
        "As CPython 3's lock, with its patience of one interval, which begins with `interval`. After every hundred waits it \
         is halved if more than one of them was longer than `target`, and else grows by a tenth of `interval`; it stays \
         between 10 us and 100 ms.",
        "no interpreter has it; the rule is that of TCP: D. Chiu, R. Jain, Computer Networks 17, 1989",
        &[PARK, of("forced", "patience"), of("controller", "aimd")],
    ),
    &preset(
        Family::Interpreter,
        "cost-gil",
        "a GIL whose interval is in proportion to what a switch costs",
        "As CPython 3's lock, with its patience of one interval, which is the mean time in which nobody works at a switch, \
         divided by `overhead`; it stays between 10 us and 100 ms.",
        "no interpreter has it; of turns of length q with switches of length h the share q / (q + h) is useful",
        &[PARK, of("forced", "patience"), of("controller", "cost")],
    ),
    &preset(
        Family::Interpreter,
        "ruby",
        "Ruby's lock up to 3.2: a strict queue, and a quantum of 100 ms",
        "free -> held by the first that asks.\n\
         waiter: sleeps in a queue, first in first out; one of them is the timer, and asks the holder to yield when it has \
         had the lock for `interval`.\n\
         holder: at its next check point it hands the lock to the first waiter and queues behind the last; so does a \
         release without queueing.",
        "Ruby thread_pthread.c (gvl_acquire, gvl_release, TIME_QUANTUM_MSEC 100)",
        &[HANDOFF, PARK, of("forced", "patience"), nanos("interval", 100_000_000)],
    ),
    &preset(
        Family::Interpreter,
        "ruby-delayed",
        "Ruby's lock with the proposed delay of the hand-off on blocking calls",
        "As `ruby`, but a thread that releases for a blocking call keeps the lock for `keep`, the tick of the timer thread: \
         if it returns by then there is no switch; if not, the timer hands the lock to the first waiter.",
        "ruby/ruby PR 15529, Delay GVL handoff on blocking operation",
        &[HANDOFF, PARK, of("forced", "patience"), nanos("interval", 100_000_000), nanos("keep", 10_000_000)],
    ),
    &preset(
        Family::Interpreter,
        "ocaml",
        "OCaml 4's master lock: a tick thread asks the holder to yield every 50 ms",
        "free -> held by whoever finds it free.\n\
         waiter: sleeps; woken, it takes the lock if it is free, else it sleeps again.\n\
         tick thread: every `interval`, whenever the holder took the lock, sets a flag; the holder yields at its next poll \
         if anybody waits, wakes the first waiter, and waits until it is woken itself.",
        "OCaml 4 otherlibs/systhreads/st_posix.h, st_stubs.c (Thread_timeout 50)",
        &[PARK, of("forced", "tick"), nanos("interval", 50_000_000)],
    ),
    &preset(
        Family::Lock,
        GENERAL,
        "the general lock: six axes, each a key of [lock]",
        "A. a release frees the lock for whoever comes first (`competitive`: it tells a spinning waiter and wakes a parked \
         one) or gives it to a waiter (`handoff`).\n\
         B. the next waiter is the `successor`; under `priority-inherited` the holder runs at the highest waiter's priority.\n\
         C. `restricted` admission: a release that finds two waiters or more sets the first aside; who is set aside comes \
         back when nobody else waits, last in first out, or for fairness, first in first out.\n\
         D. a waiter spins or parks, or both; under `owner-runs` it spins while the holder has a core.\n\
         E. `fairness`: now and then a release hands the lock to the waiter that has waited longest (of those set aside, if \
         any; under `local`, on another node).\n\
         F. `forced`: the holder is asked to release, which it does at its next check point.\n\
         The other policies of this kind are points in this space: they take the same keys, with other defaults.",
        "the taxonomy of LiTL (Guerraoui et al., TOCS 2019): release, successor, admission, waiting",
        &[],
    ),
    &preset(
        Family::Lock,
        "tas",
        "test-and-set: every waiter writes the lock's line all the time",
        "free -> held by any of those that try.\n\
         waiter: swaps in a loop. The releaser's store waits until each of them has been served, the next swap that succeeds \
         for half of them again.",
        "T. Anderson, IEEE TPDS 1(1), 1990",
        &[of("successor", "random"), of("spin_on", "hammered")],
    ),
    &preset(
        Family::Lock,
        "ttas",
        "test-and-test-and-set: waiters read the lock's line, and write it when it is free",
        "free -> held by any of those that see it free.\n\
         waiter: reads until the lock is free, then swaps. A release makes all of them read, and then write, the line.",
        "T. Anderson, IEEE TPDS 1(1), 1990",
        &[of("successor", "random"), of("spin_on", "written")],
    ),
    &preset(
        Family::Lock,
        "backoff",
        "test-and-set with exponential back-off",
        "free -> held by whoever looks first.\n\
         waiter: looks, and lets a pause go by that doubles from `backoff` to `backoff_cap`; nobody tells it of a release.",
        "multicore-locks/litl include/backoff.h: 2^9 to 2^20 - 1 iterations, here of one cycle",
        &[nanos("backoff", 213), nanos("backoff_cap", 436_907)],
    ),
    &preset(
        Family::Lock,
        "ticket",
        "ticket lock: first come first served, all waiters read one line",
        "A waiter takes a number and reads the line of the number that is served. A release writes it, and the line goes to \
         all readers, one after another, to the successor on average after half of them.",
        "S. Boyd-Wickizer et al., Non-scalable locks are dangerous, OLS 2012",
        &[HANDOFF, of("spin_on", "shared")],
    ),
    &preset(
        Family::Lock,
        "mcs",
        "MCS queue lock: first come first served, each waiter on its own line",
        "A waiter swaps itself into the tail, links itself to its predecessor and spins on its own node. A release reads \
         the link, which the successor wrote, and writes the successor's node: two lines.",
        "J. Mellor-Crummey, M. Scott, ACM TOCS 9(1), 1991",
        &[HANDOFF, TWO_LINES],
    ),
    &preset(
        Family::Lock,
        "clh",
        "CLH queue lock: first come first served, each waiter on its predecessor's line",
        "A waiter swaps itself into the tail and spins on its predecessor's node. A release writes its own node: one line.",
        "T. Craig 1993; P. Magnusson, A. Landin, E. Hagersten, IPPS 1994",
        &[HANDOFF],
    ),
    &preset(
        Family::Lock,
        "mcs-stp",
        "MCS whose waiters spin, then park: first come first served",
        "As `mcs`; a waiter that has spun for `spin`, about what a context switch costs, sleeps until it is woken as the \
         owner.",
        "multicore-locks/litl src/waiting_policy.h: 2,700 turns for a context switch of 9 us",
        &[HANDOFF, SPIN_THEN_PARK, nanos("spin", 9_000), TWO_LINES],
    ),
    &preset(
        Family::Lock,
        "mcs-tp",
        "time-published MCS: waiters that have lost their cores are passed over",
        "As `mcs`, but waiters write the time again and again, and a release goes to the first whose time is recent, which has \
         a core; the others keep their places. If none has one it goes to the first.",
        "B. He, W. Scherer, M. Scott, Preemption adaptivity in time-published queue-based spin locks, HiPC 2005",
        &[HANDOFF, of("successor", "running"), TWO_LINES],
    ),
    &preset(
        Family::Lock,
        "futex",
        "three-state futex mutex, glibc's NORMAL: barging, park at once",
        "The lock's word is 0 (free), 1 (taken) or 2 (taken, and somebody may sleep).\n\
         0 -> 1: taken by whoever finds it free.\n\
         waiter: writes 2, and has the lock if the word was 0; else it calls the kernel, which puts it to sleep if the word is \
         still 2, behind the others. Woken or not put to sleep, it does the same again, so who has waited holds it in state 2.\n\
         release: writes 0, and if the word was 2 wakes the first sleeper, should there be one.",
        "U. Drepper, Futexes are tricky, 2011; glibc nptl/lowlevellock.c",
        &[PARK, THREE_STATES],
    ),
    &preset(
        Family::Lock,
        "glibc-adaptive",
        "glibc's ADAPTIVE_NP mutex: spins for a time that it learns, then parks",
        "As `futex`, but who arrives first spins for twice the mean of earlier spins and a tenth of `spin`, at most for `spin` \
         (100 turns). Each turn is a compare-and-swap, which waits for the line behind those of others, up to glibc 2.35; later \
         ones read first (`spin_on = \"written\"`).",
        "glibc 2.15 to 2.35 nptl/pthread_mutex_lock.c (MAX_ADAPTIVE_COUNT 100)",
        &[
            of("waiting", "adaptive"),
            nanos("spin", 2_500),
            of("spin_if", "arriving"),
            of("spin_on", "hammered"),
            THREE_STATES,
        ],
    ),
    &preset(
        Family::Lock,
        "rust-std",
        "Rust's std::sync::Mutex: spins 100 turns, then parks",
        "As `futex`, but a waiter first spins for `spin`, as long as the word is 1, and again when it was woken in vain.",
        "rust-lang/rust library/std/src/sys/sync/mutex/futex.rs",
        &[SPIN_THEN_PARK, nanos("spin", 2_500), of("spin_if", "nobody-sleeps"), of("spin_on", "shared"), THREE_STATES],
    ),
    &preset(
        Family::Lock,
        "mutexee",
        "MUTEXEE: spins for longer, and looks before it wakes",
        "As `futex`, but who arrives spins for `spin` (8,192 cycles), each turn a swap, and a releaser looks for `wake_delay` \
         (384 cycles) whether somebody has taken the lock, and only if not wakes a sleeper. The change to shorter times after 128 \
         wake calls in 2,048 releases is left out.",
        "B. Falsafi et al., Unlocking energy, ATC 2016; multicore-locks/litl include/mutexee_in.h",
        &[
            SPIN_THEN_PARK,
            nanos("spin", 3_413),
            of("spin_if", "arriving"),
            nanos("wake_delay", 160),
            of("spin_on", "hammered"),
            THREE_STATES,
        ],
    ),
    &preset(
        Family::Lock,
        "linux-mutex",
        "the Linux kernel's mutex: spins while the holder runs, and hands over after a wake-up in vain",
        "free -> held by whoever finds it free.\n\
         waiter: spins in a queue of spinners (OSQ), each on its own line, as long as the holder has a core, at which it looks \
         every `spin`; then it sleeps. Woken in vain, it goes to the front, and spins again.\n\
         release: tells the first spinner, and wakes the first sleeper. If a sleeper was woken in vain the lock is handed \
         to that instead.",
        "Linux kernel/locking/mutex.c (mutex_optimistic_spin, MUTEX_FLAG_HANDOFF), osq_lock.c",
        &[
            of("waiting", "owner-runs"),
            nanos("spin", 2_000),
            TWO_LINES,
            of("requeue", "front"),
            of("fairness", "failed-wake"),
        ],
    ),
    &preset(
        Family::Lock,
        "linux-rwsem",
        "the Linux kernel's rw_semaphore among writers: spins while the holder runs, hands over after 4 ms",
        "As `linux-mutex`, but a release hands the lock over when a waiter has waited for longer than `fair_after`.",
        "Linux kernel/locking/rwsem.c (rwsem_optimistic_spin, RWSEM_WAIT_TIMEOUT = HZ / 250)",
        &[
            of("waiting", "owner-runs"),
            nanos("spin", 2_000),
            TWO_LINES,
            of("requeue", "front"),
            of("fairness", "wait"),
            nanos("fair_after", 4_000_000),
        ],
    ),
    &preset(
        Family::Lock,
        "wtf-lock",
        "WebKit's WTF::Lock: barging, with a fair release now and then",
        "free -> held by whoever finds it free.\n\
         waiter: yields 40 times while nobody is parked, then parks; woken in vain, it goes to the end of the queue.\n\
         release: wakes the first sleeper. When the clock of the lock has run out, which is set to U(0, 1 ms) each time, \
         it hands the lock to that instead.",
        "WebKit Source/WTF/wtf/LockAlgorithmInlines.h; webkit.org/blog/6161",
        &barging_with_a_parking_lot(10_320, "clock"),
    ),
    &preset(
        Family::Lock,
        "parking-lot",
        "Rust's parking_lot::Mutex: as WTF::Lock, with less spinning",
        "As `wtf-lock`; a waiter spins for three rounds of PAUSEs (2, 4 and 8) and yields seven times while nobody is parked, then \
         parks.",
        "Amanieu/parking_lot src/raw_mutex.rs, core/src/parking_lot.rs, core/src/spinwait.rs",
        &barging_with_a_parking_lot(2_156, "clock"),
    ),
    &preset(
        Family::Lock,
        "pymutex",
        "CPython's PyMutex: barging, until a waiter has waited for 1 ms",
        "As `wtf-lock`, but a release hands the lock to the first sleeper when that has waited for longer than `fair_after`. \
         In builds with the GIL `spin` is 0.",
        "CPython Python/lock.c (TIME_TO_BE_FAIR_NS, MAX_SPIN_COUNT 40)",
        &barging_with_a_parking_lot(10_320, "wait"),
    ),
    &preset(
        Family::Lock,
        "go-tristate",
        "the Go runtime's mutex up to 1.23: each release wakes a sleeper",
        "free -> held by whoever finds it free.\n\
         waiter: four rounds of 30 PAUSEs and a yield, then it sleeps on the lock's futex, of which Linux wakes the first; woken in \
         vain, it spins again.\n\
         release: wakes a sleeper, even if another waiter is awake.",
        "golang/proposal design/68578-mutex-spinbit.md; golang/go src/runtime/lock_futex_tristate.go",
        &[SPIN_THEN_PARK, nanos("spin", 3_258), of("spin_on", "written")],
    ),
    &preset(
        Family::Lock,
        "go-spinbit",
        "the Go runtime's mutex from 1.24: at most one waiter spins",
        "free -> held by whoever finds it free.\n\
         waiter: spins as under `go-tristate` if nobody else does, and sleeps on top of a stack.\n\
         release: wakes the top of the stack unless a waiter spins; with probability `fair_chance` (1 in 16, mutexTailWakePeriod) \
         it wakes the bottom, whoever spins.",
        "golang/proposal design/68578-mutex-spinbit.md; golang/go src/runtime/lock_spinbit.go",
        &[
            SPIN_THEN_PARK,
            nanos("spin", 3_258),
            of("spin_if", "nobody-spins"),
            of("successor", "lifo"),
            of("wake", "unless-spins"),
            of("fairness", "chance"),
            ("fair_chance", Value::Number(1.0 / 16.0)),
            of("fair_release", "wake"),
        ],
    ),
    &preset(
        Family::Lock,
        "java-nonfair",
        "Java's ReentrantLock: barging, and only the head of the queue is awake",
        "free -> held by whoever finds it free.\n\
         waiter: parks in a queue; the first, when unparked, tries, and parks again at the head.\n\
         release: frees the lock and unparks the first, unless that is awake already.",
        "java.util.concurrent.locks.AbstractQueuedSynchronizer, JDK 17",
        &[PARK, of("requeue", "front"), of("wake", "unless-awake")],
    ),
    &preset(
        Family::Lock,
        "java-fair",
        "Java's ReentrantLock(true): nobody overtakes",
        "As `java-nonfair`, but who arrives queues if anybody does: the lock goes to the first of the queue, which has to \
         wake up for it.",
        "java.util.concurrent.locks.ReentrantLock, JDK 17",
        &[HANDOFF, PARK],
    ),
    &preset(
        Family::Lock,
        "malthusian",
        "Malthusian MCS: waiters that are not needed are set aside",
        "As `mcs-stp`; a release that finds two waiters or more sets the first aside. When nobody else \
         waits, the one set aside last comes back; with probability `fair_chance` the one set aside first has the lock.",
        "D. Dice, Malthusian locks, EuroSys 2017; multicore-locks/litl src/malthusian.c",
        &[
            HANDOFF,
            SPIN_THEN_PARK,
            nanos("spin", 9_000),
            TWO_LINES,
            of("admission", "restricted"),
            of("fairness", "chance"),
        ],
    ),
    &preset(
        Family::Lock,
        "cohort",
        "cohort lock of ticket locks: stays on a NUMA node for a batch",
        "Waiters of a node share a ticket lock, the nodes one above it. A release hands the lock to a waiter of its node, \
         up to `fair_count` acquisitions in a row, then to the first of another node.",
        "D. Dice, V. Marathe, N. Shavit, Lock cohorting, PPoPP 2012; multicore-locks/litl include/cbomcs.h (100)",
        &[HANDOFF, of("successor", "local"), of("spin_on", "shared"), of("fairness", "count")],
    ),
    &preset(
        Family::Lock,
        "hmcs",
        "hierarchical MCS: as cohort, each waiter on its own line",
        "As `cohort`, with a queue for each node and one of nodes; a threshold of `fair_count` acquisitions.",
        "M. Chabbi, M. Fagan, J. Mellor-Crummey, PPoPP 2015; multicore-locks/litl include/hmcs.h (100)",
        &[HANDOFF, of("successor", "local"), TWO_LINES, of("fairness", "count")],
    ),
    &preset(
        Family::Lock,
        "cna",
        "compact NUMA-aware MCS: remote waiters go to a second queue",
        "As `hmcs`; with probability `fair_chance` a release goes to the first of another node.",
        "D. Dice, A. Kogan, arXiv 1810.05600 (threshold 0xffff)",
        &[
            HANDOFF,
            of("successor", "local"),
            TWO_LINES,
            of("fairness", "chance"),
            ("fair_chance", Value::Number(1.0 / 65536.0)),
        ],
    ),
    &preset(
        Family::Lock,
        "shuffle",
        "shuffling lock: test-and-set on top of a queue that waiters reorder by node",
        "free -> held by the head of the queue, or by who comes first.\n\
         waiter: spins in a queue which the one at its head keeps ordered by node, off the critical path.\n\
         After `fair_count` acquisitions on one node the first of another node has the lock.",
        "S. Kashyap et al., SOSP 2019; sslab-gatech/shfllock (MAX_SHUFFLES 1024)",
        &[of("successor", "local"), of("fairness", "count"), ("fair_count", Value::Count(1024))],
    ),
    &preset(
        Family::Lock,
        "min-usage",
        "the waiter that has held the lock for the shortest time is next",
        "A release hands the lock to the waiter with the smallest sum of hold times, divided by its weight.",
        "no library has it; the virtual runtime of Linux's CFS (kernel/sched/fair.c), applied to a lock",
        &[HANDOFF, of("successor", "min-usage")],
    ),
    &preset(
        Family::Lock,
        "lottery",
        "the next waiter is drawn, with chances in proportion to the weights",
        "A release draws a waiter and hands it the lock.",
        "C. Waldspurger, W. Weihl, Lottery scheduling, OSDI 1994",
        &[HANDOFF, of("successor", "lottery")],
    ),
    &preset(
        Family::Lock,
        "priority",
        "the waiter with the highest priority is next",
        "A release hands the lock to the waiter with the highest `priority`, of equal ones to the first.",
        "L. Sha, R. Rajkumar, J. Lehoczky, IEEE TC 39(9), 1990",
        &[HANDOFF, of("successor", "priority")],
    ),
    &preset(
        Family::Lock,
        "pi-futex",
        "the priority-inheriting futex: the highest waiter is next, and its holder runs at that priority",
        "A release hands the lock to the waiter with the highest priority, of equal ones to the first. The holder, or the \
         heir until it runs, has the highest priority of its own and of the waiters', which may be inherited in turn; the \
         scheduler `priority` goes by it.",
        "Linux kernel/locking/rtmutex.c, Documentation/locking/pi-futex.rst; L. Sha, R. Rajkumar, J. Lehoczky, IEEE TC 39(9), 1990",
        &[HANDOFF, PARK, of("successor", "priority-inherited")],
    ),
    &preset(
        Family::Control,
        "lifo",
        "control: the waiter that came last is next",
        "A release hands the lock to the last of the queue.",
        "L. Kleinrock, Queueing Systems II, 1976, 3.4: where hand-offs cost nothing no order changes the mean wait",
        &[HANDOFF, of("successor", "lifo")],
    ),
    &preset(
        Family::Control,
        "random",
        "control: any waiter is next",
        "A release hands the lock to any waiter, with equal chances.",
        "L. Kleinrock, Queueing Systems II, 1976, 3.4: where hand-offs cost nothing no order changes the mean wait",
        &[HANDOFF, of("successor", "random")],
    ),
];
