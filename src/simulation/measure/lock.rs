//! What is measured of a lock: where its time goes, how it changes hands, who queues for it.
//!
//! **Contract.** [`LockMeasures::settle`] is called before anything changes that it accounts for: the number of waiters,
//! the number of sleepers, the holder and what that does. All times are whole nanoseconds.

use super::extras::LockExtras;
use crate::kernel::Nanos;
use crate::kernel::tour::{Tour, Visitor};
use crate::lock::policy::Free;
use crate::machine::ThreadId;
use crate::simulation::Extras;
use crate::simulation::thread::State;

/// What a lock is doing, or its holder with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::simulation) enum Phase {
    /// Nobody holds it.
    #[default]
    Free,
    /// It was given to a thread, or is kept for one, that has not run since.
    Granted,
    /// Its holder runs Python code or a C call.
    Useful,
    /// Its holder runs something else: it pays for a service of the operating system or of the lock.
    Overhead,
    /// Its holder, having run with it, has no core.
    Off,
}

impl Phase {
    /// The phase of a lock whose holder comes into a state.
    fn of(state: State, before: Self) -> Self {
        match state {
            State::Python | State::Native => Self::Useful,
            State::Overhead | State::StartUp | State::Spinning => Self::Overhead,
            _ if before == Self::Granted => Self::Granted,
            _ => Self::Off,
        }
    }
}

/// How a lock that others waited for came to its next holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::simulation) enum HandOff {
    /// The thread that had released it took it again.
    Again,
    /// A thread took it that was awake when it became free, or asked later.
    Barge,
    /// A thread took it that was asleep when it became free.
    Wake,
    /// The one that released it gave it to a waiter.
    Direct,
}

impl HandOff {
    /// Number of kinds.
    pub(in crate::simulation) const COUNT: usize = 4;
}

/// How often, and how long the lock waited for its next holder to run.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::simulation) struct Gaps {
    pub(in crate::simulation) count: u64,
    pub(in crate::simulation) time: Nanos,
}

/// Where a lock's time goes: every nanosecond of it is in exactly one of these.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::simulation) struct LockTime {
    /// [`Phase::Useful`].
    pub(in crate::simulation) useful: Nanos,
    /// [`Phase::Overhead`].
    pub(in crate::simulation) overhead: Nanos,
    /// [`Phase::Off`].
    pub(in crate::simulation) idle_held: Nanos,
    /// [`Phase::Granted`].
    pub(in crate::simulation) granted: Nanos,
    /// [`Phase::Free`] while somebody waits.
    pub(in crate::simulation) free_wanted: Nanos,
    /// [`Phase::Free`] while nobody waits.
    pub(in crate::simulation) unused: Nanos,
}

impl LockTime {
    /// The time in which it was held by a thread that had begun to run with it.
    pub(in crate::simulation) fn held(&self) -> Nanos {
        self.useful + self.overhead + self.idle_held
    }
}

/// The time that threads slept for a lock, by what the lock was doing: every nanosecond of it is in exactly one of these.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::simulation) struct SleepTime {
    /// Its holder ran.
    pub(in crate::simulation) serial: Nanos,
    /// It was free, or given to a thread that had not run since.
    pub(in crate::simulation) hand_off: Nanos,
    /// Its holder had no core.
    pub(in crate::simulation) idle_held: Nanos,
}

/// Convoys that have ended or were still there at the end.
///
/// A convoy is a time from one release to another in which every release found a waiter, and in which the lock changed its
/// owner at least as often as there are threads: each leaves the queue only to queue again.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::simulation) struct Convoys {
    pub(in crate::simulation) count: u64,
    pub(in crate::simulation) time: Nanos,
    pub(in crate::simulation) longest: Nanos,
    /// When the first began, since the start of the run.
    pub(in crate::simulation) onset: Option<Nanos>,
    /// The most waiters.
    pub(in crate::simulation) most: u64,
    /// From the most waiters to the release that found none, for those that ended.
    pub(in crate::simulation) recovery: Nanos,
    pub(in crate::simulation) recovered: u64,
}

/// What may become a convoy: every release since found a waiter.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Crowd {
    since: Nanos,
    owner_changes: u64,
    most: u64,
    most_at: Nanos,
}

