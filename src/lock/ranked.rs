//! GILs that rank threads: the proposals that answered the convoy effect of CPython 3.2.
//!
//! All of them let a waiter that ranks before the holder have the lock at the holder's next check point, where CPython
//! waits for a whole interval. They differ in the rank:
//!
//! * *Levels* (Beazley's, and the one of bpo-8299): a thread that gives the lock up of its own accord is on the highest
//!   level; each time that it is made to it falls by one. Beazley has two levels.
//! * *Deadlines* (the BFS patch of bpo-7946): a thread has a deadline and a slice. Once it has used up the slice its
//!   deadline is one slice from now; whoever has the earliest deadline is first. A thread that uses little of the lock
//!   keeps an early deadline, one that only pretends to be interactive does not.
//!
//! Among equals the holder is asked when it has had the lock for an interval. A release frees the lock and wakes the first
//! waiter; whoever is first has it. A holder that was made to release queues, and the lock is handed to the first waiter.

use std::collections::BTreeSet;

use super::line::pay;
use super::policy::{AnyPolicy, Cause, Cost, Free, PerThread, Policy, Step, World};
use super::preset::{Family, Parameter, ParameterKind, Preset, Setting};
use crate::kernel::Nanos;
use crate::machine::ThreadId;

const fn interval(default: Nanos, doc: &'static str) -> Parameter {
    Parameter { name: "switch_interval", kind: ParameterKind::Duration { default, minimum: 100 }, doc }
}

const LEVELS: &[Parameter] = &[
    interval(5_000_000, "how long a holder has the lock before it is asked to make room for an equal"),
    Parameter { name: "levels", kind: ParameterKind::Count { default: 2 }, doc: "number of levels" },
];

const fn levels(
    name: &'static str,
    summary: &'static str,
    source: &'static str,
    defaults: &'static [(&'static str, super::Value)],
) -> Preset {
    Preset {
        name,
        family: Family::Interpreter,
        summary,
        description: "\
            free -> held by whoever finds it free.\n\
            waiter: sleeps; those of a higher level go first, of equals the one that came first. If it is of a higher level \
            than the holder it asks at once, else when the holder has had the lock for `switch_interval`.\n\
            holder: at its next check point after a request it falls by a level, of `levels`; if a waiter is at least as \
            high, the lock is handed to that, and the holder queues.\n\
            A release of its own accord brings a thread to the highest level.",
        source,
        parameters: LEVELS,
        defaults,
        make: |setting, _| AnyPolicy::Ranked(Ranked::new(setting)),
    }
}

/// The priority GIL of D. Beazley.
pub const BEAZLEY: Preset = levels(
    "beazley-gil",
    "Beazley's priority GIL: threads that are made to release it are CPU-bound, the others go first",
    "bugs.python.org/issue7946; D. Beazley, dabeaz.blogspot.com, February 2010",
    &[],
);

/// The priority GIL of bpo-8299.
pub const PRIORITY: Preset = levels(
    "priority-gil",
    "the priority GIL proposed for CPython 2.7: n levels, waiters of I/O go first",
    "bugs.python.org/issue8299 (K. Jonsson, 2010); a check every 100 ticks of 4 ns",
    &[("switch_interval", super::Value::Duration(400)), ("levels", super::Value::Count(4))],
);

/// The BFS patch.
pub const BFS: Preset = Preset {
    name: "bfs-gil",
    family: Family::Interpreter,
    summary: "the BFS patch: a scheduler in place of the lock, by virtual deadlines",
    description: "\
        free -> held by whoever finds it free.\n\
        waiter: sleeps; the one with the earliest deadline goes first. If it is before the holder's it asks at once.\n\
        thread: when it has held the lock for `switch_interval` in all, its deadline is `switch_interval` from now, and the \
        count begins again.\n\
        holder: at its next check point after a request it hands the lock to a waiter with an earlier deadline, if there \
        is one, and queues.",
    source: "bugs.python.org/issue7946, bfs.patch (M. Abdelhafez, N. Aides); N. Aides, python-dev, May 2010",
    parameters: &[interval(10_000_000, "the slice, and the distance of a new deadline")],
    defaults: &[],
    make: |setting, _| AnyPolicy::Ranked(Ranked::new(setting)),
};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Away,
    /// It sleeps in the queue.
    Queued,
    /// It has been woken.
    Woken,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Standing {
    phase: Phase,
    /// Its level, 0 the highest, or its deadline: smaller ones go first.
    rank: u64,
    /// How much of its slice it has used.
    used: Nanos,
    /// Whether it has a deadline.
    known: bool,
    /// Its place among waiters of its rank.
    arrival: u64,
}

/// One lock.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    interval: Nanos,
    /// The lowest level; `None` for deadlines.
    lowest: Option<u64>,
    asked: bool,
    taken_at: Nanos,
    last: Option<ThreadId>,
    heir: Option<ThreadId>,
    /// The waiters by rank, which stays as it is while they wait, and among equals by arrival.
    queue: BTreeSet<(u64, u64, ThreadId)>,
    arrivals: u64,
    standings: PerThread<Standing>,
}

