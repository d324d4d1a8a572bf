//! Flat combining: whoever has the lock serves the others before it goes on.
//!
//! A thread that finds the lock free becomes the *combiner*. It does its own critical section and then those of the
//! waiters, in the order in which they asked, up to a bound; the data stay in its cache, and only a request and an answer
//! go between it and each thread it serves. In the simulation the section of a thread that is served runs on that thread's
//! core, which would spin for the answer, while the combiner's core spins in its place: the times are the same, and both
//! cores are busy all along.

use std::collections::VecDeque;

use super::line::pay;
use super::policy::{AnyPolicy, Cause, Free, PerThread, Policy, Step, World};
use super::preset::{Family, Parameter, ParameterKind, Preset, Setting};
use crate::kernel::NEVER;
use crate::machine::ThreadId;

/// The entry of the preset table.
pub const PRESET: Preset = Preset {
    name: "combining",
    family: Family::Lock,
    summary: "flat combining: the holder does the critical sections of the waiters too",
    description: "\
        free -> held by a combiner, which pays for `data_lines` and the lock's line.\n\
        waiter: publishes its section and spins until it has been done.\n\
        combiner: after its own section it does those of the waiters, first come first served, up to `batch` of them, each \
        for two lines; then it goes on, and the next waiter becomes the combiner.",
    source: "D. Hendler et al., Flat combining, SPAA 2010; CC-Synch: P. Fatourou, N. Kallimanis, PPoPP 2012",
    parameters: &[
        Parameter {
            name: "batch",
            kind: ParameterKind::Count { default: 64 },
            doc: "how many sections of others a combiner does at most",
        },
        Parameter {
            name: "data_lines",
            kind: ParameterKind::Count { default: 1 },
            doc: "cache lines of the lock and its data that a new combiner has to fetch",
        },
    ],
    defaults: &[],
    make: |setting, _| AnyPolicy::Combining(Combining::new(setting)),
};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Away,
    /// Its section is to be done.
    Waiting,
    /// It is the combiner, and others' sections are being done.
    Serving,
}

/// One lock.
#[derive(Debug, Clone, PartialEq)]
pub struct Combining {
    batch: u64,
    data_lines: u64,
    combiner: Option<ThreadId>,
    last_combiner: Option<ThreadId>,
    served: u64,
    /// The waiter whose section is next.
    heir: Option<ThreadId>,
    queue: VecDeque<ThreadId>,
    phases: PerThread<Phase>,
}

impl Combining {
    /// A free lock.
    pub fn new(setting: &Setting) -> Self {
        Self {
            batch: setting.count("batch"),
            data_lines: setting.count("data_lines"),
            combiner: None,
            last_combiner: None,
            served: 0,
            heir: None,
            queue: VecDeque::new(),
            phases: PerThread::default(),
        }
    }

    fn take<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.heir = None;
        self.phases.set(thread, Phase::Away);
        world.take(thread);
        world.record_section(self.combiner.is_none(), self.combiner.is_some());
        if let Some(combiner) = self.combiner {
            self.served += 1;
            let line = world.line_transfer(combiner, thread);
            world.charge(2 * line);
        } else {
            pay(world, self.last_combiner, thread, self.data_lines);
            self.combiner = Some(thread);
            self.last_combiner = Some(thread);
            self.served = 0;
        }
        Step::Enter
    }

    /// Lets the next waiter's section be done.
    fn serve_next<W: World>(&mut self, world: &mut W) {
        self.heir = self.queue.pop_front();
        if let Some(heir) = self.heir {
            world.record_heir(heir);
            world.poke(heir);
        }
    }

    /// The combiner goes on.
    fn dismiss<W: World>(&mut self, world: &mut W) {
        if let Some(combiner) = self.combiner.take()
            && self.phases.get(combiner) == Phase::Serving
        {
            self.phases.set(combiner, Phase::Away);
            world.poke(combiner);
        }
    }
}

impl Policy for Combining {
    fn request<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        if world.holder().is_none() && self.heir.is_none() {
            return self.take(world, thread);
        }
        self.queue.push_back(thread);
        self.phases.set(thread, Phase::Waiting);
        Step::Spin(NEVER)
    }

    fn resume<W: World>(&mut self, world: &mut W, thread: ThreadId, _cause: Cause) -> Step {
        match self.phases.get(thread) {
            Phase::Waiting => self.take(world, thread),
            Phase::Serving | Phase::Away => Step::Leave,
        }
    }

    fn release<W: World>(&mut self, world: &mut W, thread: ThreadId, why: Free) -> Step {
        world.free(why);
        let combines = self.combiner == Some(thread);
        if self.queue.is_empty() || self.served >= self.batch || why == Free::Exit {
            self.dismiss(world);
        } else if combines {
            self.phases.set(thread, Phase::Serving);
        }
        self.serve_next(world);
        if combines && self.phases.get(thread) == Phase::Serving { Step::Spin(NEVER) } else { Step::Leave }
    }
}
