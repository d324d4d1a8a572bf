//! The axes of the general lock: the keys of `[lock]`, their values, and what they mean.

use crate::kernel::Nanos;
use crate::lock::preset::{Parameter, ParameterKind, Setting};

/// An axis whose values are names.
macro_rules! axis {
    ($(#[$about:meta])* $name:ident { $($(#[$meaning:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum $name { $($(#[$meaning])* $variant),+ }

        impl $name {
            const NAMES: &'static [&'static str] = &[$($text),+];

            fn of(setting: &Setting, axis: &str) -> Self {
                match setting.choice(axis) {
                    $($text => Self::$variant,)+
                    other => unreachable!("{axis} cannot be {other}"),
                }
            }
        }
    };
}

axis! {
    /// What a release does.
    Release {
        /// It makes the lock free; whoever comes first has it.
        Competitive = "competitive",
        /// It gives the lock to a waiter; the lock is never free while somebody waits.
        HandOff = "handoff",
    }
}

axis! {
    /// Which waiter is next.
    Successor {
        Fifo = "fifo",
        Lifo = "lifo",
        Random = "random",
        /// The highest priority, then the one that came first.
        Priority = "priority",
        /// The first on the NUMA node of the one who releases, else the first.
        Local = "local",
        /// The one that has held the lock for the shortest time so far, for its weight.
        MinUsage = "min-usage",
        /// Drawn with chances in proportion to the weights.
        Lottery = "lottery",
        /// The first that has a core, else the first.
        Running = "running",
        /// As `priority`, and the holder runs at the highest priority of the waiters.
        Inherited = "priority-inherited",
    }
}

axis! {
    /// Who may compete.
    Admission {
        Open = "open",
        /// Waiters that are not needed to keep the lock busy are set aside (Malthusian).
        Restricted = "restricted",
    }
}

axis! {
    /// What a waiter does.
    Waiting {
        Spin = "spin",
        Park = "park",
        /// It spins for `spin`, then parks.
        SpinThenPark = "spin-then-park",
        /// The same for a time learnt from earlier waits, at most `spin`.
        Adaptive = "adaptive",
        /// It spins as long as the holder has a core, at which it looks every `spin`, then parks.
        OwnerRuns = "owner-runs",
    }
}

axis! {
    /// What a spinning waiter looks at.
    SpinOn {
        /// A line of its own, which its predecessor writes once.
        Own = "own",
        /// The line of the lock, which all waiters read: on average half of them are served before the successor is.
        Shared = "shared",
        /// The line of the lock, which all waiters write as soon as they see it free: the successor's write waits for half
        /// of them once more.
        Written = "written",
        /// The line of the lock, which all waiters write all the time: the releaser's store waits for all of them.
        Hammered = "hammered",
    }
}

axis! {
    /// Whom a release that makes the lock free wakes, if waiters are parked.
    Wake {
        One = "one",
        All = "all",
        /// One, unless a waiter is awake already.
        UnlessAwake = "unless-awake",
        /// One, unless a waiter spins.
        UnlessSpins = "unless-spins",
    }
}

axis! {
    /// What a release that makes the lock free knows of those that sleep, unless waiters are set aside.
    Sleepers {
        /// Whether there are any.
        Known = "known",
        /// What the lock's word says, which has three states: free, taken, and taken by one that slept or since
        /// somebody wanted to sleep. Only a release in the third makes a wake call, which may find nobody; who wants to
        /// sleep does so if the word is in that state when its call comes to it.
        Flagged = "flagged",
    }
}

axis! {
    /// When a waiter of `spin-then-park` or `adaptive` spins before it parks.
    SpinIf {
        Always = "always",
        /// When it has come, and not again when it was woken in vain.
        Arriving = "arriving",
        /// While no other waiter sleeps, or under `flagged` the word does not say so.
        NobodySleeps = "nobody-sleeps",
        /// While no other waiter spins.
        NobodySpins = "nobody-spins",
    }
}

axis! {
    /// Where a waiter queues that was woken and came too late.
    Requeue {
        Back = "back",
        Front = "front",
    }
}

