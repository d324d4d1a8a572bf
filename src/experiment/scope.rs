//! The names that steps may use: processes, groups of threads, objects, counters.
//!
//! All names are collected before any step is read, so that a step may name what stands further down.

use std::collections::HashMap;

use super::diagnostic::{Checked, Diagnostic};
use super::node::{Fields, Node};
use super::source::Place;
use super::tree::Entry;
use crate::workload::{Gate, Object, ObjectKind, StartMethod, Target};

/// The process that is always there.
pub const MAIN: &str = "main";

/// Everything that has a name in a program, in the order of the program's indices.
#[derive(Debug, Default)]
pub struct Scope {
    /// Processes; the first is `main`.
    pub processes: Vec<ProcessName>,
    /// Groups of threads.
    pub groups: Vec<GroupName>,
    /// Objects.
    pub objects: Vec<ObjectName>,
    /// Indices by name: files may have thousands of names.
    process_names: HashMap<String, usize>,
    group_names: HashMap<String, usize>,
    object_names: HashMap<String, usize>,
}

/// A process that can be named.
#[derive(Debug)]
pub struct ProcessName {
    /// Its name.
    pub name: String,
    /// How it comes into being.
    pub start: StartMethod,
    /// Where it is declared; `main` is nowhere.
    pub place: Option<Place>,
}

/// A group of threads that can be named.
#[derive(Debug)]
pub struct GroupName {
    /// Its name.
    pub name: String,
    /// Index of its process.
    pub process: usize,
    /// Whether a step starts its threads.
    pub by_step: bool,
    /// Where it is declared.
    pub place: Place,
}

/// An object that can be named.
#[derive(Debug)]
pub struct ObjectName {
    /// The object.
    pub object: Object,
    /// Whether it is a queue between processes.
    pub channel: bool,
    /// Where it is declared.
    pub place: Place,
}

/// A name of letters, digits, `_` and `-`; dots separate the parts of a path.
pub fn name<'t>(node: &Node<'t>) -> Checked<&'t str> {
    let name = node.text()?;
    check_name(name, node.place())?;
    Ok(name)
}

fn check_name(name: &str, place: &Place) -> Checked<()> {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(good) {
        return Ok(());
    }
    let error = Diagnostic::at(place, format!("{name:?} cannot be a name"), "not a name");
    Err(error.help("a name begins with a letter and has letters, digits, `_` and `-`"))
}

impl Scope {
    /// A scope with nothing but the process `main`.
    pub fn new() -> Self {
        let main = ProcessName { name: MAIN.into(), start: StartMethod::Present, place: None };
        Self { processes: vec![main], process_names: [(MAIN.into(), 0)].into(), ..Self::default() }
    }

    /// Adds a process and gives its index.
    pub fn add_process(&mut self, name: &str, start: StartMethod, place: &Place) -> Checked<usize> {
        if name == MAIN {
            return Err(Diagnostic::at(place, "the process `main` is always there", "not to be declared again"));
        }
        self.check_new(name, place)?;
        self.processes.push(ProcessName { name: name.into(), start, place: Some(place.clone()) });
        self.process_names.insert(name.into(), self.processes.len() - 1);
        Ok(self.processes.len() - 1)
    }

    /// Adds a group of threads and gives its index.
    pub fn add_group(&mut self, name: &str, process: usize, by_step: bool, place: &Place) -> Checked<usize> {
        self.check_new(name, place)?;
        self.groups.push(GroupName { name: name.into(), process, by_step, place: place.clone() });
        self.group_names.insert(name.into(), self.groups.len() - 1);
        Ok(self.groups.len() - 1)
    }

    /// Adds an object and gives its index.
    pub fn add_object(&mut self, name: &str, kind: ObjectKind, channel: bool, place: &Place) -> Checked<usize> {
        if let Some(&other) = self.object_names.get(name) {
            return Err(twice(name, place, &self.objects[other].place));
        }
        self.objects.push(ObjectName { object: Object { name: name.into(), kind }, channel, place: place.clone() });
        self.object_names.insert(name.into(), self.objects.len() - 1);
        Ok(self.objects.len() - 1)
    }

    /// `start` and `join` name groups and processes alike: no two may have the same name. The process `main` is neither
    /// started nor joined, so a group may be called so.
    fn check_new(&self, name: &str, place: &Place) -> Checked<()> {
        let group = self.group_names.get(name).map(|&index| &self.groups[index].place);
        let process = || self.process_names.get(name).and_then(|&index| self.processes[index].place.as_ref());
        group.or_else(process).map_or(Ok(()), |other| Err(twice(name, place, other)))
    }

    /// The index of the process that a value names.
    pub fn process(&self, node: &Node) -> Checked<usize> {
        let name = node.text()?;
        self.process_names.get(name).copied().ok_or_else(|| {
            let names: Vec<&str> = self.processes.iter().map(|process| process.name.as_str()).collect();
            node.unknown("process", name, &names)
        })
    }

