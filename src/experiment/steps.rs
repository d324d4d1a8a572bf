//! Steps of threads: tables with exactly one verb.

use std::collections::{HashMap, HashSet};

use super::diagnostic::{Checked, Diagnostic, nearest, quoted};
use super::files::Files;
use super::law;
use super::node::{Fields, Node};
use super::scope::{self, ObjectName, Scope};
use super::source::Place;
use super::tree::Value;
use crate::kernel::law::Law;
use crate::workload::{Mode, ObjectKind, StartMethod, Step, Target, Work};

/// The verbs, and the keys that may stand beside each.
const VERBS: [(&str, &[&str]); 26] = [
    ("compute", &["times", "counts"]),
    ("call", &["times", "counts"]),
    ("native", &["times", "counts"]),
    ("io", &["times", "begins", "counts"]),
    ("sleep", &["times", "begins", "counts"]),
    ("acquire", &["mode"]),
    ("release", &[]),
    ("wait", &[]),
    ("notify", &["n"]),
    ("set", &[]),
    ("clear", &[]),
    ("barrier", &[]),
    ("put", &[]),
    ("get", &[]),
    ("close", &[]),
    ("drain", &["steps"]),
    ("send", &["bytes"]),
    ("receive", &["bytes"]),
    ("write", &["takes"]),
    ("read", &["takes", "begins", "counts"]),
    ("start", &[]),
    ("join", &[]),
    ("repeat", &["steps"]),
    ("choose", &[]),
    ("begin", &[]),
    ("count", &[]),
];

/// In which mode a readers-writers lock is taken.
const MODES: [(&str, Mode); 2] = [("read", Mode::Read), ("write", Mode::Write)];

/// Reads the steps of all threads of a program and gathers the counters that they use.
pub struct StepReader<'a> {
    scope: &'a Scope,
    files: &'a Files,
    process: usize,
    counters: Vec<Counter>,
    counter_names: HashMap<String, usize>,
    started: HashSet<Target>,
}

/// A counter, declared by its use.
struct Counter {
    name: String,
    begun: Option<Place>,
    counted: bool,
}

impl<'a> StepReader<'a> {
    /// A reader of steps that may use the names of `scope`.
    pub fn new(scope: &'a Scope, files: &'a Files) -> Self {
        Self { scope, files, process: 0, counters: Vec::new(), counter_names: HashMap::new(), started: HashSet::new() }
    }

    /// Reads the steps of a thread of the process with this index.
    pub fn thread(&mut self, process: usize, node: &Node) -> Checked<Vec<Step>> {
        self.process = process;
        self.steps(node)
    }

    /// The index of the counter of that name, which something counts.
    pub fn counted(&mut self, name: &str) -> usize {
        let index = self.counter(name);
        self.counters[index].counted = true;
        index
    }

    /// Notes that some step starts the target.
    pub fn starts(&mut self, target: Target) {
        self.started.insert(target);
    }

    /// Checks what can be told only when all steps have been read, and gives the names of the counters.
    pub fn finish(self) -> Checked<Vec<String>> {
        for counter in &self.counters {
            if let (Some(place), false) = (&counter.begun, counter.counted) {
                let error = Diagnostic::at(place, format!("nothing counts `{}`", counter.name), "begun here");
                let counted = self.counters.iter().filter(|other| other.counted).map(|other| other.name.as_str());
                let near = nearest(&counter.name, &counted.collect::<Vec<_>>()).map(str::to_owned);
                let help = near.map_or("add a step `count`, or `counts` to a step".into(), |name| {
                    format!("did you mean `{name}`, which is counted?")
                });
                return Err(error.help(help));
            }
        }
        let groups = self.scope.groups.iter().enumerate().filter(|(_, group)| group.by_step);
        let groups = groups.map(|(index, group)| (Target::Threads(index), &group.name, Some(&group.place)));
        let processes = self.scope.processes.iter().enumerate();
        let processes = processes.filter(|(_, process)| process.start != StartMethod::Present);
        let processes =
            processes.map(|(index, process)| (Target::Process(index), &process.name, process.place.as_ref()));
        let mut idle = groups.chain(processes).filter(|(target, ..)| !self.started.contains(target));
        match idle.next() {
            Some((_, name, Some(place))) => {
                let error = Diagnostic::at(place, format!("no step starts `{name}`"), "never started");
                Err(error.help(format!("add a step {{ start = \"{name}\" }}")))
            }
            _ => Ok(self.counters.into_iter().map(|counter| counter.name).collect()),
        }
    }

