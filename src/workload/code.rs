//! Programs flattened into operations.
//!
//! [`Code::compile`] turns the nested steps of every thread group into one array of operations with jumps. The
//! simulation keeps an index into it for each thread and interprets without allocating.

use super::{Mode, Program, Step, Target, Work};
use crate::kernel::law::{Law, Sampler};
use crate::kernel::{NEVER, Nanos};
use rand::{Rng, RngExt};

/// How much work an operation is: an index into [`Code::laws`], or [`ENDLESS`].
pub type WorkIndex = u32;

/// Work without end.
pub const ENDLESS: WorkIndex = WorkIndex::MAX;

/// One operation. Objects, counters and groups are indices into the program; `u32` positions are indices into
/// [`Code::ops`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Op {
    /// Python code.
    Compute(WorkIndex),
    /// A C call that keeps the lock.
    Call(WorkIndex),
    /// A C call that releases the lock.
    Native(WorkIndex),
    /// Waits for a device.
    Io(WorkIndex),
    /// Waits for a time.
    Sleep(WorkIndex),
    /// Takes a lock or a place of a semaphore.
    Acquire(u32),
    /// Takes a readers-writers lock.
    Enter(u32, Mode),
    /// Gives it back.
    Release(u32),
    /// Gives back the lock of a condition and waits for a notification; an [`Op::Acquire`] of the lock follows.
    WaitCondition(u32),
    /// Waits for an event.
    WaitEvent(u32),
    /// Wakes at most so many waiters of a condition.
    Notify(u32, u32),
    /// Sets an event.
    Set(u32),
    /// Clears an event.
    Clear(u32),
    /// Waits at a barrier.
    Barrier(u32),
    /// Puts an item into a queue.
    Put(u32),
    /// Takes an item from a queue; goes to `exit` when it is closed and empty.
    Get {
        /// The queue.
        queue: u32,
        /// Where to go on when nothing more will come.
        exit: u32,
    },
    /// Closes a queue.
    Close(u32),
    /// Pickles or unpickles so many bytes.
    Pickle(u64),
    /// Moves so many bytes through a pipe.
    Pipe(u64),
    /// Moves a message through a pipe into a queue.
    Send {
        /// Size of the message.
        bytes: u64,
        /// The queue.
        queue: u32,
    },
    /// Spends a time without the lock, and puts a message into a queue.
    Write {
        /// Length of the system call.
        work: WorkIndex,
        /// The queue.
        queue: u32,
    },
    /// Takes a message from a queue without the lock, and spends a time on it.
    Read(Read),
    /// Starts threads or processes.
    Start(Target),
    /// Waits until they have ended.
    Join(Target),
    /// Begins a loop of so many rounds that ends before `exit`.
    Loop {
        /// Number of rounds.
        times: u64,
        /// The operation after the loop.
        exit: u32,
        /// How many counted loops enclose it.
        level: u32,
    },
    /// Begins the next round of a loop unless its rounds are used up.
    Again {
        /// The first operation of the round.
        start: u32,
        /// How many counted loops enclose the loop.
        level: u32,
    },
    /// Goes elsewhere.
    Jump(u32),
    /// Goes to one of the branches of [`Code::choices`].
    Choose(u32),
    /// Starts a counter's clock.
    Begin(u32),
    /// Starts a counter's clock when the wait of the next operation ends, or when its message was there.
    BeginOnWake(u32),
    /// Advances a counter.
    Count(u32),
    /// The thread ends.
    Exit,
}

/// What a thread reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Read {
    /// The queue.
    pub queue: u32,
    /// Length of the system call, the wait not counted.
    pub work: WorkIndex,
    /// Where to go on when nothing more will come.
    pub exit: u32,
}

/// Cumulated probabilities of the branches of a choice, and where each branch begins.
pub type Branches = Vec<(f64, u32)>;

/// The operations of a program.
#[derive(Debug, Clone)]
pub struct Code {
    /// All operations.
    pub ops: Vec<Op>,
    /// Where each thread group begins.
    pub entries: Vec<u32>,
    /// The laws of durations.
    pub laws: Vec<Sampler>,
    /// For each of them, the thread group and the verb of its step.
    pub sources: Vec<(usize, &'static str)>,
    /// The laws of times between arrivals, for the groups that arrive.
    pub arrivals: Vec<Option<Sampler>>,
    /// The branches of each choice.
    pub choices: Vec<Branches>,
    /// Times between signals, and how long their handlers run.
    pub signals: Vec<(Sampler, Sampler)>,
    /// How deep counted loops are nested: a thread keeps so many numbers of rounds.
    pub depth: usize,
}

impl Code {
    /// Draws how much work an operation is, in nanoseconds.
    #[inline(always)]
    pub fn draw<R: Rng + ?Sized>(&self, work: WorkIndex, random: &mut R) -> Nanos {
        if work == ENDLESS { NEVER } else { self.laws[work as usize].draw(random) }
    }