/// What goes on when measuring begins anew.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Live {
    /// Up to when the accounts are written.
    changed: Nanos,
    phase: Phase,
    /// Threads that sleep for it.
    sleepers: u64,
    freed: Nanos,
    /// Whether somebody waited when it was last released.
    handing_over: bool,
    /// For whom it is kept.
    heir: Option<ThreadId>,
    taken: Nanos,
    /// Up to when the present hold is written to the holder's share.
    held_from: Nanos,
    /// How often its present owner has taken it in a row.
    run: u64,
    crowd: Option<Crowd>,
}

/// What is measured of a lock.
#[derive(Debug, Default)]
pub(in crate::simulation) struct LockMeasures {
    live: Live,
    pub(in crate::simulation) time: LockTime,
    pub(in crate::simulation) asleep: SleepTime,
    pub(in crate::simulation) acquisitions: u64,
    pub(in crate::simulation) contended: u64,
    pub(in crate::simulation) switches_voluntary: u64,
    pub(in crate::simulation) switches_forced: u64,
    pub(in crate::simulation) checks: u64,
    pub(in crate::simulation) drop_requests: u64,
    pub(in crate::simulation) wake_ups: u64,
    pub(in crate::simulation) wake_calls_empty: u64,
    pub(in crate::simulation) wasted_wake_ups: u64,
    /// Sum of all waits, those that go on included, clipped at the end of the warm-up.
    pub(in crate::simulation) waited: u128,
    /// Time integral of the number of waiters.
    pub(in crate::simulation) queue: u128,
    /// The most waiters.
    pub(in crate::simulation) queue_max: u64,
    /// Requests, and the waiters that they found.
    pub(in crate::simulation) requests: u64,
    pub(in crate::simulation) found_waiting: u64,
    /// By kind.
    pub(in crate::simulation) hand_offs: [Gaps; HandOff::COUNT],
    /// Runs of acquisitions by the same thread that have ended, and the acquisitions in them.
    pub(in crate::simulation) owner_runs: u64,
    pub(in crate::simulation) owner_run_sum: u64,
    pub(in crate::simulation) owner_run_max: u64,
    pub(in crate::simulation) convoys: Convoys,
    pub(in crate::simulation) extras: Option<Box<LockExtras>>,
}

/// What there is of a lock's measures beside sums; see [`LockMeasures::standing`].
#[derive(Debug, PartialEq)]
pub(in crate::simulation) struct Standing {
    live: Live,
    queue_max: u64,
    owner_run_max: u64,
    convoys: Convoys,
}

/// Who takes a lock.
#[derive(Debug, Clone, Copy)]
pub(in crate::simulation) struct Taker {
    pub(in crate::simulation) thread: ThreadId,
    pub(in crate::simulation) group: u32,
    /// What it does: one without a core has been given the lock.
    pub(in crate::simulation) state: State,
    /// Whether another thread gave it the lock.
    pub(in crate::simulation) given: bool,
    /// Since when it has waited.
    pub(in crate::simulation) since: Nanos,
    /// When it was last woken.
    pub(in crate::simulation) woken: Nanos,
    /// Whether another thread had the lock before.
    pub(in crate::simulation) switched: bool,
    /// How that had released it.
    pub(in crate::simulation) freed: Free,
}

impl LockMeasures {
    pub(super) fn new(extras: Extras) -> Self {
        Self { extras: LockExtras::new(extras).map(Box::new), ..Self::default() }
    }

    /// Begins anew.
    pub(super) fn reset(&mut self, now: Nanos) {
        let mut extras = self.extras.take();
        if let Some(extras) = &mut extras {
            extras.reset(now);
        }
        *self = Self { live: self.live, extras, ..Self::default() };
    }

    /// Writes the time since the last change to the accounts.
    #[inline(always)]
    pub(in crate::simulation) fn settle(&mut self, now: Nanos, waiting: u64) {
        let elapsed = now - self.live.changed;
        if elapsed == 0 {
            return;
        }
        self.live.changed = now;
        let slept = self.live.sleepers * elapsed;
        let (time, sleep) = match self.live.phase {
            Phase::Free if waiting == 0 => (&mut self.time.unused, &mut self.asleep.hand_off),
            Phase::Free => (&mut self.time.free_wanted, &mut self.asleep.hand_off),
            Phase::Granted => (&mut self.time.granted, &mut self.asleep.hand_off),
            Phase::Useful => (&mut self.time.useful, &mut self.asleep.serial),
            Phase::Overhead => (&mut self.time.overhead, &mut self.asleep.serial),
            Phase::Off => (&mut self.time.idle_held, &mut self.asleep.idle_held),
        };
        *time += elapsed;
        *sleep += slept;
        self.queue += u128::from(waiting) * u128::from(elapsed);
    }

