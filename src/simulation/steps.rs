//! Running a thread's program.

use super::engine::Engine;
use super::recorder::Recorder;
use super::thread::{After, Intent, Kind, State, Thread};
use crate::kernel::Nanos;
use crate::lock::policy::Free;
use crate::machine::ThreadId;
use crate::workload::code::{Op, WorkIndex};

/// A thread that does so many steps without using any time is in an endless loop.
pub(super) const STEPS_WITHOUT_TIME: u32 = 1_000_000;

/// What becomes of a thread after an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// It does the next operation at once.
    Next,
    /// It does the operation again when it next holds the lock.
    Again,
    /// It works or waits; the operation is done.
    Stop,
}

impl<R: Recorder> Engine<'_, R> {
    /// Does operations until one takes time. The thread runs, and has the lock of its interpreter.
    pub(super) fn run_steps(&mut self, thread: ThreadId) {
        for _ in 0..STEPS_WITHOUT_TIME {
            let pc = self.threads[thread as usize].pc;
            self.threads[thread as usize].pc = pc + 1;
            match self.operate(thread, self.code.ops[pc as usize]) {
                Flow::Stop => return,
                Flow::Next if self.charge == 0 => {}
                Flow::Next => {
                    let charge = std::mem::take(&mut self.charge);
                    return self.start_segment(thread, Kind::Overhead, charge, After::Next);
                }
                Flow::Again => {
                    self.threads[thread as usize].pc = pc;
                    return self.release(thread, Free::Voluntary, Intent::Object);
                }
            }
        }
        self.circles(thread);
    }

    /// A thread has done more steps than it may without using any time.
    pub(super) fn circles(&mut self, thread: ThreadId) {
        self.broken("a thread goes round in a loop that takes no time", Some(thread));
    }

    #[inline(always)]
    fn operate(&mut self, thread: ThreadId, op: Op) -> Flow {
        match op {
            Op::Compute(work) => self.python(thread, Kind::Compute, work),
            Op::Call(work) => self.python(thread, Kind::Call, work),
            Op::Native(work) => {
                let work = self.draw(thread, work);
                self.go_without_lock(thread, Intent::Native(work))
            }
            Op::Io(law) => {
                let delay = self.draw(thread, law);
                self.go_without_lock(thread, Intent::Wait(State::Io, delay))
            }
            Op::Sleep(law) => {
                let slack = self.costs.timer_slack.draw(&mut self.machine_random);
                let delay = self.draw(thread, law).saturating_add(slack);
                self.go_without_lock(thread, Intent::Wait(State::Sleep, delay))
            }
            Op::Pickle(bytes) => {
                let call = self.costs.pickle.call.draw(&mut self.machine_random);
                let work = call.saturating_add(self.costs.pickle.bytes(bytes));
                self.work(thread, Kind::Call, work, After::CallEnd)
            }
            Op::Pipe(bytes) => {
                let work = self.pipe_cost(bytes);
                self.go_without_lock(thread, Intent::Native(work))
            }
            Op::Send { bytes, queue } => {
                let work = self.pipe_cost(bytes);
                self.go_without_lock(thread, Intent::Send(work, queue))
            }
            Op::Write { work, queue } => {
                let work = self.draw(thread, work);
                self.go_without_lock(thread, Intent::Send(work, queue))
            }
            Op::Read(read) => self.go_without_lock(thread, Intent::Read(read)),
            Op::Start(target) => self.start(thread, target),
            Op::Join(target) => self.join(thread, target),
            Op::Exit => {
                self.release(thread, Free::Exit, Intent::Exit);
                Flow::Stop
            }
            Op::Loop { .. } | Op::Again { .. } | Op::Jump(_) | Op::Choose(_) => {
                let Thread { pc, random, .. } = &mut self.threads[thread as usize];
                *pc = self.code.branch(op, *pc, self.rounds.of_mut(thread), random);
                Flow::Next
            }
            Op::Begin(counter) => {
                self.start_clock(thread, counter);
                Flow::Next
            }
            Op::BeginOnWake(counter) => {
                self.threads[thread as usize].begin_on_wake = Some(counter);
                Flow::Next
            }
            Op::Count(counter) => {
                self.count_up(thread, counter);
                Flow::Next
            }
            _ => self.use_object(thread, op),
        }
    }

    /// Python code or a C call.
    #[inline(always)]
    fn python(&mut self, thread: ThreadId, kind: Kind, work: WorkIndex) -> Flow {
        let work = self.draw(thread, work);
        self.work(thread, kind, work, if kind == Kind::Call { After::CallEnd } else { After::Next })
    }

    #[inline(always)]
    fn work(&mut self, thread: ThreadId, kind: Kind, work: Nanos, after: After) -> Flow {
        if work == 0 {
            return Flow::Next;
        }
        self.start_segment(thread, kind, work, after);
        Flow::Stop
    }

    fn pipe_cost(&mut self, bytes: u64) -> Nanos {
        let call = self.costs.pipe.call.draw(&mut self.machine_random);
        call.saturating_add(self.costs.pipe.bytes(bytes))
    }

    #[inline(always)]
    fn go_without_lock(&mut self, thread: ThreadId, intent: Intent) -> Flow {
        self.release(thread, Free::Voluntary, intent);
        Flow::Stop
    }

    #[inline(always)]
    pub(super) fn draw(&mut self, thread: ThreadId, work: WorkIndex) -> Nanos {
        self.code.draw(work, &mut self.threads[thread as usize].random)
    }

    pub(super) fn start_clock(&mut self, thread: ThreadId, counter: u32) {
        self.start_clock_at(thread, counter, self.now);
    }

    /// Starts a counter's clock as of an earlier time.
    pub(super) fn start_clock_at(&mut self, thread: ThreadId, counter: u32, time: Nanos) {
        self.clocks.of_mut(thread)[counter as usize] = time;
    }

    pub(super) fn count_up(&mut self, thread: ThreadId, counter: u32) {
        let started = std::mem::replace(&mut self.clocks.of_mut(thread)[counter as usize], self.now);
        self.measures.counters[counter as usize].count(self.now - started);
    }
}