    /// Where a thread goes from `pc`, the operation after `op`, which is one that takes no time: a loop, a jump or a choice.
    /// `rounds` are the rounds that are left of each loop around it, from the outermost on.
    #[inline(always)]
    pub fn branch<R: Rng + ?Sized>(&self, op: Op, pc: u32, rounds: &mut [u64], random: &mut R) -> u32 {
        match op {
            Op::Loop { times: 0, exit, .. } => exit,
            Op::Loop { times, level, .. } => {
                rounds[level as usize] = times;
                pc
            }
            Op::Again { start, level } => {
                let left = &mut rounds[level as usize];
                *left -= 1;
                if *left > 0 { start } else { pc }
            }
            Op::Jump(target) => target,
            Op::Choose(choice) => {
                let drawn: f64 = random.random();
                let branches = &self.choices[choice as usize];
                let chosen = branches.iter().find(|(cumulated, _)| drawn < *cumulated).or(branches.last());
                chosen.map_or(pc, |&(_, start)| start)
            }
            _ => pc,
        }
    }

    /// Flattens a program.
    ///
    /// # Errors
    /// A sentence naming a law whose parameters are out of range.
    pub fn compile(program: &Program) -> Result<Self, String> {
        let mut compiler = Compiler {
            program,
            code: Self {
                ops: Vec::new(),
                entries: Vec::new(),
                laws: Vec::new(),
                sources: Vec::new(),
                arrivals: Vec::new(),
                choices: Vec::new(),
                signals: Vec::new(),
                depth: 0,
            },
            exits: Vec::new(),
            level: 0,
        };
        for group in &program.threads {
            compiler.group(group)?;
        }
        for signal in &program.signals {
            compiler.code.signals.push((signal.arrivals.sampler()?, signal.handler.sampler()?));
        }
        Ok(compiler.code)
    }
}

struct Compiler<'a> {
    program: &'a Program,
    code: Code,
    /// For each enclosing drain, the `Get`s and `Read`s whose exit is not known yet; the first entry is the thread's own.
    exits: Vec<Vec<usize>>,
    /// How many counted loops enclose the present place.
    level: u32,
}

