//! The event loop.
//!
//! An event is a small `Copy` value; whatever can be overtaken by other events (a timer, the end of a stretch of
//! work) carries the generation of its owner and is dropped when that has moved on. The methods of [`Engine`] are
//! spread over the files of this folder by subject: `cores`, `own_cores`, `background`, `ticks`, `timers`, `locking`,
//! `steps`, `objects`, `lifecycle`, `check`; shortcuts are `fast_forward`, `futile` and `station`.

use super::Scenario;
use super::background::{Background, WorkerId};
use super::budget::Watch;
use super::core_state::Core;
use super::fast_forward::FastForward;
use super::fault::Fault;
use super::lock_state::Lock;
use super::measure::Measures;
use super::measure::lives::Lives;
use super::objects::ObjectState;
use super::outcome::{End, Outcome};
use super::pilot::Samples;
use super::process::{Instance, Unit};
use super::recorder::{Entry, Recorder};
use super::rows::Rows;
use super::signals::Signals;
use super::thread::{Kind, State, Thread};
use crate::kernel::Nanos;
use crate::kernel::queue::EventQueue;
use crate::kernel::streams::{Purpose, Stream, Streams};
use crate::machine::scheduler::RunQueues;
use crate::machine::{CoreId, Cores, ThreadId};
use crate::workload::code::Code;

/// What can happen.
#[derive(Debug, Clone, Copy)]
pub(super) enum Event {
    /// A core has finished switching, or its thread has come to the planned end of its work.
    Core(CoreId, u32),
    /// The scheduler looks at a core.
    Tick(CoreId, u32),
    /// A thread's timer or device is done.
    Timer(ThreadId, u32),
    /// The next thread of a unit arrives.
    Arrival(u32),
    /// The next signal of a kind comes.
    Signal(u32),
    /// The world of a process instance stops.
    StopWorld(u32),
    /// It goes on.
    ResumeWorld(u32),
    /// The warm-up ends.
    WarmUpEnd,
    /// A lock's policy has asked to be called.
    Alarm(u32),
    /// A thread of the system wakes up.
    Background(WorkerId),
    /// A batch ends that is not the last.
    BatchEnd,
    /// An interval of a pilot run ends.
    Sample,
    /// The time limit is reached.
    TimeLimit,
}

impl Event {
    /// A number that differs between any two events that differ, for the fingerprint.
    pub(super) fn code(self) -> u64 {
        let (kind, entity) = match self {
            Self::Core(core, _) => (1, core),
            Self::Tick(core, _) => (2, core),
            Self::Timer(thread, _) => (3, thread),
            Self::Arrival(unit) => (4, unit),
            Self::StopWorld(instance) => (5, instance),
            Self::ResumeWorld(instance) => (6, instance),
            Self::Signal(signal) => (9, signal),
            Self::WarmUpEnd => (7, 0),
            Self::TimeLimit => (8, 0),
            Self::Sample => (10, 0),
            Self::Alarm(lock) => (11, lock),
            Self::BatchEnd => (12, 0),
            Self::Background(worker) => (13, worker),
        };
        kind << 56 ^ u64::from(entity)
    }
}

/// Whether an event's owner has not moved on since it was scheduled.
pub(super) fn is_live(event: &Event, cores: &[Core], threads: &[Thread]) -> bool {
    match *event {
        Event::Core(core, generation) => cores[core as usize].generation == generation,
        Event::Tick(core, generation) => cores[core as usize].tick_generation == generation,
        Event::Timer(thread, generation) => threads[thread as usize].generation == generation,
        _ => true,
    }
}

/// Folds an event of this code, which fires at this time, into a fingerprint.
#[inline(always)]
pub(super) fn fold(fingerprint: u64, at: Nanos, code: u64) -> u64 {
    let folded = fingerprint.rotate_left(23) ^ at.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ code;
    folded.wrapping_mul(0xD6E8_FEB8_6659_FD93)
}

