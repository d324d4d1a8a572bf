//! Machines: a profile of costs, and what an experiment changes of it.

use std::sync::Arc;

use super::diagnostic::Checked;
use super::files::Files;
use super::node::{Fields, Node};
use super::source::{Place, Source};
use super::tree::{self, Value};
use super::{duration, law};
use crate::kernel::law::Law;
use crate::kernel::{MICROSECOND, MILLISECOND, Nanos};
use crate::machine::{
    ColdStart, Cores, Costs, FairRules, LineTransfer, Machine, Power, Scheduler, StartCost, SystemThread, TransferCost,
    Wake,
};

/// The profile of an experiment that names none.
const DEFAULT_PROFILE: &str = "linux-x86_64";

/// The profiles that are built in.
pub const SHIPPED: [(&str, &str); 2] = [
    ("ideal", include_str!("../../data/machines/ideal.toml")),
    ("linux-x86_64", include_str!("../../data/machines/linux-x86_64.toml")),
];

/// Keys of a machine that an experiment and a profile share.
pub const KEYS: [&str; 14] = [
    "cores",
    "nodes",
    "speed",
    "busy_speed",
    "bucket_lock",
    "scheduler",
    "base_slice",
    "tick",
    "cache_hot",
    "wake_to",
    "quantum",
    "background",
    "costs",
    "power",
];

/// What a core draws while it works, spins and idles, in watts.
const POWER: [&str; 3] = ["active_w", "spin_w", "idle_w"];

/// What is said of a thread of the system.
const BACKGROUND: [&str; 5] = ["name", "per_core", "at_ticks", "every", "takes"];

/// A field of the price list.
type Field<T> = fn(&mut Costs) -> &mut T;

/// Costs that are one law.
const LAWS: [(&str, Field<Law>); 14] = [
    ("context_switch", |costs| &mut costs.context_switch),
    ("migration", |costs| &mut costs.migration),
    ("wake_call", |costs| &mut costs.wake_call),
    ("wake_call_empty", |costs| &mut costs.wake_call_empty),
    ("wake_latency_idle", |costs| &mut costs.wake_latency_idle),
    ("wake_latency_busy", |costs| &mut costs.wake_latency_busy),
    ("sleep_call", |costs| &mut costs.sleep_call),
    ("wait_begin", |costs| &mut costs.wait_begin),
    ("store_visible", |costs| &mut costs.store_visible),
    ("timer_slack", |costs| &mut costs.timer_slack),
    ("coherence", |costs| &mut costs.coherence),
    ("lock_pair", |costs| &mut costs.lock_pair),
    ("thread_create", |costs| &mut costs.thread_create),
    ("thread_start", |costs| &mut costs.thread_start),
];

/// The cost of running on a core that has slept for long.
const COLD: &str = "cold_start";

/// The cost of moving a cache line, and its parts.
const LINE: &str = "line_transfer";
const LINE_PARTS: [&str; 2] = ["near", "far"];

/// Costs of starting something.
const STARTS: [(&str, Field<StartCost>); 4] = [
    ("fork", |costs| &mut costs.fork),
    ("spawn", |costs| &mut costs.spawn),
    ("forkserver", |costs| &mut costs.forkserver),
    ("interpreter", |costs| &mut costs.interpreter),
];

/// Costs of moving bytes.
const TRANSFERS: [(&str, Field<TransferCost>); 2] =
    [("pickle", |costs| &mut costs.pickle), ("pipe", |costs| &mut costs.pipe)];

/// Kinds of schedulers, and the keys that belong to each.
const SCHEDULERS: [(&str, Kind); 4] =
    [("fair", Kind::Fair), ("round-robin", Kind::RoundRobin), ("fifo", Kind::Fifo), ("priority", Kind::Priority)];

/// Where woken threads go.
const WAKES: [(&str, Wake); 2] = [("idle-core", Wake::IdleCore), ("last-core", Wake::LastCore)];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Fair,
    RoundRobin,
    Fifo,
    Priority,
}