    /// A thread falls asleep for the lock, or wakes up.
    #[inline(always)]
    pub(in crate::simulation) fn sleeps(&mut self, asleep: bool) {
        self.live.sleepers = if asleep { self.live.sleepers + 1 } else { self.live.sleepers - 1 };
    }

    /// The holder comes into a state.
    #[inline(always)]
    pub(in crate::simulation) fn holder_in(&mut self, state: State, now: Nanos) {
        let before = self.live.phase;
        self.live.phase = Phase::of(state, before);
        if before == Phase::Granted && self.live.phase != Phase::Granted {
            (self.live.taken, self.live.held_from) = (now, now);
            if self.live.handing_over {
                self.hand_offs[HandOff::Direct as usize].time += now - self.live.freed;
            }
        }
    }

    /// Whether its holder runs.
    pub(in crate::simulation) fn runs(&self) -> bool {
        matches!(self.live.phase, Phase::Useful | Phase::Overhead)
    }

    /// A thread begins to wait. It `asks` unless it has only been made to give the lock up for a while.
    #[inline(always)]
    pub(in crate::simulation) fn requested(&mut self, thread: ThreadId, waiting: u64, asks: bool, now: Nanos) {
        if asks {
            self.requests += 1;
            self.found_waiting += waiting;
        }
        let waiting_now = waiting + 1;
        self.queue_max = self.queue_max.max(waiting_now);
        if let Some(crowd) = self.live.crowd.as_mut().filter(|crowd| waiting_now > crowd.most) {
            (crowd.most, crowd.most_at) = (waiting_now, now);
        }
        if let Some(extras) = &mut self.extras {
            extras.requested(thread, waiting, now);
        }
    }

    /// The lock, just released, is kept for a waiter.
    #[inline(always)]
    pub(in crate::simulation) fn kept_for(&mut self, heir: ThreadId) {
        if self.live.phase == Phase::Free {
            self.live.phase = Phase::Granted;
            self.live.heir = Some(heir);
        }
    }

    /// A waiter takes the lock; whether it has waited for another thread. Measuring began at `from`.
    #[inline(always)]
    pub(in crate::simulation) fn taken(&mut self, taker: &Taker, from: Nanos, now: Nanos) -> bool {
        let Taker { thread, state, given, since, woken, switched, freed, .. } = *taker;
        self.live.phase = Phase::of(state, if given { Phase::Granted } else { Phase::Overhead });
        let given = given || self.live.heir.take() == Some(thread);
        (self.live.taken, self.live.held_from) = (now, now);
        self.own(switched);
        self.acquisitions += 1;
        if self.live.handing_over {
            let kind = match (given, switched) {
                (true, _) => HandOff::Direct,
                (false, false) => HandOff::Again,
                _ if woken >= self.live.freed => HandOff::Wake,
                _ => HandOff::Barge,
            };
            let gaps = &mut self.hand_offs[kind as usize];
            gaps.count += 1;
            if self.live.phase != Phase::Granted {
                gaps.time += now - self.live.freed;
            }
            if switched && let Some(crowd) = &mut self.live.crowd {
                crowd.owner_changes += 1;
            }
        }
        match freed {
            Free::Forced if switched => self.switches_forced += 1,
            _ if switched => self.switches_voluntary += 1,
            _ => {}
        }
        self.waited += u128::from(now - since.clamp(from, now));
        // A holder that takes the lock back at a check point has not waited for anybody.
        let contended = since < now && (switched || freed != Free::Forced);
        self.contended += u64::from(contended);
        contended
    }

    #[inline(always)]
    fn own(&mut self, switched: bool) {
        if switched {
            self.note_run();
            self.owner_runs += 1;
            self.owner_run_sum += self.live.run;
            self.live.run = 0;
        }
        self.live.run += 1;
    }

    /// The present owner may be the one that has taken the lock most often in a row, if it has done so since measuring began.
    fn note_run(&mut self) {
        if self.acquisitions > 0 {
            self.owner_run_max = self.owner_run_max.max(self.live.run);
        }
    }

    /// The holder releases the lock, for which `waiting` others wait; so many threads live in its process.
    #[inline(always)]
    pub(in crate::simulation) fn freed(&mut self, waiting: u64, living: u64, from: Nanos, now: Nanos) {
        self.live.phase = Phase::Free;
        self.live.freed = now;
        self.live.handing_over = waiting > 0;
        if waiting == 0 {
            self.end_crowd(living, from, now, true);
        } else if self.live.crowd.is_none() {
            self.live.crowd = Some(Crowd { since: now, owner_changes: 0, most: waiting, most_at: now });
        }
    }