/// One run.
pub(super) struct Engine<'a, R> {
    pub(super) scenario: &'a Scenario,
    pub(super) code: Code,
    pub(super) costs: super::costs::Prices,
    pub(super) seed: u64,
    pub(super) replication: u64,
    pub(super) streams: Streams,
    pub(super) machine_random: Stream,
    pub(super) policy_random: Stream,
    pub(super) queue: EventQueue<Event>,
    pub(super) now: Nanos,
    pub(super) threads: Vec<Thread>,
    /// Free slots of each group.
    pub(super) free_slots: Vec<Vec<ThreadId>>,
    /// For each thread and counter, when the counter's clock was started.
    pub(super) clocks: Rows,
    /// For each thread and level of nested loops, the rounds that are left.
    pub(super) rounds: Rows,
    pub(super) cores: Vec<Core>,
    pub(super) run_queues: RunQueues,
    pub(super) background: Background,
    pub(super) unlimited: bool,
    /// Whether locks are [stations](super::station).
    pub(super) stations: bool,
    /// Whether the speed of work depends on what else runs.
    pub(super) paced: bool,
    /// Cores at work, those of the servers of locks among them.
    pub(super) busy_cores: usize,
    pub(super) locks: Vec<Lock>,
    pub(super) instances: Vec<Instance>,
    /// Index of the first instance of each process.
    pub(super) first_instance: Vec<usize>,
    pub(super) units: Vec<Unit>,
    /// Index of the first unit of each group.
    pub(super) first_unit: Vec<usize>,
    pub(super) objects: Vec<ObjectState>,
    pub(super) signals: Signals,
    /// What the thread that is being served owes.
    pub(super) charge: Nanos,
    /// What keeps the run going: the sum over all processes.
    pub(super) keeping: u64,
    pub(super) living: u64,
    pub(super) awaiting_objects: u64,
    /// Units of which threads are yet to arrive.
    pub(super) arrivals_pending: u64,
    pub(super) measures: Measures,
    pub(super) events: u64,
    pub(super) watch: Watch,
    pub(super) samples: Option<Samples>,
    pub(super) fingerprint: u64,
    pub(super) forward: FastForward,
    /// What the batches gave that are over.
    pub(super) batches: Vec<Outcome>,
    pub(super) end: Option<End>,
    pub(super) fault: Option<Fault>,
    pub(super) recorder: R,
}