    fn steps(&mut self, node: &Node) -> Checked<Vec<Step>> {
        let mut steps = Vec::new();
        for node in node.list()? {
            if steps.last().is_some_and(is_endless) {
                return Err(node.error("this step is never reached", "the step before it never ends"));
            }
            self.step(&node, &mut steps)?;
        }
        Ok(steps)
    }

    fn step(&mut self, node: &Node, steps: &mut Vec<Step>) -> Checked<()> {
        let (verb, fields) = verb(node)?;
        if let Some(node) = fields.get("begins") {
            steps.push(Step::BeginOnWake(self.begun(&node)?));
        }
        match verb.key {
            "compute" => steps.push(Step::Compute(self.work(&verb, &fields)?)),
            "call" => steps.push(Step::Call(self.work(&verb, &fields)?)),
            "native" => steps.push(Step::Native(self.work(&verb, &fields)?)),
            "io" => steps.push(Step::Io(self.law(&verb, &fields)?)),
            "sleep" => steps.push(Step::Sleep(self.law(&verb, &fields)?)),
            "acquire" => steps.push(self.acquire(&verb, &fields)?),
            "release" => steps.push(Step::Release(self.lock(&verb)?)),
            "wait" => steps.push(Step::Wait(self.object(&verb, "an event or a condition", |kind| {
                matches!(kind, ObjectKind::Event | ObjectKind::Condition(_))
            })?)),
            "notify" => {
                let condition = self.object(&verb, "a condition", |kind| matches!(kind, ObjectKind::Condition(_)))?;
                steps.push(Step::Notify(condition, fields.maybe("n", notified)?.unwrap_or(Some(1))));
            }
            "set" => steps.push(Step::Set(self.event(&verb)?)),
            "clear" => steps.push(Step::Clear(self.event(&verb)?)),
            "barrier" => steps
                .push(Step::Barrier(self.object(&verb, "a barrier", |kind| matches!(kind, ObjectKind::Barrier(_)))?)),
            "put" => steps.push(Step::Put(self.queue(&verb)?)),
            "get" => steps.push(Step::Get(self.queue(&verb)?)),
            "close" => steps.push(Step::Close(self.closable(&verb)?)),
            "drain" => {
                let queue = self.closable(&verb)?;
                steps.push(Step::Drain(queue, self.steps(&fields.need("steps")?)?));
            }
            "send" => {
                let (channel, bytes) = self.message(&verb, &fields)?;
                steps.push(Step::Send { bytes, queue: Some(channel) });
            }
            "receive" => {
                let (channel, bytes) = self.message(&verb, &fields)?;
                steps.extend([Step::Get(channel), Step::Receive { bytes }]);
            }
            "write" => steps.push(Step::Write(self.channel(&verb)?, self.takes(&fields)?)),
            "read" => steps.push(Step::Read(self.channel(&verb)?, self.takes(&fields)?)),
            "start" => steps.push(Step::Start(self.startable(&verb)?)),
            "join" => steps.push(Step::Join(self.joinable(&verb)?)),
            "repeat" => steps.push(self.repeat(&verb, &fields)?),
            "choose" => steps.push(self.choose(&verb)?),
            "begin" => steps.push(Step::Begin(self.begun(&verb)?)),
            _ => steps.push(Step::Count(self.counted(scope::name(&verb)?))),
        }
        if let Some(node) = fields.get("counts") {
            if steps.last().is_some_and(is_endless) {
                return Err(node.error("this is never counted", "the step never ends"));
            }
            steps.push(Step::Count(self.counted(scope::name(&node)?)));
        }
        Ok(())
    }

    /// The index of the counter whose clock is started here.
    fn begun(&mut self, node: &Node) -> Checked<usize> {
        let counter = self.counter(scope::name(node)?);
        self.counters[counter].begun.get_or_insert_with(|| node.place().clone());
        Ok(counter)
    }

    fn work(&self, node: &Node, fields: &Fields) -> Checked<Work> {
        match (&node.item.value, fields.get("times")) {
            (Value::Text(text), None) if text == "forever" => Ok(Work::Forever),
            (Value::Text(text), Some(times)) if text == "forever" => {
                Err(times.error("what goes on for ever cannot be multiplied", format!("`{}` never ends", node.key)))
            }
            _ => self.law(node, fields).map(Work::Drawn),
        }
    }