/// A machine that may still be changed.
#[derive(Debug, Clone)]
pub struct Draft {
    cores: Cores,
    nodes: u32,
    speed_milli: Vec<u32>,
    busy_speed_milli: Vec<u32>,
    bucket_lock: bool,
    scheduler: Kind,
    fair: FairRules,
    quantum: Nanos,
    background: Vec<SystemThread>,
    costs: Costs,
    power: Option<Power>,
}

/// Reads the `[machine]` table; without one, the machine is the default profile.
pub fn read(node: Option<Node>, files: &Files) -> Checked<Machine> {
    let Some(node) = node else { return Ok(shipped(DEFAULT_PROFILE, files)?.finish()) };
    let mut keys = vec!["profile"];
    keys.extend(KEYS);
    let fields = node.table(&keys)?;
    let base = match fields.get("profile") {
        None => shipped(DEFAULT_PROFILE, files)?,
        Some(node) => profile(&node, files)?,
    };
    let draft = (*base).clone().overlay(&fields, files)?;
    draft.check_scheduler_keys(&fields)?;
    Ok(draft.finish())
}

fn profile(node: &Node, files: &Files) -> Checked<Arc<Draft>> {
    let name = node.words()?;
    let names = SHIPPED.map(|(name, _)| name);
    if names.contains(&name) {
        return shipped(name, files);
    }
    if !name.contains(['.', '/']) {
        return Err(node.unknown("profile", name, &names).help("a file is named with its ending: \"my-machine.toml\""));
    }
    files.profile(name, || read_profile(&files.text(node, name)?, files))
}

fn shipped(name: &str, files: &Files) -> Checked<Arc<Draft>> {
    files.profile(name, || {
        let text = SHIPPED.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| *text);
        let source = Source::new(format!("data/machines/{name}.toml"), text);
        files.note(&source.name, &source);
        read_profile(&source, files)
    })
}

/// Reads a profile: the keys of a machine, and `[sources]`, which says where each figure comes from.
fn read_profile(source: &Arc<Source>, files: &Files) -> Checked<Arc<Draft>> {
    let table = tree::parse(source)?;
    let place: Place = source.place(0..0);
    let mut keys = vec!["sources"];
    keys.extend(KEYS);
    let fields = Fields::new(&table, &place, &keys)?;
    fields.maybe("sources", |node| {
        let mut known = cost_names();
        known.extend(KEYS);
        node.table(&known)?;
        node.entries()?.iter().try_for_each(|entry| Node::of(entry).words().map(|_| ()))
    })?;
    let draft = Draft::default().overlay(&fields, files)?;
    draft.check_scheduler_keys(&fields)?;
    Ok(Arc::new(draft))
}

/// The costs, and the parts of those that have some.
pub(super) fn cost_parts() -> Vec<(&'static str, &'static [&'static str])> {
    let laws = LAWS.iter().map(|(name, _)| (*name, [].as_slice()));
    let starts = STARTS.iter().map(|(name, _)| (*name, ["parent", "child", "exit"].as_slice()));
    let transfers = TRANSFERS.iter().map(|(name, _)| (*name, ["call", "byte"].as_slice()));
    let tables = [(COLD, ["after", "time"].as_slice()), (LINE, LINE_PARTS.as_slice())];
    laws.chain(tables).chain(starts).chain(transfers).collect()
}

/// The names of all costs, in the order in which they are listed.
pub fn cost_names() -> Vec<&'static str> {
    let laws = LAWS.iter().map(|(name, _)| *name);
    laws.chain([COLD, LINE])
        .chain(STARTS.iter().map(|(name, _)| *name))
        .chain(TRANSFERS.iter().map(|(name, _)| *name))
        .collect()
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            cores: Cores::Unlimited,
            nodes: 1,
            speed_milli: vec![1000],
            busy_speed_milli: vec![1000],
            bucket_lock: false,
            scheduler: Kind::Fifo,
            fair: FairRules {
                base_slice: 3 * MILLISECOND,
                tick: 4 * MILLISECOND,
                cache_hot: 500 * MICROSECOND,
                wake: Wake::IdleCore,
            },
            quantum: 10 * MILLISECOND,
            background: Vec::new(),
            costs: Costs::FREE,
            power: None,
        }
    }
}

