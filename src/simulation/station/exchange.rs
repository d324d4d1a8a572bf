//! How stations take over the threads of the engine, and give them back.

use super::super::core_state::{Core, CorePhase};
use super::super::engine::{Engine, Event};
use super::super::lock_state::Lock;
use super::super::measure::GroupMeasures;
use super::super::process::Unit;
use super::super::recorder::Recorder;
use super::super::thread::{Kind, OnCore, Parked, Segment, State, Thread};
use super::customer::{Customer, Doing};
use super::{Role, Server, Stations, Stranded};
use crate::kernel::{NEVER, Nanos};
use crate::lock::policy::{AnyPolicy, Cause};
use crate::lock::queued::Queued;
use crate::machine::ThreadId;

impl<R: Recorder> Engine<'_, R> {
    /// Whether all threads can be customers: events that stations schedule have the first generation, which is that of threads
    /// and cores until a process ends with threads whose timer or core is pending.
    pub(super) fn are_customers(&self) -> bool {
        self.threads.iter().all(|thread| thread.generation == 0) && self.cores.iter().all(|core| core.generation == 0)
    }
}

impl<'e, 'a, R: Recorder> Stations<'e, 'a, R> {
    /// Takes over all threads and cores.
    pub(super) fn take_over(engine: &'e mut Engine<'a, R>) -> Self {
        engine.settle_accounts();
        engine.cores = Vec::new();
        let customers = std::mem::take(&mut engine.threads).into_iter().map(Customer::from).collect();
        let measures = std::mem::take(&mut engine.measures.locks);
        let instances = std::mem::take(&mut engine.instances);
        let locks = std::mem::take(&mut engine.locks).into_iter().zip(measures).zip(instances);
        let servers = locks.map(|((mut lock, measures), instance)| {
            let line = line(&mut lock).line().collect();
            Server { lock, instance, measures, line }
        });
        let servers = servers.collect();
        let role =
            |unit: Unit| Role { entry: engine.code.entries[unit.group], unit, account: GroupMeasures::default() };
        let roles = std::mem::take(&mut engine.units).into_iter().map(role).collect();
        let from = engine.now;
        Self { engine, customers, servers, roles, from, stranded: None }
    }

    /// Gives all of them back, and tells of the holder that is stranded. What is never read on such machines (when a thread left
    /// its core, how far it is to a check point that nobody looks at) is set anew.
    pub(super) fn give_back(self) -> Option<Stranded> {
        let Self { engine, customers, servers, roles, from, stranded } = self;
        for Role { unit, account, .. } in roles {
            engine.measures.groups[unit.group].add(&account);
            engine.units.push(unit);
        }
        for (share, customer) in engine.measures.threads.iter_mut().zip(&customers) {
            share.held += customer.held;
            share.acquisitions += customer.acquisitions;
        }
        engine.threads.reserve_exact(customers.len());
        engine.cores.reserve_exact(customers.len());
        for (number, customer) in (0..).zip(customers) {
            engine.reinstate(number, customer, from);
        }
        for Server { mut lock, instance, measures, line: before } in servers {
            let heir = lock.heir;
            line(&mut lock).set_line(before, heir);
            engine.locks.push(lock);
            engine.instances.push(instance);
            engine.measures.locks.push(measures);
        }
        for (at, event) in engine.queue.future() {
            if let Event::Core(core, _) = event {
                let thread = &mut engine.threads[core as usize];
                let left = at - thread.since;
                thread.segment.left = left;
                let core = &mut engine.cores[core as usize];
                (core.armed, core.planned) = (true, left);
            }
        }
        engine.living = engine.instances.iter().map(|instance| u64::from(instance.living)).sum();
        engine.keeping = engine.instances.iter().map(|instance| u64::from(instance.keeping)).sum();
        (0..engine.instances.len()).for_each(|instance| engine.set_python_pace(instance));
        let runs = |core: &&Core| core.phase == CorePhase::Running;
        engine.busy_cores = engine.cores.iter().filter(runs).count();
        stranded
    }
}

impl From<Thread> for Customer {
    fn from(thread: Thread) -> Self {
        let doing = match thread.state {
            State::Absent => Doing::Absent,
            State::Io => Doing::Io,
            State::Sleep => Doing::Sleeps,
            State::LockWait => Doing::Queues,
            State::Ready if thread.on_core == OnCore::Request => Doing::Asks,
            State::Ready => Doing::Called,
            _ => Doing::Works,
        };
        Self {
            since: thread.wait_since.unwrap_or(thread.since),
            held: 0,
            acquisitions: 0,
            pc: thread.pc,
            unit: thread.unit as u16,
            begins: thread.begin_on_wake.map_or(Self::NO_COUNTER, |counter| counter as u8),
            doing,
            random: thread.random,
        }
    }
}

impl<R: Recorder> Engine<'_, R> {
    /// Makes the next thread, and its core, of a customer whose accounts have been kept since `from`. What it has planned is yet
    /// to be set.
    fn reinstate(&mut self, number: ThreadId, customer: Customer, from: Nanos) {
        let Customer { random, since, pc, unit, begins, doing, .. } = customer;
        let (state, phase, parked) = match doing {
            Doing::Absent => (State::Absent, CorePhase::Idle, Parked::No),
            Doing::Asks | Doing::Called => (State::Ready, CorePhase::Switching, Parked::No),
            Doing::Queues => (State::LockWait, CorePhase::Idle, Parked::Lock),
            Doing::Works | Doing::Strands => (State::Python, CorePhase::Running, Parked::No),
            Doing::Io => (State::Io, CorePhase::Idle, Parked::Timer),
            Doing::Sleeps => (State::Sleep, CorePhase::Idle, Parked::Timer),
        };
        let waits = matches!(doing, Doing::Queues | Doing::Called);
        let mut account_since = if waits { since.max(from) } else { since };
        if doing == Doing::Called {
            // Its wait for the lock goes on until it takes it, but it is ready since this moment.
            let elapsed = self.now - account_since;
            self.measures.groups[self.units[usize::from(unit)].group].states[State::LockWait as usize] += elapsed;
            self.measures.cores.idle += elapsed;
            account_since = self.now;
        }
        let core = (phase != CorePhase::Idle).then_some(number);
        let (work, left) = if doing == Doing::Works { (Kind::Compute, NEVER) } else { (Kind::None, 0) };
        self.threads.push(Thread {
            state,
            core,
            last_core: Some(number),
            segment: Segment::new(work, left, since),
            on_core: if doing == Doing::Called { OnCore::Lock(Cause::Woken) } else { OnCore::Request },
            parked,
            timer_armed: parked == Parked::Timer,
            wait_since: waits.then_some(since),
            woken: self.now,
            begin_on_wake: (begins != Customer::NO_COUNTER).then_some(u32::from(begins)),
            pc,
            ..self.new_thread(usize::from(unit), random, account_since)
        });
        self.cores.push(Core {
            phase,
            thread: core,
            last: Some(number),
            armed: phase == CorePhase::Switching,
            ..Core::new(self.scenario.machine.speed_milli(number), account_since)
        });
    }
}

/// The line before a station.
fn line(lock: &mut Lock) -> &mut Queued {
    match lock.policy.as_deref_mut() {
        Some(AnyPolicy::Queued(queue)) => queue,
        _ => unreachable!("only such locks are stations"),
    }
}