    /// The law of a timed step; `times` multiplies a constant one.
    fn law(&self, node: &Node, fields: &Fields) -> Checked<Law> {
        match fields.get("times") {
            Some(times) => law::multiple(node, &times),
            None => law::read(node, self.files),
        }
    }

    fn object(&self, node: &Node, wanted: &str, good: impl Fn(ObjectKind) -> bool) -> Checked<usize> {
        self.scope.object(node, wanted, |object| good(object.object.kind))
    }

    fn lock(&self, node: &Node) -> Checked<usize> {
        self.object(node, "a lock or a semaphore", |kind| {
            matches!(kind, ObjectKind::Lock { .. } | ObjectKind::Semaphore(_) | ObjectKind::ReadersWriters(_))
        })
    }

    /// A readers-writers lock is taken to write unless the step says `mode = "read"`.
    fn acquire(&self, node: &Node, fields: &Fields) -> Checked<Step> {
        let lock = self.lock(node)?;
        let mode = fields.maybe("mode", |node| Ok((node, node.choice(&MODES)?)))?;
        match (self.scope.objects[lock].object.kind, mode) {
            (ObjectKind::ReadersWriters(_), mode) => Ok(Step::Enter(lock, mode.map_or(Mode::Write, |(_, mode)| mode))),
            (_, None) => Ok(Step::Acquire(lock)),
            (_, Some((node, _))) => {
                let message =
                    format!("`mode` wants a readers-writers lock; this is {}", self.scope.objects[lock].describe());
                Err(node.error(message, "has no modes").also(&self.scope.objects[lock].place, "declared here"))
            }
        }
    }

    fn event(&self, node: &Node) -> Checked<usize> {
        self.object(node, "an event", |kind| kind == ObjectKind::Event)
    }

    fn queue(&self, node: &Node) -> Checked<usize> {
        let good = |object: &ObjectName| matches!(object.object.kind, ObjectKind::Queue(_)) && !object.channel;
        self.scope.object(node, "a queue", good)
    }

    fn closable(&self, node: &Node) -> Checked<usize> {
        self.object(node, "a queue or a channel", |kind| matches!(kind, ObjectKind::Queue(_)))
    }

    fn message(&self, node: &Node, fields: &Fields) -> Checked<(usize, u64)> {
        Ok((self.channel(node)?, bytes(&fields.need("bytes")?)?))
    }

    fn channel(&self, node: &Node) -> Checked<usize> {
        self.scope.object(node, "a channel", |object| object.channel)
    }

    /// The length of a system call, nothing if it is not given.
    fn takes(&self, fields: &Fields) -> Checked<Law> {
        Ok(fields.maybe("takes", |node| law::read(&node, self.files))?.unwrap_or(Law::ZERO))
    }

    fn startable(&mut self, node: &Node) -> Checked<Target> {
        let target = self.joinable(node)?;
        match target {
            Target::Threads(index) if !self.scope.groups[index].by_step => {
                let group = &self.scope.groups[index];
                let error = node.error(format!("`{}` begins by itself", group.name), "cannot be started");
                Err(error.also(&group.place, "give it `begin = \"step\"`"))
            }
            Target::Process(index) if self.scope.processes[index].start == StartMethod::Present => {
                let process = &self.scope.processes[index];
                let error = node.error(format!("`{}` is there from the start", process.name), "cannot be started");
                Err(error.help("give the process `start = \"fork\"`, \"spawn\", \"forkserver\" or \"interpreter\""))
            }
            target => {
                self.starts(target);
                Ok(target)
            }
        }
    }

    fn joinable(&self, node: &Node) -> Checked<Target> {
        let target = self.scope.target(node)?;
        let own = &self.scope.processes[self.process].name;
        match target {
            Target::Threads(index) if self.scope.groups[index].process != self.process => {
                let group = &self.scope.groups[index];
                let other = &self.scope.processes[group.process].name;
                let message = format!("`{}` belongs to the process `{other}`", group.name);
                Err(node.error(message, format!("this thread is of the process `{own}`")))
            }
            Target::Process(index) if index == self.process => {
                Err(node.error(format!("`{own}` is the process of this thread"), "its own process"))
            }
            target => Ok(target),
        }
    }