impl Draft {
    fn overlay(mut self, fields: &Fields, files: &Files) -> Checked<Self> {
        set(&mut self.cores, fields, "cores", read_cores)?;
        set(&mut self.nodes, fields, "nodes", |node| node.integer(1..=65_536))?;
        set(&mut self.speed_milli, fields, "speed", read_speeds)?;
        set(&mut self.busy_speed_milli, fields, "busy_speed", read_speeds)?;
        set(&mut self.bucket_lock, fields, "bucket_lock", |node| node.flag())?;
        set(&mut self.scheduler, fields, "scheduler", |node| node.choice(&SCHEDULERS))?;
        set(&mut self.fair.base_slice, fields, "base_slice", |node| duration::read_positive(&node))?;
        set(&mut self.fair.tick, fields, "tick", |node| duration::read_positive(&node))?;
        set(&mut self.fair.cache_hot, fields, "cache_hot", |node| duration::read(&node))?;
        set(&mut self.fair.wake, fields, "wake_to", |node| node.choice(&WAKES))?;
        set(&mut self.quantum, fields, "quantum", |node| duration::read_positive(&node))?;
        set(&mut self.background, fields, "background", |node| read_background(&node, files))?;
        if let Some(node) = fields.get("costs") {
            overlay_costs(&mut self.costs, &node, files)?;
        }
        set(&mut self.power, fields, "power", |node| read_power(&node).map(Some))?;
        Ok(self)
    }

    /// A key of another scheduler than the machine's would be without effect: it is a mistake.
    fn check_scheduler_keys(&self, fields: &Fields) -> Checked<()> {
        let owners = [
            ("base_slice", Kind::Fair),
            ("tick", Kind::Fair),
            ("cache_hot", Kind::Fair),
            ("wake_to", Kind::Fair),
            ("background", Kind::Fair),
            ("quantum", Kind::RoundRobin),
        ];
        let name_of = |kind| SCHEDULERS.iter().find(|(_, known)| *known == kind).map_or("", |(name, _)| *name);
        match owners.iter().find_map(|(key, owner)| fields.get(key).filter(|_| *owner != self.scheduler)) {
            None => Ok(()),
            Some(node) => {
                let owner = owners.iter().find(|(key, _)| *key == node.key).map_or("", |(_, kind)| name_of(*kind));
                let message = format!("`{}` belongs to the scheduler `{owner}`", node.key);
                Err(node.error(message, format!("this machine's scheduler is `{}`", name_of(self.scheduler))))
            }
        }
    }

    fn finish(&self) -> Machine {
        let scheduler = match self.scheduler {
            Kind::Fair => Scheduler::Fair(self.fair),
            Kind::RoundRobin => Scheduler::RoundRobin { quantum: self.quantum },
            Kind::Fifo => Scheduler::Fifo,
            Kind::Priority => Scheduler::Priority,
        };
        Machine {
            cores: self.cores,
            nodes: self.nodes,
            speed_milli: self.speed_milli.clone(),
            busy_speed_milli: self.busy_speed_milli.clone(),
            bucket_lock: self.bucket_lock,
            scheduler,
            background: if self.scheduler == Kind::Fair { self.background.clone() } else { Vec::new() },
            costs: self.costs.clone(),
            power: self.power,
        }
    }
}

fn set<'t, T>(
    target: &mut T,
    fields: &Fields<'t>,
    key: &str,
    read: impl FnOnce(Node<'t>) -> Checked<T>,
) -> Checked<()> {
    if let Some(value) = fields.maybe(key, read)? {
        *target = value;
    }
    Ok(())
}