axis! {
    /// When a release serves the waiter that has waited longest, whatever the other axes say.
    Fairness {
        Never = "never",
        /// When it has waited for longer than `fair_after`.
        Wait = "wait",
        /// When a clock of the lock has run out, which is set to U(0, `fair_after`) each time.
        Clock = "clock",
        /// With probability `fair_chance`.
        Chance = "chance",
        /// After `fair_count` acquisitions that were not fair (for `local`: on one node).
        Count = "count",
        /// When it has been woken in vain.
        FailedWake = "failed-wake",
    }
}

axis! {
    /// What such a release does.
    Fair {
        /// It hands the lock to the waiter that has waited longest.
        Eldest = "eldest",
        /// It hands the lock to the first that sleeps in the queue, and is no such release where nobody does.
        Sleeper = "sleeper",
        /// It makes the lock free, and wakes that one in place of the successor.
        Wake = "wake",
    }
}

axis! {
    /// When the holder is asked to release although it would go on; it does so at its next check point.
    Forced {
        Never = "never",
        /// When a waiter has waited for `interval` since the lock last changed hands.
        Patience = "patience",
        /// At every multiple of `interval`, if anybody waits.
        Tick = "tick",
        /// After every `interval` of work, if anybody waits.
        Check = "check",
    }
}

axis! {
    /// What sets the interval of `patience`.
    Controlled {
        /// Nothing: it stays what it is.
        Fixed = "fixed",
        /// The waits: it grows by tenths of what it was, and is halved when the 99th percentile is above `target`.
        Aimd = "aimd",
        /// The time that a switch takes: it is so long that switches take `overhead` of it.
        Cost = "cost",
    }
}

const fn choice(name: &'static str, names: &'static [&'static str], doc: &'static str) -> Parameter {
    Parameter { name, kind: ParameterKind::Choice { default: names[0], names }, doc }
}

const fn time(name: &'static str, default: Nanos, doc: &'static str) -> Parameter {
    Parameter { name, kind: ParameterKind::Duration { default, minimum: 0 }, doc }
}

/// The axes as parameters; every preset of the general lock takes them all, with defaults of its own.
pub(super) const PARAMETERS: &[Parameter] = &[
    choice("release", Release::NAMES, "A. what a release does: frees the lock, or hands it to a waiter"),
    choice("wake", Wake::NAMES, "A. which parked waiters a release wakes that frees the lock"),
    choice(
        "sleepers",
        Sleepers::NAMES,
        "A. what a release that frees the lock knows of sleepers: whether there are any, or the third state of its word",
    ),
    time(
        "wake_delay",
        0,
        "A. how long the releaser looks whether somebody takes the free lock before it wakes anybody",
    ),
    time(
        "keep",
        0,
        "A. how long the lock is kept for a holder that releases it of its own accord, should it come back",
    ),
    choice("successor", Successor::NAMES, "B. which waiter is next"),
    choice("requeue", Requeue::NAMES, "B. where a waiter queues that was woken in vain"),
    choice("admission", Admission::NAMES, "C. whether waiters are set aside that are not needed to keep the lock busy"),
    choice("waiting", Waiting::NAMES, "D. what a waiter does"),
    time("spin", 10_000, "D. how long it spins before it parks"),
    choice("spin_if", SpinIf::NAMES, "D. when it spins before it parks"),
    choice(
        "spin_on",
        SpinOn::NAMES,
        "D. what it looks at: its own line; or the lock's, which it reads, or writes when free, or always",
    ),
    Parameter {
        name: "lines",
        kind: ParameterKind::Count { default: 1 },
        doc: "D. cache lines that go from the last holder's core to the next one's",
    },
    time("backoff", 0, "D. pause after the first look at a lock that is taken; it doubles with each; 0 for none"),
    time("backoff_cap", 0, "D. the longest such pause"),
    choice("fairness", Fairness::NAMES, "E. when a release serves the waiter that has waited longest"),
    choice(
        "fair_release",
        Fair::NAMES,
        "E. whom it hands the lock to then: the eldest waiter, the first sleeper; or it only wakes that",
    ),
    time("fair_after", 1_000_000, "E. for `wait` and `clock`"),
    Parameter {
        name: "fair_chance",
        kind: ParameterKind::Number { default: 0.001, minimum: 0.0 },
        doc: "E. for `chance`",
    },
    Parameter { name: "fair_count", kind: ParameterKind::Count { default: 100 }, doc: "E. for `count`" },
    choice("forced", Forced::NAMES, "F. when the holder is asked to release the lock"),
    Parameter {
        name: "interval",
        kind: ParameterKind::Duration { default: 5_000_000, minimum: 100 },
        doc: "F. for `patience`, `tick` and `check`",
    },
    choice("controller", Controlled::NAMES, "F. what sets the interval of `patience`"),
    time("target", 10_000_000, "F. for `aimd`: the 99th percentile of waits that it aims at"),
    Parameter {
        name: "overhead",
        kind: ParameterKind::Number { default: 0.01, minimum: 0.0001 },
        doc: "F. for `cost`: the share of the interval that a switch may take",
    },
    Parameter {
        name: "forced_switching",
        kind: ParameterKind::Flag { default: true },
        doc: "F. whether the holder that was asked then queues, or may take a lock that is still free",
    },
];

/// A point in the space of the axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axes {
    pub(super) release: Release,
    pub(super) wake: Wake,
    pub(super) sleepers: Sleepers,
    pub(super) wake_delay: Nanos,
    pub(super) keep: Nanos,
    pub(super) successor: Successor,
    pub(super) requeue: Requeue,
    pub(super) admission: Admission,
    pub(super) waiting: Waiting,
    pub(super) spin: Nanos,
    pub(super) spin_if: SpinIf,
    pub(super) spin_on: SpinOn,
    pub(super) lines: u64,
    pub(super) backoff: Nanos,
    pub(super) backoff_cap: Nanos,
    pub(super) fairness: Fairness,
    pub(super) fair_release: Fair,
    pub(super) fair_after: Nanos,
    /// In parts of [`CHANCES`].
    pub(super) fair_chance: usize,
    pub(super) fair_count: u64,
    pub(super) forced: Forced,
    pub(super) interval: Nanos,
    pub(super) controller: Controlled,
    pub(super) forced_switching: bool,
}