    fn repeat(&mut self, verb: &Node, fields: &Fields) -> Checked<Step> {
        let times = match &verb.item.value {
            Value::Text(text) if text == "forever" => None,
            _ => Some(verb.integer_or(", or \"forever\"", 0..=i64::MAX)? as u64),
        };
        let node = fields.need("steps")?;
        let steps = self.steps(&node)?;
        if times.is_none() && steps.is_empty() {
            return Err(node.error("nothing is repeated for ever", "no steps"));
        }
        Ok(Step::Repeat(times, steps))
    }

    fn choose(&mut self, verb: &Node) -> Checked<Step> {
        let mut branches = Vec::new();
        for node in verb.list()? {
            let fields = node.table(&["p", "steps"])?;
            let p = fields.need("p")?.number("a probability from 0 to 1", |p| (0.0..=1.0).contains(&p))?;
            branches.push((p, self.steps(&fields.need("steps")?)?));
        }
        let sum: f64 = branches.iter().map(|(p, _)| p).sum();
        if (sum - 1.0).abs() > 1e-9 {
            return Err(verb.error("the probabilities of `choose` must sum to 1", format!("they sum to {sum}")));
        }
        Ok(Step::Choose(branches))
    }

    fn counter(&mut self, name: &str) -> usize {
        if let Some(&index) = self.counter_names.get(name) {
            return index;
        }
        self.counters.push(Counter { name: name.into(), begun: None, counted: false });
        self.counter_names.insert(name.into(), self.counters.len() - 1);
        self.counters.len() - 1
    }
}

/// The verb of a step, and its keys.
fn verb<'t>(node: &Node<'t>) -> Checked<(Node<'t>, Fields<'t>)> {
    let Value::Table(_) = &node.item.value else {
        return Err(node.wants("steps such as { compute = \"5ms\" }"));
    };
    let entries = node.entries()?;
    let names: Vec<&str> = VERBS.iter().map(|(name, _)| *name).collect();
    let mut found = entries.iter().filter_map(|entry| {
        let (_, beside) = VERBS.iter().find(|(name, _)| *name == entry.key)?;
        Some((entry, *beside))
    });
    match (found.next(), found.next()) {
        (Some((entry, beside)), None) => {
            let mut keys = vec![entry.key.as_str()];
            keys.extend(beside);
            Ok((Node::of(entry), node.table(&keys)?))
        }
        (Some((first, _)), Some((second, _))) => {
            let message = format!("a step has one verb; this has `{}` and `{}`", first.key, second.key);
            Err(Diagnostic::at(&second.place, message, "a second verb").help("write two steps"))
        }
        (None, _) => Err(match entries.iter().find_map(|entry| Some((entry, nearest(&entry.key, &names)?))) {
            Some((entry, name)) => {
                Diagnostic::at(&entry.place, format!("`{}` is not a verb of a step", entry.key), "unknown verb")
                    .help(format!("did you mean `{name}`?"))
            }
            None => node.error("this step has no verb", "no verb").help(format!("the verbs are {}", quoted(&names))),
        }),
    }
}

/// A number of bytes.
pub fn bytes(node: &Node) -> Checked<u64> {
    Ok(node.integer(0..=1_i64 << 50)? as u64)
}

fn notified(node: Node) -> Checked<Option<u32>> {
    match &node.item.value {
        Value::Text(text) if text == "all" => Ok(None),
        _ => node.integer_or(", or \"all\"", 1..=u32::MAX).map(Some),
    }
}

fn is_endless(step: &Step) -> bool {
    matches!(
        step,
        Step::Compute(Work::Forever) | Step::Call(Work::Forever) | Step::Native(Work::Forever) | Step::Repeat(None, _)
    )
}

/// Whether a thread with these steps surely never ends.
pub fn never_end(steps: &[Step]) -> bool {
    steps.iter().any(|step| match step {
        Step::Repeat(None, steps) => !may_leave(steps),
        Step::Repeat(Some(times), steps) => *times > 0 && never_end(steps),
        Step::Choose(branches) => branches.iter().all(|(_, steps)| never_end(steps)),
        step => is_endless(step),
    })
}

/// Whether a `get` of a closed queue may end the thread.
fn may_leave(steps: &[Step]) -> bool {
    steps.iter().any(|step| match step {
        Step::Get(_) => true,
        Step::Repeat(_, steps) => may_leave(steps),
        Step::Choose(branches) => branches.iter().any(|(_, steps)| may_leave(steps)),
        _ => false,
    })
}
