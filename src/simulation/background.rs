//! Threads of the system on the cores: they wake, work for a while, and sleep again.
//!
//! They are no threads of the program: they have no state, wait for no lock and count in no metric of threads. For the
//! scheduler their numbers come before those of the program's threads. A core that switches to one or runs it is in the
//! phase [`CorePhase::System`].

use rand::RngExt;

use super::core_state::CorePhase;
use super::engine::{Engine, Event};
use super::recorder::{Entry, Recorder};
use crate::kernel::Nanos;
use crate::kernel::law::Sampler;
use crate::kernel::streams::{Purpose, Stream, Streams};
use crate::machine::{CoreId, Cores, Machine, Scheduler, ThreadId};

/// Of [`Worker`]s: their places in [`Background::workers`].
pub(super) type WorkerId = u32;

/// One thread of the system.
#[derive(Debug)]
struct Worker {
    every: Sampler,
    takes: Sampler,
    /// Its wake-ups come with ticks so far apart.
    ticks: Option<Nanos>,
    /// The core where it was last, and whether it may not leave that.
    core: CoreId,
    bound: bool,
    random: Stream,
    /// What it has to do, while it is awake.
    left: Option<Nanos>,
}

impl Worker {
    /// The time of a wake-up that is due at `at`. The tick itself goes first.
    fn wakes_at(&self, at: Nanos) -> Nanos {
        self.ticks.map_or(at, |tick| at.div_ceil(tick).saturating_mul(tick).saturating_add(1))
    }
}

/// The threads of the system.
#[derive(Debug, Default)]
pub(super) struct Background {
    workers: Vec<Worker>,
}

impl Background {
    /// Those of a machine that has so many cores for threads.
    pub(super) fn new(machine: &Machine, cores: u32, streams: Streams) -> Result<Self, String> {
        let mut workers = Vec::new();
        let (Cores::Count(_), Scheduler::Fair(rules)) = (machine.cores, machine.scheduler) else {
            return Ok(Self { workers });
        };
        for (kind, thread) in machine.background.iter().enumerate() {
            for number in 0..if thread.per_core { cores } else { 1 } {
                let mut random = streams.stream(Purpose::Background, &[kind as u64, u64::from(number)]);
                workers.push(Worker {
                    every: thread.every.sampler()?,
                    takes: thread.takes.sampler()?,
                    ticks: thread.at_ticks.then_some(rules.tick),
                    core: if thread.per_core { number } else { random.random_range(0..cores) },
                    bound: thread.per_core,
                    random,
                    left: None,
                });
            }
        }
        Ok(Self { workers })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.workers.len()
    }

    /// The cores that they may not leave, in their order.
    pub(super) fn bound(&self) -> Vec<Option<CoreId>> {
        self.workers.iter().map(|worker| worker.bound.then_some(worker.core)).collect()
    }
}

impl<R: Recorder> Engine<'_, R> {
    /// A thread's number with the scheduler.
    #[inline(always)]
    pub(super) fn number(&self, thread: ThreadId) -> ThreadId {
        self.background.len() as ThreadId + thread
    }

    /// The system has been up for long: each of its threads is somewhere between two wake-ups.
    pub(super) fn begin_background(&mut self) {
        for worker in 0..self.background.len() {
            let this = &mut self.background.workers[worker];
            let interval = this.every.draw(&mut this.random);
            let rest = this.random.random_range(0..=interval);
            let at = this.wakes_at(rest);
            self.queue.push(at, Event::Background(worker as WorkerId));
        }
    }

    /// A thread of the system wakes up.
    pub(super) fn background_wakes(&mut self, worker: WorkerId) {
        if self.only_background_is_left() {
            return self.stalled();
        }
        let this = &mut self.background.workers[worker as usize];
        let every = this.every.draw(&mut this.random).max(1);
        let next = this.wakes_at(self.now.saturating_add(every));
        let awake = this.left.is_some();
        if !awake {
            this.left = Some(this.takes.draw(&mut this.random));
        }
        let last = Some(this.core);
        self.queue.push(next, Event::Background(worker));
        if !awake {
            self.seat(worker, last, CorePhase::System);
        }
    }

    /// Whether nothing will ever happen again but this.
    fn only_background_is_left(&self) -> bool {
        self.queue.live() + 1 == self.background.len() && self.cores.iter().all(|core| core.phase == CorePhase::Idle)
    }

    /// Gives a core to a thread of the system, which works after the delay, of which this is the latency.
    pub(super) fn dispatch_worker(&mut self, core: CoreId, worker: WorkerId, latency: Nanos, delay: Nanos) {
        self.background.workers[worker as usize].core = core;
        self.set_phase(core, CorePhase::System);
        let this = &mut self.cores[core as usize];
        this.serves_system = true;
        this.switch_cost = delay - latency;
        self.recorder.record(self.now, Entry::Core { core, phase: CorePhase::System, thread: None });
        self.void_tick(core);
        self.arm_core(core, delay);
    }

    /// A core's event while the system has it.
    pub(super) fn system_event(&mut self, core: CoreId) {
        let this = &self.cores[core as usize];
        match this.worker() {
            None => self.core_awake(core),
            Some(worker) if this.working => self.worker_done(core, worker),
            Some(worker) => self.worker_arrives(core, worker),
        }
    }

    /// The switch is over: the thread of the system works.
    fn worker_arrives(&mut self, core: CoreId, worker: WorkerId) {
        let this = &mut self.cores[core as usize];
        this.working = true;
        this.started = self.now;
        self.busy_cores += 1;
        let left = self.background.workers[worker as usize].left.unwrap_or(0);
        self.arm_core(core, left);
        self.arm_tick(core);
        if self.paced {
            self.retime();
        }
    }

    fn worker_done(&mut self, core: CoreId, worker: WorkerId) {
        self.background.workers[worker as usize].left = None;
        self.release_core(core, worker);
        self.run_queues.sleep(core, worker);
        self.serve(core, false);
    }

    /// Takes the core from a thread of the system.
    pub(super) fn preempt_worker(&mut self, core: CoreId, worker: WorkerId) {
        let this = &self.cores[core as usize];
        let done = if this.working { self.now - this.started } else { 0 };
        let left = &mut self.background.workers[worker as usize].left;
        *left = left.map(|left| left.saturating_sub(done));
        self.release_core(core, worker);
        self.run_queues.put_back(core, worker);
    }
}