    /// What is neither a sum nor an extra: what goes on, and maxima.
    pub(in crate::simulation) fn standing(&self) -> Standing {
        Standing {
            live: Live { run: 0, ..self.live },
            queue_max: self.queue_max,
            owner_run_max: self.owner_run_max,
            convoys: self.convoys,
        }
    }

    /// How often the lock has changed its owner, and how often its present one has taken it in a row.
    pub(in crate::simulation) fn ownership(&self) -> (u64, u64) {
        (self.owner_runs, self.live.run)
    }

    /// How long the lock has been held by the one who took it last.
    pub(in crate::simulation) fn hold(&self, now: Nanos) -> Nanos {
        now - self.live.taken
    }

    /// A waiter is gone without having got the lock.
    pub(in crate::simulation) fn left(&mut self, thread: ThreadId, now: Nanos) {
        if let Some(extras) = &mut self.extras {
            extras.left(thread, now);
        }
    }

    /// The process ends, and nobody holds the lock any more or waits for it.
    pub(in crate::simulation) fn abandoned(&mut self, living: u64, from: Nanos, now: Nanos) {
        self.end_crowd(living, from, now, false);
        self.note_run();
        self.live = Live { changed: now, sleepers: self.live.sleepers, ..Live::default() };
        if let Some(extras) = &mut self.extras {
            extras.abandoned(now);
        }
    }

    /// Measuring ends, for now or for good: what may be a convoy is counted up to here and goes on.
    pub(in crate::simulation) fn finish(&mut self, living: u64, from: Nanos, now: Nanos) {
        let crowd = self.live.crowd;
        self.end_crowd(living, from, now, false);
        self.live.crowd = crowd;
        self.note_run();
        if let Some(extras) = &mut self.extras {
            extras.finish();
        }
    }

    fn end_crowd(&mut self, living: u64, from: Nanos, now: Nanos, dissolved: bool) {
        let Some(crowd) = self.live.crowd.take().filter(|crowd| crowd.owner_changes >= living.max(2)) else { return };
        let time = now - crowd.since.max(from);
        let convoys = &mut self.convoys;
        convoys.count += 1;
        convoys.time += time;
        convoys.longest = convoys.longest.max(time);
        convoys.onset = convoys.onset.or(Some(crowd.since));
        convoys.most = convoys.most.max(crowd.most);
        if dissolved {
            convoys.recovered += 1;
            convoys.recovery += now - crowd.most_at;
        }
    }

    /// How long the holder has held the lock since that was last asked, or since it took it.
    #[inline(always)]
    pub(in crate::simulation) fn held_since_last_asked(&mut self, now: Nanos) -> Nanos {
        now - std::mem::replace(&mut self.live.held_from, now)
    }
}

/// All but the extras.
impl Tour for LockMeasures {
    fn tour(&mut self, visitor: &mut impl Visitor) {
        let Live { changed, freed, taken, held_from, crowd, run, .. } = &mut self.live;
        for moment in [changed, freed, taken, held_from] {
            visitor.moment(moment);
        }
        visitor.sums([run]);
        if let Some(Crowd { since, owner_changes, most_at, .. }) = crowd {
            visitor.moment(since);
            visitor.moment(most_at);
            visitor.sums([owner_changes]);
        }
        let LockTime { useful, overhead, idle_held, granted, free_wanted, unused } = &mut self.time;
        visitor.sums([useful, overhead, idle_held, granted, free_wanted, unused]);
        let SleepTime { serial, hand_off, idle_held } = &mut self.asleep;
        visitor.sums([serial, hand_off, idle_held]);
        visitor.sums([&mut self.acquisitions, &mut self.contended, &mut self.requests, &mut self.found_waiting]);
        visitor.sums([&mut self.switches_voluntary, &mut self.switches_forced, &mut self.owner_runs]);
        visitor.sums([&mut self.checks, &mut self.drop_requests, &mut self.owner_run_sum]);
        visitor.sums([&mut self.wake_ups, &mut self.wake_calls_empty, &mut self.wasted_wake_ups]);
        visitor.long_sums([&mut self.waited, &mut self.queue]);
        for Gaps { count, time } in &mut self.hand_offs {
            visitor.sums([count, time]);
        }
        let Convoys { count, time, recovery, recovered, .. } = &mut self.convoys;
        visitor.sums([count, time, recovery, recovered]);
    }
}