/// A probability of 1.
pub(super) const CHANCES: usize = 1 << 30;

impl Axes {
    pub(super) fn new(setting: &Setting) -> Self {
        let (release, admission) = (Release::of(setting, "release"), Admission::of(setting, "admission"));
        // Who is handed the lock, or set aside, is known.
        let frees = release == Release::Competitive && admission == Admission::Open;
        Self {
            release,
            wake: Wake::of(setting, "wake"),
            sleepers: if frees { Sleepers::of(setting, "sleepers") } else { Sleepers::Known },
            wake_delay: setting.duration("wake_delay"),
            keep: setting.duration("keep"),
            successor: Successor::of(setting, "successor"),
            requeue: Requeue::of(setting, "requeue"),
            admission,
            waiting: Waiting::of(setting, "waiting"),
            spin: setting.duration("spin"),
            spin_if: SpinIf::of(setting, "spin_if"),
            spin_on: SpinOn::of(setting, "spin_on"),
            lines: setting.count("lines"),
            backoff: setting.duration("backoff"),
            backoff_cap: setting.duration("backoff_cap"),
            fairness: Fairness::of(setting, "fairness"),
            fair_release: Fair::of(setting, "fair_release"),
            fair_after: setting.duration("fair_after"),
            fair_chance: (setting.number("fair_chance").min(1.0) * CHANCES as f64).round() as usize,
            fair_count: setting.count("fair_count"),
            forced: Forced::of(setting, "forced"),
            interval: setting.duration("interval"),
            controller: Controlled::of(setting, "controller"),
            forced_switching: setting.flag("forced_switching"),
        }
    }

    /// Whether it matters how long the eldest waiter has waited.
    pub(super) fn ask_for_the_eldest(&self) -> bool {
        self.fairness == Fairness::Wait || self.forced == Forced::Patience
    }
}
