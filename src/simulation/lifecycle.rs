//! Threads, processes and worlds: how they begin, stop and end.

use super::engine::{Core, Engine, Event};
use super::outcome::End;
use super::steps::Flow;
use super::thread::{After, Intent, Kind, OnCore, Parked, Segment, State, Thread};
use crate::kernel::Nanos;
use crate::kernel::streams::Purpose;
use crate::machine::ThreadId;
use crate::workload::{Begin, StartMethod, Target};

/// Stands for no object.
const NO_OBJECT: u32 = u32::MAX;

impl Engine<'_> {
    /// Begins the processes that exist from the start.
    pub(super) fn begin_program(&mut self) {
        for instance in 0..self.instances.len() {
            let process = self.instances[instance].process;
            if self.scenario.program.processes[process].start == StartMethod::Present {
                self.begin_instance(instance, 0);
            }
        }
        self.end_if_done();
    }

    /// Begins a process; its first thread pays for the start.
    fn begin_instance(&mut self, instance: usize, mut cost: Nanos) {
        self.instances[instance].begun = true;
        let scenario = self.scenario;
        let process = self.instances[instance].process;
        for (group, spec) in scenario.program.threads.iter().enumerate().filter(|(_, spec)| spec.process == process) {
            match &spec.begin {
                Begin::WithProcess => {
                    for _ in 0..spec.count.unwrap_or(0) {
                        self.begin_thread(group, instance, std::mem::take(&mut cost));
                    }
                }
                Begin::Arrivals(_) if spec.count != Some(0) => {
                    self.arrivals_pending += 1;
                    self.schedule_arrival(group);
                }
                Begin::ByStep | Begin::Arrivals(_) => {}
            }
        }
        let Instance { pause, pause_every } = self.pauses(instance);
        if pause > 0 {
            self.queue.push(self.now + pause_every, Event::StopWorld(instance as u32));
        }
    }

    fn schedule_arrival(&mut self, group: usize) {
        if let Some(law) = &self.code.arrivals[group] {
            let delay = law.draw(&mut self.arrival_random[group]);
            self.queue.push(self.now.saturating_add(delay), Event::Arrival(group as u32));
        }
    }

    /// The next thread of a group arrives.
    pub(super) fn arrival(&mut self, group: usize) {
        let instance = self.first_instance[self.scenario.program.threads[group].process];
        self.begin_thread(group, instance, 0);
        let unit = &self.units[self.first_unit[group]];
        if unit.total.is_some_and(|total| unit.begun >= total) {
            self.arrivals_pending -= 1;
        } else {
            self.schedule_arrival(group);
        }
    }

    /// Begins a thread; `cost` is processor time that it spends before its first step.
    fn begin_thread(&mut self, group: usize, instance: usize, cost: Nanos) {
        let unit = self.first_unit[group] + self.instances[instance].ordinal as usize;
        let number = self.units[unit].begun;
        self.units[unit].begun += 1;
        let thread = self.slot(group, instance, unit, number);
        let this = &mut self.instances[instance];
        this.threads_begun = this.threads_begun.saturating_add(1);
        this.living += 1;
        self.living += 1;
        if !self.scenario.program.threads[group].daemon {
            this.keeping += 1;
            self.keeping += 1;
        }
        if cost > 0 {
            let this = &mut self.threads[thread as usize];
            this.segment = Segment { kind: Kind::Overhead, left: cost, settled: self.now };
            this.after = After::Request;
            this.on_core = OnCore::Segment;
        }
        self.ready(thread);
    }

    /// A slot for a thread, with everything set for its first step.
    fn slot(&mut self, group: usize, instance: usize, unit: usize, number: u32) -> ThreadId {
        let entity = (group as u64) << 48 ^ u64::from(self.instances[instance].ordinal) << 32 ^ u64::from(number);
        let free = self.free_slots[group].pop();
        let id = free.unwrap_or(self.threads.len() as ThreadId);
        let (since, generation, loops) = match free {
            Some(id) => {
                let old = &mut self.threads[id as usize];
                (old.since, old.generation, std::mem::take(&mut old.loops))
            }
            None => (self.measures.from, 0, Vec::new()),
        };
        let thread = Thread {
            state: State::Absent,
            since,
            group: group as u32,
            instance: instance as u32,
            unit: unit as u32,
            core: None,
            last_core: None,
            segment: Segment { kind: Kind::None, left: 0, settled: self.now },
            after: After::Next,
            on_core: OnCore::Request,
            intent: Intent::Next,
            parked: Parked::No,
            lock_token: false,
            object_token: false,
            timer_armed: false,
            generation,
            wait_since: None,
            begin_on_wake: None,
            awaits: NO_OBJECT,
            pc: self.code.entries[group],
            loops,
            started: 0,
            random: self.streams.stream(Purpose::Steps, entity),
        };
        let counters = self.measures.counters.len();
        if free.is_some() {
            self.threads[id as usize] = thread;
        } else {
            self.measures.groups[group].slots += 1;
            self.threads.push(thread);
            self.clocks.resize(self.threads.len() * counters, 0);
            if self.unlimited {
                self.cores.push(Core::new(self.measures.from));
            }
        }
        let clocks = id as usize * counters;
        self.clocks[clocks..clocks + counters].fill(self.now);
        id
    }

    /// Starts threads or processes, one after another, each when it has been paid for.
    pub(super) fn start(&mut self, thread: ThreadId, target: Target) -> Flow {
        let started = self.threads[thread as usize].started;
        let (total, price) = match target {
            Target::Threads(group) => {
                let unit = &self.units[self.unit_of(thread, group)];
                if started == 0 && unit.begun > 0 {
                    self.broken("threads are started that have been started before", Some(thread));
                    return Flow::Stop;
                }
                (unit.total.unwrap_or(0), Some(&self.costs.thread_create))
            }
            Target::Process(process) => {
                let spec = &self.scenario.program.processes[process];
                if started == 0 && self.instances[self.first_instance[process]].begun {
                    self.broken("a process is started that has been started before", Some(thread));
                    return Flow::Stop;
                }
                (spec.count, self.costs.start(spec.start).map(|price| &price.parent))
            }
        };
        if started >= total {
            self.threads[thread as usize].started = 0;
            return Flow::Next;
        }
        let price = price.map_or(0, |price| price.draw(&mut self.machine_random));
        self.threads[thread as usize].pc -= 1;
        if price > 0 {
            self.start_segment(thread, Kind::Overhead, price, After::Spawn);
            return Flow::Stop;
        }
        self.spawn_next(thread, target);
        Flow::Next
    }

    /// A start has been paid for.
    pub(super) fn spawn_paid(&mut self, thread: ThreadId) {
        let pc = self.threads[thread as usize].pc;
        if let crate::workload::code::Op::Start(target) = self.code.ops[pc as usize] {
            self.spawn_next(thread, target);
        }
        self.run_steps(thread);
    }

    fn spawn_next(&mut self, thread: ThreadId, target: Target) {
        let started = self.threads[thread as usize].started;
        self.threads[thread as usize].started += 1;
        match target {
            Target::Threads(group) => {
                let cost = self.costs.thread_start.draw(&mut self.machine_random);
                self.begin_thread(group, self.threads[thread as usize].instance as usize, cost);
            }
            Target::Process(process) => {
                let method = self.scenario.program.processes[process].start;
                let cost = match self.costs.start(method) {
                    Some(price) => price.child.draw(&mut self.machine_random),
                    None => 0,
                };
                self.begin_instance(self.first_instance[process] + started as usize, cost);
            }
        }
    }

    /// Waits until threads or processes have ended.
    pub(super) fn join(&mut self, thread: ThreadId, target: Target) -> Flow {
        let unended = match target {
            Target::Threads(group) => Some(self.unit_of(thread, group)).filter(|&unit| !self.unit_ended(unit)),
            Target::Process(process) => self.unended_unit(process),
        };
        let Some(unit) = unended else { return Flow::Next };
        self.units[unit].joiners.push(thread);
        self.threads[thread as usize].awaits = (self.objects.len() + unit) as u32;
        Flow::Again
    }

    fn unit_of(&self, thread: ThreadId, group: usize) -> usize {
        let instance = self.threads[thread as usize].instance as usize;
        self.first_unit[group] + self.instances[instance].ordinal as usize
    }

    fn unit_ended(&self, unit: usize) -> bool {
        self.units[unit].total == Some(self.units[unit].ended)
    }

    /// A unit of threads in an instance of a process that has not ended.
    fn unended_unit(&self, process: usize) -> Option<usize> {
        let groups = self.scenario.program.threads.iter().enumerate();
        let count = self.scenario.program.processes[process].count as usize;
        groups
            .filter(|(_, spec)| spec.process == process && !spec.daemon)
            .flat_map(|(group, _)| (0..count).map(move |instance| (group, instance)))
            .map(|(group, instance)| self.first_unit[group] + instance)
            .find(|&unit| !self.unit_ended(unit))
    }

    /// A thread that has given up the lock ends; the last one of a process pays for the end of that.
    pub(super) fn exit(&mut self, thread: ThreadId) {
        let this = &self.threads[thread as usize];
        let instance = &self.instances[this.instance as usize];
        let last = instance.keeping == 1 && !self.scenario.program.threads[this.group as usize].daemon;
        let method = self.scenario.program.processes[instance.process].start;
        let cost = match self.costs.start(method) {
            Some(price) if last => price.exit.draw(&mut self.machine_random),
            _ => 0,
        };
        if cost > 0 {
            self.start_segment(thread, Kind::Overhead, cost, After::End);
        } else {
            self.end_thread(thread);
        }
    }

    pub(super) fn end_thread(&mut self, thread: ThreadId) {
        self.set_state(thread, State::Absent);
        self.vacate(thread);
        self.void_timer(thread);
        let this = &mut self.threads[thread as usize];
        let (group, instance, unit) = (this.group as usize, this.instance as usize, this.unit as usize);
        self.free_slots[group].push(thread);
        self.instances[instance].living -= 1;
        self.living -= 1;
        if !self.scenario.program.threads[group].daemon {
            self.instances[instance].keeping -= 1;
            self.keeping -= 1;
        }
        self.units[unit].ended += 1;
        if self.unit_ended(unit) {
            for joiner in std::mem::take(&mut self.units[unit].joiners) {
                self.wake_for_object(joiner);
            }
            // The one who would pay for the wake calls has ended.
            self.charge = 0;
        }
        self.end_if_done();
    }

    fn end_if_done(&mut self) {
        if self.keeping == 0 && self.arrivals_pending == 0 {
            self.end = Some(End::Finished);
        }
    }

    fn pauses(&self, instance: usize) -> Instance {
        let this = &self.instances[instance];
        Instance { pause: this.pause, pause_every: this.pause_every }
    }

    /// All Python code of a free-threaded process stops.
    pub(super) fn stop_world(&mut self, instance: usize) {
        if self.instances[instance].living == 0 {
            // There is nobody to stop; those who may yet arrive will be.
            if self.arrivals_pending > 0 {
                let pause_every = self.pauses(instance).pause_every;
                self.queue.push(self.now + pause_every, Event::StopWorld(instance as u32));
            }
            return;
        }
        self.measures.world_stops += 1;
        self.instances[instance].stopped = true;
        self.retime();
        let pause = self.pauses(instance).pause;
        self.queue.push(self.now + pause, Event::ResumeWorld(instance as u32));
    }

    pub(super) fn resume_world(&mut self, instance: usize) {
        self.instances[instance].stopped = false;
        self.retime();
        let pause_every = self.pauses(instance).pause_every;
        self.queue.push(self.now + pause_every, Event::StopWorld(instance as u32));
    }
}

/// When and how long the world of a process stops.
struct Instance {
    pause: Nanos,
    pause_every: Nanos,
}
