//! Programs: processes, threads, pools and objects.

use super::diagnostic::Checked;
use super::files::Files;
use super::node::{Fields, Node};
use super::pool::Pool;
use super::scope::{self, MAIN, Scope};
use super::steps::{StepReader, never_end};
use super::tree::Value;
use super::{law, lock};
use crate::kernel::law::Law;
use crate::machine::nice;
use crate::workload::{Begin, Process, Program, Signal, StartMethod, ThreadGroup};

/// How a process comes into being.
const STARTS: [(&str, StartMethod); 5] = [
    ("present", StartMethod::Present),
    ("fork", StartMethod::Fork),
    ("spawn", StartMethod::Spawn),
    ("forkserver", StartMethod::Forkserver),
    ("interpreter", StartMethod::Interpreter),
];

/// A `[[thread]]` table whose name is known and whose steps have not been read.
struct Declared<'t> {
    fields: Fields<'t>,
    group: ThreadGroup,
}

/// Reads the program of an experiment.
pub fn read(top: &Fields, files: &Files) -> Checked<Program> {
    let mut scope = Scope::new();
    if let Some(node) = top.get("objects") {
        scope.add_objects(&node)?;
    }
    let mut processes = vec![Process { name: MAIN.into(), count: 1, start: StartMethod::Present, lock: None }];
    for node in top.tables("process")? {
        processes.push(process(&node, &mut scope)?);
    }
    let threads = top.tables("thread")?;
    let threads = threads.iter().map(|node| declare(node, &mut scope, files)).collect::<Checked<Vec<_>>>()?;
    let pools = top.tables("pool")?;
    let pools = pools.iter().map(|node| Pool::read(node, &mut scope, files)).collect::<Checked<Vec<_>>>()?;
    processes.extend(pools.iter().filter_map(|pool| pool.processes(&scope)));

    let mut reader = StepReader::new(&scope, files);
    let mut groups = Vec::new();
    for Declared { fields, mut group } in threads {
        group.steps = reader.thread(group.process, &fields.need("steps")?)?;
        groups.push(group);
    }
    for pool in &pools {
        groups.extend(pool.threads(&scope, &mut reader)?);
    }
    let signals = top.tables("signal")?;
    let signals = signals.iter().map(|node| signal(node, &mut reader, files)).collect::<Checked<Vec<_>>>()?;
    let counters = reader.finish()?;
    let objects = scope.objects.into_iter().map(|named| named.object).collect();
    Ok(Program { processes, threads: groups, objects, counters, signals })
}

/// The name of a thread that surely never ends and that the end of the run waits for.
pub fn endless_thread(program: &Program) -> Option<&str> {
    let waited = program.threads.iter().filter(|group| !group.daemon && group.count != Some(0));
    let mut endless = waited.filter(|group| group.count.is_none() || never_end(&group.steps));
    endless.next().map(|group| group.name.as_str())
}

/// Where the thread of that name has its name.
pub fn thread_name<'t>(top: &Fields<'t>, name: &str) -> Option<Node<'t>> {
    let threads = top.tables("thread").ok()?;
    let names = threads.iter().filter_map(|node| node.entries().ok()?.iter().find(|entry| entry.key == "name"));
    names.map(Node::of).find(|node| node.text().is_ok_and(|text| text == name))
}

fn signal(node: &Node, reader: &mut StepReader, files: &Files) -> Checked<Signal> {
    let fields = node.table(&["name", "arrivals", "handler"])?;
    Ok(Signal {
        counter: reader.counted(scope::name(&fields.need("name")?)?),
        arrivals: arrivals(&fields.need("arrivals")?, files)?,
        handler: fields.maybe("handler", |node| law::read(&node, files))?.unwrap_or(Law::ZERO),
    })
}

fn arrivals(node: &Node, files: &Files) -> Checked<Law> {
    match law::read(node, files)? {
        Law::Constant(0) => Err(node.wants("times between arrivals above zero")),
        law => Ok(law),
    }
}

fn process(node: &Node, scope: &mut Scope) -> Checked<Process> {
    let fields = node.table(&["name", "count", "start", "lock"])?;
    let name_node = fields.need("name")?;
    let name = scope::name(&name_node)?;
    let start = fields.maybe("start", |node| node.choice(&STARTS))?.unwrap_or(StartMethod::Present);
    scope.add_process(name, start, name_node.place())?;
    Ok(Process {
        name: name.into(),
        count: fields.maybe("count", |node| node.integer(0..=1_000_000))?.unwrap_or(1),
        start,
        lock: fields.maybe("lock", |node| lock::read(Some(node)))?,
    })
}

fn declare<'t>(node: &Node<'t>, scope: &mut Scope, files: &Files) -> Checked<Declared<'t>> {
    let fields = node
        .table(&["name", "count", "process", "daemon", "begin", "arrivals", "priority", "nice", "weight", "steps"])?;
    let name_node = fields.need("name")?;
    let name = scope::name(&name_node)?;
    let process = fields.maybe("process", |node| scope.process(&node))?.unwrap_or(0);
    let begin = begin(&fields, files)?;
    let count = fields.maybe("count", |node| node.integer(0..=100_000_000))?;
    let group = ThreadGroup {
        name: name.into(),
        count: if matches!(begin, Begin::Arrivals(_)) { count } else { Some(count.unwrap_or(1)) },
        process,
        daemon: fields.maybe("daemon", |node| node.flag())?.unwrap_or(false),
        begin,
        priority: fields.maybe("priority", |node| node.integer(-1000..=1000))?.unwrap_or(0),
        nice: fields.maybe("nice", |node| node.integer(nice::LEVELS))?.unwrap_or(0),
        weight_milli: fields.maybe("weight", weight)?.unwrap_or(1000),
        steps: Vec::new(),
    };
    scope.add_group(name, process, group.begin == Begin::ByStep, name_node.place())?;
    Ok(Declared { fields, group })
}

fn weight(node: Node) -> Checked<u64> {
    let weight = node.number("a weight from 0.001 to 1000000", |weight| (0.001..=1e6).contains(&weight))?;
    Ok((weight * 1000.0).round() as u64)
}

fn begin(fields: &Fields, files: &Files) -> Checked<Begin> {
    let named = fields
        .maybe("begin", |node| Ok((node, node.choice(&[("start", Begin::WithProcess), ("step", Begin::ByStep)])?)))?;
    let arrivals = fields.maybe("arrivals", |node| arrivals(&node, files))?;
    match (named, arrivals) {
        (Some((node, _)), Some(_)) => {
            Err(node.error("`begin` and `arrivals` exclude each other", "threads that arrive begin when they arrive"))
        }
        (None, Some(law)) => Ok(Begin::Arrivals(law)),
        (Some((_, begin)), None) => Ok(begin),
        (None, None) => Ok(Begin::WithProcess),
    }
}

/// Whether the tree has anything that runs.
pub fn is_empty(top: &Fields) -> bool {
    let none = |key| top.get(key).is_none_or(|node| matches!(&node.item.value, Value::List(list) if list.is_empty()));
    none("thread") && none("pool")
}