impl<R: Recorder> Engine<'_, R> {
    /// Runs to the end.
    pub(super) fn run(mut self) -> Result<Outcome, Fault> {
        self.go();
        self.finish()
    }

    /// Lets everything happen.
    pub(super) fn go(&mut self) {
        self.begin();
        while self.goes_on() {
            if !R::IS_ON && self.stations && !self.forward.is_on() {
                self.serve_stations();
                continue;
            }
            let Some((at, event)) = self.queue.pop() else {
                self.stalled();
                break;
            };
            self.now = at;
            self.fire(event);
            if !R::IS_ON && self.forward.is_on() {
                self.look_for_cycle(event);
            }
            if self.recorder.is_full() {
                self.end.get_or_insert(End::TimeLimit);
            }
        }
    }

    /// Whether the run has neither ended nor failed.
    #[inline(always)]
    fn goes_on(&self) -> bool {
        self.end.is_none() && self.fault.is_none()
    }

    fn begin(&mut self) {
        let limits = self.scenario.limits;
        if let Some(duration) = limits.duration {
            self.queue.push(duration, Event::TimeLimit);
        }
        if limits.warm_up.end() > 0 {
            self.queue.push(limits.warm_up.end(), Event::WarmUpEnd);
        }
        self.begin_batches();
        self.begin_background();
        self.begin_program();
    }

    #[inline(always)]
    pub(super) fn fire(&mut self, event: Event) {
        if !is_live(&event, &self.cores, &self.threads) {
            return self.queue.dropped_void();
        }
        if self.queue.wants_sweep() {
            let (cores, threads) = (&self.cores, &self.threads);
            self.queue.sweep(|event| is_live(event, cores, threads));
        }
        self.count(event);
        match event {
            Event::Core(core, _) => self.core_event(core),
            Event::Tick(core, _) => self.tick(core),
            Event::Timer(thread, _) => self.timer(thread),
            Event::Arrival(unit) => self.arrival(unit as usize),
            Event::Signal(signal) => self.signal(signal as usize),
            Event::StopWorld(instance) => self.stop_world(instance as usize),
            Event::ResumeWorld(instance) => self.resume_world(instance as usize),
            Event::Alarm(lock) => self.alarm(lock as usize),
            Event::Background(worker) => self.background_wakes(worker),
            Event::WarmUpEnd => self.reset_measures(),
            Event::BatchEnd => self.end_batch(),
            Event::Sample => self.sample(),
            Event::TimeLimit => self.end = Some(End::TimeLimit),
        }
    }

    /// Counts an event, and looks at the budgets if it is time to.
    #[inline(always)]
    pub(super) fn count(&mut self, event: Event) {
        self.fold_in(event);
        if !R::IS_ON && self.forward.is_on() {
            self.forward.log(self.now, event.code());
        }
        if self.events >= self.watch.next {
            self.look_at_budgets();
        }
    }

    /// Adds an event to the number of events, and to the fingerprint.
    #[inline(always)]
    pub(super) fn fold_in(&mut self, event: Event) {
        self.events += 1;
        self.fingerprint = fold(self.fingerprint, self.now, event.code());
    }

    /// Nothing will ever happen again.
    pub(super) fn stalled(&mut self) {
        match self.deadlock_report() {
            Some(report) => self.end = Some(End::Deadlock(report)),
            None => self.broken("no event is left, yet threads live that wait for no object", None),
        }
    }

    /// Ends the run: an invariant is broken.
    #[cold]
    pub(super) fn broken(&mut self, what: &str, thread: Option<ThreadId>) {
        if self.fault.is_none() {
            self.fault = Some(Fault {
                what: what.to_owned(),
                seed: self.seed,
                replication: self.replication,
                at: self.now,
                thread: thread.map(|thread| self.thread_name(thread)),
            });
        }
    }

    /// Brings a thread into another state and writes the time spent in the old one to its group's account.
    #[inline(always)]
    pub(super) fn set_state(&mut self, thread: ThreadId, state: State) {
        let this = &mut self.threads[thread as usize];
        let since = this.since;
        let before = this.come_into(state, self.now, &mut self.measures.groups[this.group as usize]);
        if R::IS_ON
            && let Some(lives) = &mut self.measures.lives
        {
            lives.changes(thread, (before, self.now - since), state, self.now);
        }
        let lock = this.instance as usize;
        let slept = before == State::LockWait;
        if slept != (state == State::LockWait) {
            this.woken = self.now;
        }
        // From Python code to a C call and back is no change of state.
        if before != state || state == State::Python {
            let core = this.core.filter(|_| state.runs());
            let in_call = state == State::Python && this.segment.kind == Kind::Call;
            self.recorder.record(self.now, Entry::State { thread, state, core, in_call });
        }
        if before != state {
            self.tell_lock(lock, thread, slept, state);
        }
    }

    /// Tells what is measured of single threads, if that is asked for.
    #[inline(always)]
    pub(super) fn tell_lives(&mut self, tell: impl FnOnce(&mut Lives, Nanos)) {
        if R::IS_ON
            && let Some(lives) = &mut self.measures.lives
        {
            tell(lives, self.now);
        }
    }

    /// Name of a thread in reports: that of its group, and its slot if there are several.
    pub(super) fn thread_name(&self, thread: ThreadId) -> String {
        let group = self.threads[thread as usize].group;
        let first = self.threads.iter().position(|other| other.group == group).unwrap_or(0);
        let several = self.threads.iter().filter(|other| other.group == group).count() > 1;
        let name = &self.scenario.program.threads[group as usize].name;
        if several { format!("{name}-{}", thread as usize - first + 1) } else { name.clone() }
    }
}

