//! Threads, processes and worlds: how they begin, stop and end.

use super::core_state::Core;
use super::engine::{Engine, Event};
use super::measure::ThreadShare;
use super::process::{Instance, Unit};
use super::recorder::{Entry, Recorder};
use super::steps::Flow;
use super::thread::{After, Awaits, Intent, Kind, OnCore, Parked, Segment, State, Thread};
use crate::kernel::Nanos;
use crate::kernel::streams::Stream;
use crate::machine::ThreadId;
use crate::workload::{Begin, StartMethod, Target, ThreadGroup};

impl<R: Recorder> Engine<'_, R> {
    /// Begins the processes that exist from the start.
    pub(super) fn begin_program(&mut self) {
        // A process that keeps nothing alive may come before one that does.
        self.keeping += 1;
        for instance in 0..self.instances.len() {
            let process = self.instances[instance].process;
            if self.scenario.program.processes[process].start == StartMethod::Present {
                self.begin_instance(instance, 0);
            }
        }
        self.keeping -= 1;
        self.begin_signals();
        self.end_if_done();
    }

    /// Begins a process. If the start costs processor time, its first thread pays for it, alone: everything else in the
    /// process begins when that is done.
    fn begin_instance(&mut self, instance: usize, cost: Nanos) {
        self.instances[instance].begun = true;
        self.tell_lives(|lives, now| lives.process_begins(instance, now));
        self.keep(instance);
        let process = self.instances[instance].process;
        let is_first = |spec: &ThreadGroup| {
            spec.process == process && spec.begin == Begin::WithProcess && spec.count.unwrap_or(0) > 0
        };
        match self.scenario.program.threads.iter().position(is_first) {
            Some(group) if cost > 0 => self.begin_thread(group, instance, cost, After::Boot),
            _ => self.populate(instance),
        }
    }

    /// The first thread of a process has paid for its start.
    pub(super) fn booted(&mut self, thread: ThreadId) {
        let instance = self.threads[thread as usize].instance as usize;
        self.tell_lives(|lives, _| lives.process_booted(instance));
        self.populate(instance);
        self.tell_lives(|lives, _| lives.started());
        self.request(thread, Intent::Next);
    }

    /// Begins all threads that begin with a process, and the arrivals.
    fn populate(&mut self, instance: usize) {
        let scenario = self.scenario;
        let Instance { process, ordinal, pause, pause_every, .. } = self.instances[instance];
        for (group, spec) in scenario.program.threads.iter().enumerate().filter(|(_, spec)| spec.process == process) {
            let unit = self.first_unit[group] + ordinal as usize;
            match &spec.begin {
                Begin::WithProcess => {
                    while self.units[unit].begun < spec.count.unwrap_or(0) && self.fault.is_none() {
                        self.begin_thread(group, instance, 0, After::Request);
                    }
                }
                Begin::Arrivals(_) if spec.count != Some(0) => {
                    self.arrivals_pending += 1;
                    if !spec.daemon {
                        self.keep(instance);
                    }
                    self.schedule_arrival(unit);
                }
                Begin::ByStep | Begin::Arrivals(_) => {}
            }
        }
        if pause > 0 {
            self.queue.push(self.now.saturating_add(pause_every), Event::StopWorld(instance as u32));
        }
        self.let_go(instance);
    }

    #[inline(always)]
    fn schedule_arrival(&mut self, unit: usize) {
        if let Some(delay) = self.units[unit].draw_arrival(&self.code) {
            self.queue.push(self.now.saturating_add(delay), Event::Arrival(unit as u32));
        }
    }

    /// The next thread of a unit arrives.
    #[inline(always)]
    pub(super) fn arrival(&mut self, unit: usize) {
        let (group, instance) = (self.units[unit].group, self.units[unit].instance);
        if self.instances[instance].ended {
            // Only daemons come to a process that has ended, and they come in vain.
            self.arrivals_pending -= 1;
            return;
        }
        self.begin_thread(group, instance, 0, After::Request);
        let this = &self.units[unit];
        if this.has_more() {
            return self.schedule_arrival(unit);
        }
        let daemon = this.daemon;
        self.arrivals_pending -= 1;
        if !daemon {
            self.let_go(instance);
        }
    }

    /// Something in a process keeps it alive, and the run going: a thread, arrivals to come, its own start.
    fn keep(&mut self, instance: usize) {
        self.instances[instance].keeping += 1;
        self.keeping += 1;
    }

    /// Begins a thread; `cost` is processor time that it spends before its first step, and `after` what then follows.
    fn begin_thread(&mut self, group: usize, instance: usize, cost: Nanos, after: After) {
        let thread = self.add_thread(group, instance);
        if cost > 0 {
            let this = &mut self.threads[thread as usize];
            this.segment = Segment::new(Kind::StartUp, cost, self.now);
            this.after = after;
            this.on_core = OnCore::Segment;
        }
        self.ready(thread);
    }

    /// A thread that is about to begin with its first step.
    #[inline(always)]
    fn add_thread(&mut self, group: usize, instance: usize) -> ThreadId {
        let unit = self.first_unit[group] + self.instances[instance].ordinal as usize;
        let this = &mut self.units[unit];
        let number = this.begun;
        let random = this.count_in(&mut self.instances[instance]);
        self.living += 1;
        self.keeping += u64::from(!this.daemon);
        let thread = self.slot(unit, random);
        if self.instances[instance].threads_begun == 2 {
            self.set_python_pace(instance);
            self.retime();
        }
        let (group_number, instance_number) = (group as u32, instance as u32);
        let begin = Entry::Begin { thread, group: group_number, instance: instance_number, number };
        self.recorder.record(self.now, begin);
        self.tell_lives(|lives, now| lives.begins(thread, group_number, now));
        thread
    }

    /// A slot for a thread, with everything set for its first step.
    #[inline(always)]
    fn slot(&mut self, unit: usize, random: Stream) -> ThreadId {
        let group = self.units[unit].group;
        let free = self.free_slots[group].pop();
        let id = free.unwrap_or(self.threads.len() as ThreadId);
        if free.is_some() {
            let Thread { since, generation, .. } = self.threads[id as usize];
            self.threads[id as usize] = Thread { generation, ..self.new_thread(unit, random, since) };
        } else {
            self.threads.push(self.new_thread(unit, random, self.measures.from));
            if self.unlimited {
                self.cores.push(Core::new(self.scenario.machine.speed_milli(id), self.measures.from));
            }
            let looks = self.next_thread_is_looked_at();
            self.add_slot(group);
            if looks {
                self.look_at_memory();
            }
        }
        if !self.unlimited {
            // A thread that is not ready yet takes no core from anybody.
            let number = self.number(id);
            let _ = self.run_queues.set_priority(number, self.threads[id as usize].priority);
            self.run_queues.set_nice(number, self.scenario.program.threads[group].nice);
        }
        self.clocks.of_mut(id).fill(self.now);
        id
    }

    /// A thread of a unit that has yet to begin, in a slot that has been free `since`.
    #[inline(always)]
    pub(super) fn new_thread(&self, unit: usize, random: Stream, since: Nanos) -> Thread {
        let Unit { group, instance, .. } = self.units[unit];
        Thread {
            state: State::Absent,
            since,
            group: group as u32,
            priority: self.scenario.program.threads[group].priority,
            instance: instance as u32,
            unit: unit as u32,
            core: None,
            last_core: None,
            left: self.now,
            segment: Segment::new(Kind::None, 0, self.now),
            after: After::Next,
            on_core: OnCore::Request,
            intent: Intent::Next,
            parked: Parked::No,
            lock_token: false,
            poked: false,
            object_token: false,
            timer_armed: false,
            generation: 0,
            wait_since: None,
            woken: 0,
            begin_on_wake: None,
            awaits: Awaits::Nothing,
            pc: self.code.entries[group],
            started: 0,
            random,
        }
    }

    /// Makes room for another thread in the accounts of threads.
    pub(super) fn add_slot(&mut self, group: usize) {
        self.measures.groups[group].slots += 1;
        self.measures.threads.push(ThreadShare::default());
        self.clocks.add();
        self.rounds.add();
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
                if started == 0 && spec.count > 0 && self.instances[self.first_instance[process]].begun {
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
            self.tell_lives(|lives, now| lives.asks(thread, now));
            self.start_segment(thread, Kind::StartUp, price, After::Spawn);
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
        self.tell_lives(|lives, now| lives.starts(thread, now));
        match target {
            Target::Threads(group) => {
                let cost = self.costs.thread_start.draw(&mut self.machine_random);
                self.begin_thread(group, self.threads[thread as usize].instance as usize, cost, After::Request);
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
        self.tell_lives(|lives, _| lives.started());
    }

    /// Waits until threads or processes have ended.
    pub(super) fn join(&mut self, thread: ThreadId, target: Target) -> Flow {
        let awaited = match target {
            Target::Threads(group) => {
                let unit = self.unit_of(thread, group);
                (!self.unit_ended(unit)).then_some(Awaits::Threads(unit as u32))
            }
            Target::Process(process) => self.unended_instance(process).map(|instance| Awaits::Process(instance as u32)),
        };
        let Some(awaits) = awaited else { return Flow::Next };
        match awaits {
            Awaits::Threads(unit) => self.units[unit as usize].joiners.push(thread),
            Awaits::Process(instance) => self.instances[instance as usize].joiners.push(thread),
            Awaits::Nothing | Awaits::Object(_) | Awaits::Message(_) => {}
        }
        self.threads[thread as usize].awaits = awaits;
        Flow::Again
    }

    fn unit_of(&self, thread: ThreadId, group: usize) -> usize {
        let instance = self.threads[thread as usize].instance as usize;
        self.first_unit[group] + self.instances[instance].ordinal as usize
    }

    pub(super) fn unit_ended(&self, unit: usize) -> bool {
        self.units[unit].total == Some(self.units[unit].ended)
    }

    /// The first instance of a process that has not ended: nothing keeps an ended one alive. Threads that nobody has
    /// started do not count.
    fn unended_instance(&self, process: usize) -> Option<usize> {
        let first = self.first_instance[process];
        let count = self.scenario.program.processes[process].count as usize;
        let unended = |&index: &usize| !self.instances[index].begun || self.instances[index].keeping > 0;
        (first..first + count).find(unended)
    }

    /// All Python code of a free-threaded process stops.
    pub(super) fn stop_world(&mut self, instance: usize) {
        let Instance { living, pause, pause_every, .. } = self.instances[instance];
        if living == 0 {
            // There is nobody to stop, now or, unless threads arrive, ever again.
            if self.arrivals_pending > 0 {
                self.queue.push(self.now.saturating_add(pause_every), Event::StopWorld(instance as u32));
            }
            return;
        }
        self.measures.world_stops += 1;
        self.instances[instance].stopped = true;
        self.recorder.record(self.now, Entry::WorldStops { lock: instance as u32 });
        self.retime();
        self.queue.push(self.now.saturating_add(pause), Event::ResumeWorld(instance as u32));
    }

    pub(super) fn resume_world(&mut self, instance: usize) {
        self.instances[instance].stopped = false;
        self.recorder.record(self.now, Entry::WorldGoesOn { lock: instance as u32 });
        self.retime();
        let pause_every = self.instances[instance].pause_every;
        self.queue.push(self.now.saturating_add(pause_every), Event::StopWorld(instance as u32));
    }
}