fn read_cores(node: Node) -> Checked<Cores> {
    match &node.item.value {
        Value::Text(text) if text == "unlimited" => Ok(Cores::Unlimited),
        _ => node.integer_or(", or \"unlimited\"", 1..=65_536).map(Cores::Count),
    }
}

fn read_speeds(node: Node) -> Checked<Vec<u32>> {
    let speeds = node.list()?;
    if speeds.len() == 0 {
        return Err(node.wants("at least one speed"));
    }
    let milli = |node: Node| {
        let speed = node.number("speeds from 0.001 to 1000", |speed| (0.001..=1000.0).contains(&speed))?;
        Ok((speed * 1000.0).round() as u32)
    };
    speeds.map(milli).collect()
}

fn read_power(node: &Node) -> Checked<Power> {
    let fields = node.table(&POWER)?;
    let good = |watts: f64| (0.0..=1e6).contains(&watts);
    let watts = |key| fields.need(key)?.number("watts from 0 to 1000000", good);
    let [active_w, spin_w, idle_w] = POWER.map(watts);
    Ok(Power { active_w: active_w?, spin_w: spin_w?, idle_w: idle_w? })
}

/// Reads a list of threads of the system.
fn read_background(node: &Node, files: &Files) -> Checked<Vec<SystemThread>> {
    let thread = |node: Node| {
        let fields = node.table(&BACKGROUND)?;
        Ok(SystemThread {
            name: fields.need("name")?.words()?.to_owned(),
            per_core: fields.maybe("per_core", |node| node.flag())?.unwrap_or(false),
            at_ticks: fields.maybe("at_ticks", |node| node.flag())?.unwrap_or(false),
            every: law::read(&fields.need("every")?, files)?,
            takes: law::read(&fields.need("takes")?, files)?,
        })
    };
    node.list()?.map(thread).collect()
}

fn overlay_costs(costs: &mut Costs, node: &Node, files: &Files) -> Checked<()> {
    let fields = node.table(&cost_names())?;
    for (name, field) in LAWS {
        set(field(costs), &fields, name, |node| law::read(&node, files))?;
    }
    if let Some(node) = fields.get(COLD) {
        let parts = node.table(&["after", "time"])?;
        let after = duration::read(&parts.need("after")?)?;
        costs.cold_start = Some(ColdStart { after, time: law::read(&parts.need("time")?, files)? });
    }
    if let Some(node) = fields.get(LINE) {
        let parts = node.table(&LINE_PARTS)?;
        let LineTransfer { near, far } = &mut costs.line_transfer;
        set(near, &parts, "near", |node| law::read(&node, files))?;
        set(far, &parts, "far", |node| law::read(&node, files))?;
    }
    for (name, field) in STARTS {
        let Some(node) = fields.get(name) else { continue };
        let parts = node.table(&["parent", "child", "exit"])?;
        let cost = field(costs);
        set(&mut cost.parent, &parts, "parent", |node| law::read(&node, files))?;
        set(&mut cost.child, &parts, "child", |node| law::read(&node, files))?;
        set(&mut cost.exit, &parts, "exit", |node| law::read(&node, files))?;
    }
    for (name, field) in TRANSFERS {
        let Some(node) = fields.get(name) else { continue };
        let parts = node.table(&["call", "byte"])?;
        let cost = field(costs);
        set(&mut cost.call, &parts, "call", |node| law::read(&node, files))?;
        set(&mut cost.byte_picoseconds, &parts, "byte", |node| duration::read_picoseconds(&node))?;
    }
    Ok(())
}

