//! The names of threads and locks.

use super::situation::ThreadNow;
use crate::machine::ThreadId;
use crate::simulation::{Entry, Scenario};

use super::log::Log;

/// Who appears in a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cast {
    /// Names of the threads, by slot: that of the group, with a number if several slots of it appear.
    pub threads: Vec<String>,
    /// The process of each thread: an index into the program's.
    pub processes: Vec<usize>,
    /// Names of the locks, by process instance.
    pub locks: Vec<String>,
    /// Names of the processes of the program.
    pub process_names: Vec<String>,
}

impl Cast {
    /// Those who appear in a log of a run of a scenario.
    pub fn new(scenario: &Scenario, log: &Log) -> Self {
        Self::of_groups(scenario, &groups(log))
    }

    /// Those who have the slots of threads of these groups.
    pub fn of_groups(scenario: &Scenario, groups: &[u32]) -> Self {
        let program = &scenario.program;
        let mut numbers = vec![0_usize; program.threads.len()];
        let name = |&group: &u32| {
            let name = &program.threads[group as usize].name;
            numbers[group as usize] += 1;
            let several = groups.iter().filter(|&&other| other == group).count() > 1;
            if several { format!("{name}-{}", numbers[group as usize]) } else { name.clone() }
        };
        let instances = program.processes.iter().map(|process| process.count).sum::<u32>();
        let locks = program.processes.iter().flat_map(|process| {
            (1..=process.count).map(move |number| match (instances, process.count) {
                (1, _) => "lock".to_owned(),
                (_, 1) => format!("lock of {}", process.name),
                _ => format!("lock of {}-{number}", process.name),
            })
        });
        Self {
            threads: groups.iter().map(name).collect(),
            processes: groups.iter().map(|&group| program.threads[group as usize].process).collect(),
            locks: locks.collect(),
            process_names: program.processes.iter().map(|process| process.name.clone()).collect(),
        }
    }

    /// The name of a thread.
    pub fn thread(&self, thread: ThreadId) -> &str {
        self.threads.get(thread as usize).map_or("?", String::as_str)
    }
}

/// The group of each slot.
fn groups(log: &Log) -> Vec<u32> {
    let mut groups: Vec<u32> = log.before.threads.iter().map(|&ThreadNow { group, .. }| group).collect();
    for (_, entry) in &log.entries {
        if let Entry::Begin { thread, group, .. } = *entry
            && thread as usize >= groups.len()
        {
            groups.push(group);
        }
    }
    groups
}