    /// The group or process that a value names.
    pub fn target(&self, node: &Node) -> Checked<Target> {
        let name = node.text()?;
        let group = self.group_names.get(name).copied().map(Target::Threads);
        let process = || self.process_names.get(name).copied().map(Target::Process);
        group.or_else(process).ok_or_else(|| {
            let groups = self.groups.iter().map(|group| group.name.as_str());
            let names: Vec<&str> = groups.chain(self.processes.iter().map(|p| p.name.as_str())).collect();
            node.unknown("thread or process", name, &names)
        })
    }

    /// The index of the object that a value names, which must be one for which `good` holds; `wanted` says which.
    pub fn object(&self, node: &Node, wanted: &str, good: impl Fn(&ObjectName) -> bool) -> Checked<usize> {
        let name = node.text()?;
        match self.object_names.get(name).copied() {
            Some(index) if good(&self.objects[index]) => Ok(index),
            Some(index) => {
                let object = &self.objects[index];
                let message = format!("`{}` wants {wanted}; `{name}` is {}", node.key, object.describe());
                Err(node.error(message, "not of this kind").also(&object.place, "declared here"))
            }
            None => {
                let fit = self.objects.iter().filter(|object| good(object));
                let names: Vec<&str> = fit.map(|object| object.object.name.as_str()).collect();
                let error = node.unknown("object", name, &names);
                Err(if names.is_empty() { error.help(format!("declare {wanted} in [objects]")) } else { error })
            }
        }
    }

    /// Reads the `[objects]` table.
    pub fn add_objects(&mut self, node: &Node) -> Checked<()> {
        let kinds = ["lock", "pi_lock", "semaphore", "condition", "event", "barrier", "queue", "channel", "rwlock"];
        let fields = node.table(&kinds)?;
        self.add_list(&fields, "lock", ObjectKind::Lock { inherits: false })?;
        self.add_list(&fields, "pi_lock", ObjectKind::Lock { inherits: true })?;
        self.add_list(&fields, "event", ObjectKind::Event)?;
        self.add_list(&fields, "channel", ObjectKind::Queue(0))?;
        self.add_sized(&fields, "semaphore", 0, ObjectKind::Semaphore)?;
        self.add_sized(&fields, "barrier", 1, ObjectKind::Barrier)?;
        self.add_sized(&fields, "queue", 0, ObjectKind::Queue)?;
        for entry in entries(&fields, "rwlock")? {
            check_name(&entry.key, &entry.place)?;
            let preference = Node::of(entry).choice(&Gate::ALL.map(|gate| (gate.name, gate.preference)))?;
            self.add_object(&entry.key, ObjectKind::ReadersWriters(preference), false, &entry.place)?;
        }
        // Last, for a condition names a lock.
        for entry in entries(&fields, "condition")? {
            check_name(&entry.key, &entry.place)?;
            let is_lock = |object: &ObjectName| matches!(object.object.kind, ObjectKind::Lock { .. });
            let lock = self.object(&Node::of(entry), "a lock", is_lock)?;
            self.add_object(&entry.key, ObjectKind::Condition(lock), false, &entry.place)?;
        }
        Ok(())
    }

    fn add_list(&mut self, fields: &Fields, key: &str, kind: ObjectKind) -> Checked<()> {
        let Some(node) = fields.get(key) else { return Ok(()) };
        for node in node.list()? {
            self.add_object(name(&node)?, kind, key == "channel", node.place())?;
        }
        Ok(())
    }

    fn add_sized(&mut self, fields: &Fields, key: &str, least: u32, kind: fn(u32) -> ObjectKind) -> Checked<()> {
        for entry in entries(fields, key)? {
            check_name(&entry.key, &entry.place)?;
            let size = Node::of(entry).integer(least..=u32::MAX)?;
            self.add_object(&entry.key, kind(size), false, &entry.place)?;
        }
        Ok(())
    }
}

impl ObjectName {
    /// What the object is, for people.
    pub fn describe(&self) -> &'static str {
        match self.object.kind {
            ObjectKind::Lock { .. } => "a lock",
            ObjectKind::Semaphore(_) => "a semaphore",
            ObjectKind::ReadersWriters(_) => "a readers-writers lock",
            ObjectKind::Condition(_) => "a condition",
            ObjectKind::Event => "an event",
            ObjectKind::Barrier(_) => "a barrier",
            ObjectKind::Queue(_) if self.channel => "a channel",
            ObjectKind::Queue(_) => "a queue",
        }
    }
}

fn entries<'t>(fields: &Fields<'t>, key: &str) -> Checked<&'t [Entry]> {
    fields.get(key).map_or(Ok(&[]), |node| node.entries())
}

fn twice(name: &str, place: &Place, first: &Place) -> Diagnostic {
    Diagnostic::at(place, format!("the name `{name}` is used twice"), "here again").also(first, "first here")
}