/// A machine with every value spelt out, as it would stand in a profile.
pub fn to_json(machine: &Machine) -> serde_json::Value {
    let milli = |speeds: &[u32]| speeds.iter().map(|&speed| f64::from(speed) / 1000.0).collect::<Vec<_>>();
    let mut json = serde_json::json!({
        "cores": match machine.cores {
            Cores::Count(count) => count.into(),
            Cores::Unlimited => serde_json::Value::from("unlimited"),
        },
        "nodes": machine.nodes,
        "speed": milli(&machine.speed_milli),
        "busy_speed": milli(&machine.busy_speed_milli),
    });
    if machine.bucket_lock {
        json["bucket_lock"] = true.into();
    }
    match machine.scheduler {
        Scheduler::Fair(FairRules { base_slice, tick, cache_hot, wake }) => {
            json["scheduler"] = "fair".into();
            json["base_slice"] = duration::describe(base_slice).into();
            json["tick"] = duration::describe(tick).into();
            json["cache_hot"] = duration::describe(cache_hot).into();
            let name = WAKES.iter().find(|(_, known)| *known == wake).map_or("", |(name, _)| *name);
            json["wake_to"] = name.into();
        }
        Scheduler::RoundRobin { quantum } => {
            json["scheduler"] = "round-robin".into();
            json["quantum"] = duration::describe(quantum).into();
        }
        Scheduler::Fifo => json["scheduler"] = "fifo".into(),
        Scheduler::Priority => json["scheduler"] = "priority".into(),
    }
    if !machine.background.is_empty() {
        json["background"] = machine.background.iter().map(background_to_json).collect();
    }
    json["costs"] = costs_to_json(&mut machine.costs.clone());
    if let Some(Power { active_w, spin_w, idle_w }) = machine.power {
        json["power"] = serde_json::json!({ "active_w": active_w, "spin_w": spin_w, "idle_w": idle_w });
    }
    json
}

fn background_to_json(thread: &SystemThread) -> serde_json::Value {
    serde_json::json!({
        "name": thread.name,
        "per_core": thread.per_core,
        "at_ticks": thread.at_ticks,
        "every": law::describe(&thread.every),
        "takes": law::describe(&thread.takes),
    })
}

fn costs_to_json(costs: &mut Costs) -> serde_json::Value {
    let mut json = serde_json::Map::new();
    for (name, field) in LAWS {
        json.insert(name.into(), law::describe(field(costs)).into());
    }
    if let Some(ColdStart { after, time }) = &costs.cold_start {
        let parts = serde_json::json!({ "after": duration::describe(*after), "time": law::describe(time) });
        json.insert(COLD.into(), parts);
    }
    let LineTransfer { near, far } = &costs.line_transfer;
    json.insert(LINE.into(), serde_json::json!({ "near": law::describe(near), "far": law::describe(far) }));
    for (name, field) in STARTS {
        let StartCost { parent, child, exit } = field(costs);
        let [parent, child, exit] = [parent, child, exit].map(|part| law::describe(part));
        json.insert(name.into(), serde_json::json!({ "parent": parent, "child": child, "exit": exit }));
    }
    for (name, field) in TRANSFERS {
        let TransferCost { call, byte_picoseconds } = field(costs);
        let byte = format!("{byte_picoseconds}ps");
        json.insert(name.into(), serde_json::json!({ "call": law::describe(call), "byte": byte }));
    }
    json.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ideal_machine_is_free() {
        let machine = shipped("ideal", &Files::default()).unwrap().finish();
        assert_eq!(machine.costs, Costs::FREE);
        assert_eq!((machine.cores, machine.scheduler), (Cores::Unlimited, Scheduler::Fifo));
    }

    #[test]
    fn a_shipped_profile_says_where_each_cost_comes_from() {
        for (name, text) in SHIPPED {
            shipped(name, &Files::default()).unwrap();
            let table = tree::parse(&Source::new(name, text)).unwrap();
            let Some(Value::Table(sources)) = table.get("sources").map(|item| &item.value) else { panic!("{name}") };
            let Some(Value::Table(costs)) = table.get("costs").map(|item| &item.value) else { panic!("{name}") };
            // A machine without cold starts does not mention them.
            for cost in cost_names().into_iter().filter(|&cost| cost != COLD || costs.get(cost).is_some()) {
                assert!(costs.get(cost).is_some() && sources.get(cost).is_some(), "{name}: {cost}");
            }
        }
    }
}