/// Sets up a run.
impl<'a, R: Recorder> Engine<'a, R> {
    pub(super) fn new(scenario: &'a Scenario, seed: u64, replication: u64, recorder: R) -> Result<Self, Fault> {
        let fault = |what: String| Fault { what, seed, replication, at: 0, thread: None };
        let code = Code::compile(&scenario.program).map_err(fault)?;
        let costs = super::costs::Prices::new(&scenario.machine.costs).map_err(fault)?;
        let streams = Streams::new(seed, replication);
        let servers = scenario.server_cores();
        let cores = match scenario.machine.cores {
            Cores::Count(count) => count - servers.min(count - 1),
            Cores::Unlimited => 0,
        };
        let groups = scenario.program.threads.len();
        let background = Background::new(&scenario.machine, cores, streams).map_err(fault)?;
        let objects = (0..).zip(&scenario.program.objects);
        let objects = objects.map(|(number, object)| ObjectState::new(number, object.kind, &code)).collect();
        let mut engine = Self {
            scenario,
            costs,
            seed,
            replication,
            streams,
            machine_random: streams.stream(Purpose::Machine, &[]),
            policy_random: streams.stream(Purpose::Policy, &[]),
            queue: EventQueue::new(),
            now: 0,
            threads: Vec::new(),
            free_slots: vec![Vec::new(); groups],
            clocks: Rows::new(scenario.program.counters.len()),
            rounds: Rows::new(code.depth),
            cores: (0..cores).map(|core| Core::new(scenario.machine.speed_milli(core), 0)).collect(),
            run_queues: match scenario.machine.cores {
                Cores::Count(_) => {
                    let random = streams.stream(Purpose::Scheduler, &[]);
                    RunQueues::new(scenario.machine.scheduler, cores, background.bound(), random)
                }
                Cores::Unlimited => RunQueues::Unlimited,
            },
            background,
            unlimited: scenario.machine.cores == Cores::Unlimited,
            stations: false,
            paced: scenario.machine.busy_speed_milli.iter().any(|&speed| speed != 1000),
            busy_cores: servers as usize,
            locks: Vec::new(),
            instances: Vec::new(),
            first_instance: Vec::new(),
            units: Vec::new(),
            first_unit: Vec::new(),
            objects,
            signals: Signals::new(scenario, streams),
            charge: 0,
            keeping: 0,
            living: 0,
            awaiting_objects: 0,
            arrivals_pending: 0,
            measures: Measures::default(),
            events: 0,
            watch: Watch::new(scenario.limits.max_events),
            samples: None,
            fingerprint: 0,
            forward: FastForward::default(),
            batches: Vec::new(),
            end: None,
            fault: None,
            recorder,
            code,
        };
        engine.lay_out_processes();
        engine.stations = engine.finds_stations();
        engine.forward = FastForward::new(engine.may_have_cycles());
        engine.tally_draws();
        Ok(engine)
    }

    fn lay_out_processes(&mut self) {
        let scenario = self.scenario;
        for (index, process) in scenario.program.processes.iter().enumerate() {
            self.first_instance.push(self.instances.len());
            for ordinal in 0..process.count {
                let setting = process.lock.as_ref().unwrap_or(&scenario.lock);
                self.locks.push(Lock::new(setting, scenario.interpreter));
                self.instances.push(Instance::new(index, ordinal, setting));
                self.set_python_pace(self.instances.len() - 1);
            }
        }
        self.paced |= self.instances.iter().any(|instance| instance.contention_milli > 0 || instance.pause > 0);
        for (group, spec) in scenario.program.threads.iter().enumerate() {
            self.first_unit.push(self.units.len());
            let arrive = self.code.arrivals[group].is_some();
            for ordinal in 0..scenario.program.processes[spec.process].count {
                let entity = [group as u64, u64::from(ordinal)];
                self.units.push(Unit {
                    group,
                    instance: self.first_instance[spec.process] + ordinal as usize,
                    daemon: spec.daemon,
                    total: spec.count,
                    arrivals: arrive.then(|| self.streams.stream(Purpose::Arrivals, &entity)),
                    steps: self.streams.family(Purpose::Steps, &entity),
                    ..Unit::default()
                });
            }
        }
        let program = &scenario.program;
        let sizes = (program.threads.len(), program.counters.len());
        self.measures = Measures::new(sizes, self.locks.len(), self.objects.len(), scenario.extras);
    }
}