impl Ranked {
    /// A free lock.
    pub fn new(setting: &Setting) -> Self {
        let levels = (setting.preset.name != BFS.name).then(|| setting.count("levels"));
        Self {
            interval: setting.duration("switch_interval"),
            lowest: levels.map(|levels| levels - 1),
            asked: false,
            taken_at: 0,
            last: None,
            heir: None,
            queue: BTreeSet::new(),
            arrivals: 0,
            standings: PerThread::default(),
        }
    }

    fn rank(&self, thread: ThreadId) -> u64 {
        self.standings.get(thread).rank
    }

    /// Takes the lock, or queues for it.
    fn try_take<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        let standing = self.standings.get(thread);
        if world.holder().is_some() || self.heir.is_some_and(|heir| heir != thread) {
            if standing.phase == Phase::Woken {
                world.record_wasted_wake_up();
            }
            return self.queue(world, thread);
        }
        if standing.phase == Phase::Queued {
            self.queue.remove(&(standing.rank, standing.arrival, thread));
        }
        self.heir = None;
        world.take(thread);
        pay(world, self.last, thread, 1);
        self.last = Some(thread);
        self.taken_at = world.now();
        self.standings.set(thread, Standing { phase: Phase::Away, ..standing });
        self.asked = false;
        world.calm();
        self.look(world);
        Step::Enter
    }

    fn queue<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.arrivals += 1;
        let (standing, arrival) = (self.standings.get(thread), self.arrivals);
        self.queue.insert((standing.rank, arrival, thread));
        self.standings.set(thread, Standing { phase: Phase::Queued, arrival, ..standing });
        self.look(world);
        let sleep = world.cost(Cost::SleepCall);
        world.charge(sleep);
        Step::Park
    }

    /// Asks the holder to make room if a waiter is to have the lock now, and looks again when one may be.
    fn look<W: World>(&mut self, world: &mut W) {
        let Some(holder) = world.holder().filter(|_| !self.asked) else { return };
        let Some(&(waits, ..)) = self.queue.first() else { return };
        let holds = self.rank(holder);
        let over = self.taken_at.saturating_add(self.left(holder));
        if waits < holds || world.now() >= over {
            self.asked = true;
            world.record_drop_request();
            world.interrupt();
        } else {
            world.set_alarm(over);
        }
    }

    /// How much of its turn a holder had left when it took the lock.
    fn left(&self, holder: ThreadId) -> Nanos {
        match self.lowest {
            Some(_) => self.interval,
            None => self.interval.saturating_sub(self.standings.get(holder).used),
        }
    }

    /// Wakes the first waiter, as the owner or not.
    fn wake_first<W: World>(&mut self, world: &mut W, as_owner: bool) {
        let Some((.., first)) = self.queue.pop_first() else { return };
        let standing = self.standings.get(first);
        self.standings.set(first, Standing { phase: Phase::Woken, ..standing });
        if as_owner {
            self.heir = Some(first);
            world.record_heir(first);
        }
        world.wake(first);
    }

    /// Ranks a thread anew that has held the lock until now.
    fn rerank<W: World>(&mut self, world: &W, thread: ThreadId, why: Free) {
        let now = world.now();
        let standing = self.standings.get(thread);
        let used = standing.used + (now - self.taken_at);
        self.taken_at = now;
        let (rank, used) = match (self.lowest, why) {
            (Some(lowest), Free::Forced) => ((standing.rank + 1).min(lowest), 0),
            (Some(_), _) => (0, 0),
            (None, _) if used >= self.interval => (now.saturating_add(self.interval), 0),
            (None, _) => (standing.rank, used),
        };
        let standing = Standing { rank, used, ..standing };
        self.standings.set(thread, if why == Free::Exit { Standing::default() } else { standing });
    }
}

impl Policy for Ranked {
    fn request<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        let standing = self.standings.get(thread);
        if !standing.known {
            let rank = if self.lowest.is_some() { 0 } else { world.now().saturating_add(self.interval) };
            self.standings.set(thread, Standing { rank, known: true, ..standing });
        }
        self.try_take(world, thread)
    }

    fn resume<W: World>(&mut self, world: &mut W, thread: ThreadId, _cause: Cause) -> Step {
        self.try_take(world, thread)
    }

    fn release<W: World>(&mut self, world: &mut W, thread: ThreadId, why: Free) -> Step {
        world.free(why);
        self.rerank(world, thread, why);
        self.wake_first(world, false);
        Step::Leave
    }

    fn check_point<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        if !std::mem::take(&mut self.asked) {
            return Step::Enter;
        }
        world.calm();
        self.rerank(world, thread, Free::Forced);
        if self.queue.first().is_none_or(|&(first, ..)| first > self.rank(thread)) {
            self.look(world);
            return Step::Enter;
        }
        world.free(Free::Forced);
        self.wake_first(world, true);
        self.queue(world, thread)
    }

    fn alarm<W: World>(&mut self, world: &mut W) {
        self.look(world);
    }
}
