//! Pools of workers: a shorthand that is expanded into threads, processes, a queue and steps.
//!
//! A pool `p` becomes a thread `p.main` of the process `main`, which puts the tasks into the queue `p.queue`, and
//! workers `p.worker`, which take them out: threads of `main`, or one thread in each of as many processes `p`.
//! A serial pool is `p.main` alone, which does the job itself. Each job is counted on the counter `p`, whose clock
//! is started before the job.

use super::diagnostic::Checked;
use super::files::Files;
use super::law;
use super::node::{Fields, Node};
use super::scope::{self, Scope};
use super::steps::{self, StepReader};
use crate::kernel::law::Law;
use crate::workload::{Begin, ObjectKind, Process, StartMethod, Step, Target, ThreadGroup};

/// A pool whose names are known and whose job has not been read.
pub struct Pool<'t> {
    name: &'t str,
    workers: u32,
    tasks: Option<u64>,
    arrivals: Option<Law>,
    bytes: Option<(u64, u64)>,
    job: Node<'t>,
    crew: Crew,
    main: usize,
}

/// Who does the work.
#[derive(Debug, Clone, Copy)]
enum Crew {
    Serial,
    Threads { queue: usize, group: usize },
    Processes { queue: usize, process: usize },
}

/// Kinds of pools: none for a serial one, [`StartMethod::Present`] for threads.
const KINDS: [(&str, Option<StartMethod>); 6] = [
    ("serial", None),
    ("thread", Some(StartMethod::Present)),
    ("fork", Some(StartMethod::Fork)),
    ("spawn", Some(StartMethod::Spawn)),
    ("forkserver", Some(StartMethod::Forkserver)),
    ("interpreter", Some(StartMethod::Interpreter)),
];

impl<'t> Pool<'t> {
    /// Reads a `[[pool]]` table and adds its names to the scope.
    pub fn read(node: &Node<'t>, scope: &mut Scope, files: &Files) -> Checked<Self> {
        let fields = node.table(&["name", "kind", "workers", "tasks", "arrivals", "steps", "bytes"])?;
        let name_node = fields.need("name")?;
        let name = scope::name(&name_node)?;
        let place = name_node.place();
        let kind = fields.need("kind")?.choice(&KINDS)?;
        let workers = workers(&fields, kind.is_some())?;
        let arrivals = fields.maybe("arrivals", |node| law::read(&node, files))?;
        let count = |node: Node| Ok(node.integer(0..=i64::MAX)? as u64);
        let tasks = match fields.maybe("tasks", count)? {
            None if arrivals.is_none() => return Err(fields.missing("tasks")),
            tasks => tasks,
        };
        let main = scope.add_group(&format!("{name}.main"), 0, false, place)?;
        let worker = format!("{name}.worker");
        let crew = match kind {
            None => Crew::Serial,
            Some(method) => {
                let queue = scope.add_object(&format!("{name}.queue"), ObjectKind::Queue(0), true, place)?;
                if method == StartMethod::Present {
                    Crew::Threads { queue, group: scope.add_group(&worker, 0, true, place)? }
                } else {
                    let process = scope.add_process(name, method, place)?;
                    scope.add_group(&worker, process, false, place)?;
                    Crew::Processes { queue, process }
                }
            }
        };
        let bytes = fields.maybe("bytes", message_sizes)?;
        Ok(Self { name, workers, tasks, arrivals, bytes, job: fields.need("steps")?, crew, main })
    }

    /// The processes of the pool, in the order of the scope.
    pub fn processes(&self, scope: &Scope) -> Option<Process> {
        let Crew::Processes { process, .. } = self.crew else { return None };
        let start = scope.processes[process].start;
        Some(Process { name: self.name.into(), count: self.workers, start, lock: None })
    }

    /// The threads of the pool, in the order of the scope.
    pub fn threads(&self, scope: &Scope, reader: &mut StepReader) -> Checked<Vec<ThreadGroup>> {
        let home = if let Crew::Processes { process, .. } = self.crew { process } else { 0 };
        let counter = reader.counted(self.name);
        let mut job = vec![Step::Begin(counter)];
        job.extend(reader.thread(home, &self.job)?);
        let (target, queue) = match self.crew {
            Crew::Serial => {
                job.push(Step::Count(counter));
                return Ok(vec![group(scope, self.main, 1, self.each_task(job))]);
            }
            Crew::Threads { queue, group } => (Target::Threads(group), queue),
            Crew::Processes { queue, process } => (Target::Process(process), queue),
        };
        reader.starts(target);
        let main = group(scope, self.main, 1, self.feed(target, queue));
        let count = if home == 0 { self.workers } else { 1 };
        let work = vec![Step::Drain(queue, self.task(job, counter))];
        Ok(vec![main, group(scope, self.main + 1, count, work)])
    }

    /// What the main thread does: start the workers, put the tasks, wait for the workers.
    fn feed(&self, target: Target, queue: usize) -> Vec<Step> {
        let put = match self.messages() {
            Some((bytes, _)) => Step::Send { bytes, queue: Some(queue) },
            None => Step::Put(queue),
        };
        let mut steps = vec![Step::Start(target)];
        steps.extend(self.each_task(vec![put]));
        if self.tasks.is_some() {
            steps.extend([Step::Close(queue), Step::Join(target)]);
        }
        steps
    }

    /// What a worker does with a task.
    fn task(&self, job: Vec<Step>, counter: usize) -> Vec<Step> {
        let messages = self.messages();
        let mut steps: Vec<Step> = messages.map(|(bytes, _)| Step::Receive { bytes }).into_iter().collect();
        steps.extend(job);
        steps.extend(messages.map(|(_, bytes)| Step::Send { bytes, queue: None }));
        steps.push(Step::Count(counter));
        steps
    }

    /// Repeats steps for every task, when it arrives.
    fn each_task(&self, mut steps: Vec<Step>) -> Vec<Step> {
        if let Some(law) = &self.arrivals {
            steps.insert(0, Step::Io(law.clone()));
        }
        vec![Step::Repeat(self.tasks, steps)]
    }

    /// Sizes of a task and of its result, when they move between processes and the file gives them.
    fn messages(&self) -> Option<(u64, u64)> {
        self.bytes.filter(|_| matches!(self.crew, Crew::Processes { .. }))
    }
}

fn group(scope: &Scope, index: usize, count: u32, steps: Vec<Step>) -> ThreadGroup {
    let named = &scope.groups[index];
    let begin = if named.by_step { Begin::ByStep } else { Begin::WithProcess };
    ThreadGroup {
        name: named.name.clone(),
        count: Some(count),
        process: named.process,
        daemon: false,
        begin,
        priority: 0,
        nice: 0,
        weight_milli: 1000,
        steps,
    }
}

/// A serial pool has no workers, but a sweep over kinds may leave the key there.
fn workers(fields: &Fields, needed: bool) -> Checked<u32> {
    let count = fields.maybe("workers", |node| node.integer(1..=1_000_000))?;
    if needed && count.is_none() { Err(fields.missing("workers")) } else { Ok(count.unwrap_or(1)) }
}

fn message_sizes(node: Node) -> Checked<(u64, u64)> {
    let fields = node.table(&["task", "result"])?;
    let size = |key| -> Checked<u64> { Ok(fields.maybe(key, |node| steps::bytes(&node))?.unwrap_or(0)) };
    Ok((size("task")?, size("result")?))
}