impl Compiler<'_> {
    fn group(&mut self, group: &super::ThreadGroup) -> Result<(), String> {
        self.code.entries.push(self.here());
        self.code.arrivals.push(match &group.begin {
            super::Begin::Arrivals(law) => Some(law.sampler()?),
            _ => None,
        });
        self.exits.push(Vec::new());
        self.steps(&group.steps)?;
        self.close_exits();
        self.code.ops.push(Op::Exit);
        Ok(())
    }

    fn steps(&mut self, steps: &[Step]) -> Result<(), String> {
        steps.iter().try_for_each(|step| self.step(step))
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        let op = match step {
            Step::Compute(work) => Op::Compute(self.work("compute", work)?),
            Step::Call(work) => Op::Call(self.work("call", work)?),
            Step::Native(work) => Op::Native(self.work("native", work)?),
            Step::Io(law) => Op::Io(self.law("io", law)?),
            Step::Sleep(law) => Op::Sleep(self.law("sleep", law)?),
            Step::Acquire(object) => Op::Acquire(*object as u32),
            Step::Enter(object, mode) => Op::Enter(*object as u32, *mode),
            Step::Release(object) => Op::Release(*object as u32),
            Step::Wait(object) => {
                if let super::ObjectKind::Condition(lock) = self.program.objects[*object].kind {
                    self.code.ops.push(Op::WaitCondition(*object as u32));
                    Op::Acquire(lock as u32)
                } else {
                    Op::WaitEvent(*object as u32)
                }
            }
            Step::Notify(object, count) => Op::Notify(*object as u32, count.unwrap_or(u32::MAX)),
            Step::Set(object) => Op::Set(*object as u32),
            Step::Clear(object) => Op::Clear(*object as u32),
            Step::Barrier(object) => Op::Barrier(*object as u32),
            Step::Put(object) => Op::Put(*object as u32),
            Step::Get(object) => {
                self.get(*object);
                return Ok(());
            }
            Step::Close(object) => Op::Close(*object as u32),
            Step::Drain(object, steps) => return self.drain(*object, steps),
            Step::Send { bytes, queue } => {
                self.code.ops.push(Op::Pickle(*bytes));
                queue.map_or(Op::Pipe(*bytes), |queue| Op::Send { bytes: *bytes, queue: queue as u32 })
            }
            Step::Receive { bytes } => {
                self.code.ops.push(Op::Pipe(*bytes));
                Op::Pickle(*bytes)
            }
            Step::Write(queue, law) => Op::Write { work: self.law("write", law)?, queue: *queue as u32 },
            Step::Read(queue, law) => {
                let work = self.law("read", law)?;
                self.exits_here();
                Op::Read(Read { queue: *queue as u32, work, exit: 0 })
            }
            Step::Start(target) => Op::Start(*target),
            Step::Join(target) => Op::Join(*target),
            Step::Repeat(times, steps) => return self.repeat(*times, steps),
            Step::Choose(branches) => return self.choose(branches),
            Step::Begin(counter) => Op::Begin(*counter as u32),
            Step::BeginOnWake(counter) => Op::BeginOnWake(*counter as u32),
            Step::Count(counter) => Op::Count(*counter as u32),
        };
        self.code.ops.push(op);
        Ok(())
    }

    fn get(&mut self, queue: usize) {
        self.exits_here();
        self.code.ops.push(Op::Get { queue: queue as u32, exit: 0 });
    }

    /// Notes that the next operation goes to the innermost exit when its queue is closed.
    fn exits_here(&mut self) {
        let here = self.code.ops.len();
        self.exits.last_mut().into_iter().for_each(|exits| exits.push(here));
    }

    fn drain(&mut self, queue: usize, steps: &[Step]) -> Result<(), String> {
        let start = self.here();
        self.exits.push(Vec::new());
        self.get(queue);
        self.steps(steps)?;
        self.code.ops.push(Op::Jump(start));
        self.close_exits();
        Ok(())
    }

    /// Lets the `Get`s and `Read`s of the innermost drain, or of the thread, go on here.
    fn close_exits(&mut self) {
        let here = self.here();
        for index in self.exits.pop().unwrap_or_default() {
            if let Op::Get { exit, .. } | Op::Read(Read { exit, .. }) = &mut self.code.ops[index] {
                *exit = here;
            }
        }
    }

    fn repeat(&mut self, times: Option<u64>, steps: &[Step]) -> Result<(), String> {
        let head = self.here();
        let Some(times) = times else {
            self.steps(steps)?;
            self.code.ops.push(Op::Jump(head));
            return Ok(());
        };
        let level = self.level;
        self.code.ops.push(Op::Loop { times, exit: 0, level });
        self.level += 1;
        self.code.depth = self.code.depth.max(self.level as usize);
        self.steps(steps)?;
        self.level -= 1;
        self.code.ops.push(Op::Again { start: head + 1, level });
        let after = self.here();
        self.code.ops[head as usize] = Op::Loop { times, exit: after, level };
        Ok(())
    }

    fn choose(&mut self, branches: &[(f64, Vec<Step>)]) -> Result<(), String> {
        let choice = self.code.choices.len();
        self.code.choices.push(Vec::new());
        self.code.ops.push(Op::Choose(choice as u32));
        let mut sum = 0.0;
        let mut ends = Vec::new();
        for (probability, steps) in branches {
            sum += probability;
            let here = self.here();
            self.code.choices[choice].push((sum, here));
            self.steps(steps)?;
            ends.push(self.code.ops.len());
            self.code.ops.push(Op::Jump(0));
        }
        let after = self.here();
        for end in ends {
            self.code.ops[end] = Op::Jump(after);
        }
        Ok(())
    }

    fn work(&mut self, verb: &'static str, work: &Work) -> Result<WorkIndex, String> {
        match work {
            Work::Drawn(law) => self.law(verb, law),
            Work::Forever => Ok(ENDLESS),
        }
    }

    fn law(&mut self, verb: &'static str, law: &Law) -> Result<WorkIndex, String> {
        self.code.sources.push((self.code.entries.len() - 1, verb));
        self.code.laws.push(law.sampler()?);
        Ok((self.code.laws.len() - 1) as WorkIndex)
    }

    fn here(&self) -> u32 {
        self.code.ops.len() as u32
    }
}
