//! The models: an experiment file of gilsim and the same numbers for the peers.

use gilsim::theory::closed::Repairman;
use gilsim::theory::open::Mm1;

const MICROSECOND: u64 = 1_000;
const MILLISECOND: u64 = 1_000 * MICROSECOND;

/// A model of a size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Model {
    /// What it is called in the tables.
    pub(crate) name: &'static str,
    /// The experiment in `benches/models/`.
    pub(crate) file: &'static str,
    /// The parameter that chooses the cell of that size, where the file has more than one.
    pub(crate) axis: Option<&'static str>,
    /// Threads or entities; 1 for an open queue.
    pub(crate) size: u64,
    /// The same for the peers.
    pub(crate) task: Task,
}

/// What the peers are told; times in nanoseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Task {
    /// M/M/1.
    Open { customers: u64, interarrival: u64, service: u64 },
    /// Threads that think and hold.
    Closed { rounds: u64, think: u64, hold: u64 },
    /// Threads that release the lock at each check.
    Checks { acquisitions: u64, hold: u64 },
    /// Threads that release the lock when another has waited for an interval.
    Interval { acquisitions: u64, interval: u64, gap: u64 },
}

/// All models, in the order of the tables.
pub(crate) fn all() -> Vec<Model> {
    let mut models = vec![Model {
        name: "M/M/1, load 0.9",
        file: "mm1",
        axis: None,
        size: 1,
        task: Task::Open { customers: 1_000_000, interarrival: MILLISECOND, service: 900 * MICROSECOND },
    }];
    models.extend([(8, 125_000), (64, 15_625)].map(|(size, rounds)| Model {
        name: "machine repairman",
        file: "repairman",
        axis: Some("thread.user.count"),
        size,
        task: Task::Closed { rounds, think: 10 * MILLISECOND, hold: MILLISECOND },
    }));
    models.extend([10, 100, 1_000, 10_000, 100_000].map(|size| Model {
        name: "PHOLD",
        file: "phold",
        axis: Some("thread.entity.count"),
        size,
        task: Task::Closed { rounds: 1_000_000 / size, think: size * 2 * MILLISECOND, hold: MILLISECOND },
    }));
    models.extend([(2, 500_000), (8, 100_000), (64, 20_000)].map(|(size, acquisitions)| Model {
        name: "CPU-bound, CPython 3",
        file: "cpython3",
        axis: Some("thread.hog.count"),
        size,
        task: Task::Interval { acquisitions, interval: 5 * MILLISECOND, gap: 18 },
    }));
    models.push(Model {
        name: "convoy, CPython 2",
        file: "convoy",
        axis: None,
        size: 8,
        task: Task::Checks { acquisitions: 1_000_000, hold: 400 },
    });
    models
}

impl Model {
    /// Name and size.
    pub(crate) fn label(&self) -> String {
        match self.task {
            Task::Open { .. } => self.name.to_owned(),
            _ => format!("{}, {}", self.name, self.size),
        }
    }

    /// What the cost is divided by.
    pub(crate) fn unit(&self) -> &'static str {
        if matches!(self.task, Task::Open { .. }) { "customer" } else { "acquisition" }
    }

    /// Customers or acquisitions.
    pub(crate) fn count(&self) -> u64 {
        match self.task {
            Task::Open { customers, .. } => customers,
            Task::Closed { rounds, .. } => rounds * self.size,
            Task::Checks { acquisitions, .. } | Task::Interval { acquisitions, .. } => acquisitions,
        }
    }

    /// How often the threads of gilsim take the lock: where threads begin with a wait, once each before it too, to run.
    pub(crate) fn acquisitions_on_gilsim(&self) -> u64 {
        if matches!(self.task, Task::Closed { .. }) { self.count() + self.size } else { self.count() }
    }

    /// Whether it is about an interpreter, and so has a row on a machine where things cost something.
    pub(crate) fn is_interpreter(&self) -> bool {
        matches!(self.task, Task::Checks { .. } | Task::Interval { .. })
    }

    /// The same model with fewer customers or acquisitions, but at least one of each thread.
    pub(crate) fn shortened(&self, by: u64) -> Self {
        let less = |number: u64| (number / by).max(1);
        let task = match self.task {
            Task::Open { customers, interarrival, service } => {
                Task::Open { customers: less(customers), interarrival, service }
            }
            Task::Closed { rounds, think, hold } => Task::Closed { rounds: less(rounds), think, hold },
            Task::Checks { acquisitions, hold } => Task::Checks { acquisitions: less(acquisitions), hold },
            Task::Interval { acquisitions, interval, gap } => {
                Task::Interval { acquisitions: less(acquisitions), interval, gap }
            }
        };
        Self { task, ..*self }
    }

    /// What the peers are told on their command lines.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let (name, numbers) = match self.task {
            Task::Open { customers, interarrival, service } => ("open", vec![customers, interarrival, service]),
            Task::Closed { rounds, think, hold } => ("closed", vec![self.size, rounds, think, hold]),
            Task::Checks { acquisitions, hold } => ("checks", vec![self.size, acquisitions, hold]),
            Task::Interval { acquisitions, interval, gap } => {
                ("interval", vec![self.size, acquisitions, interval, gap])
            }
        };
        std::iter::once(name.to_owned()).chain(numbers.iter().map(u64::to_string)).collect()
    }

    /// The mean wait in nanoseconds that theory has for it, where the run is long against the time it takes to settle.
    pub(crate) fn theory(&self) -> Option<f64> {
        let rate = |mean: u64| 1e9 / mean as f64;
        match self.task {
            Task::Open { interarrival, service, .. } => {
                Some(Mm1 { arrival_rate: rate(interarrival), service_rate: rate(service) }.wait() * 1e9)
            }
            Task::Closed { rounds, think, hold } if rounds >= 10_000 => {
                let threads = self.size as u32;
                let queue = Repairman { threads, servers: 1, think_rate: rate(think), service_rate: rate(hold) };
                Some(queue.solve().wait * 1e9)
            }
            Task::Closed { .. } => None,
            Task::Checks { hold, .. } => Some(((self.size - 1) * hold) as f64),
            Task::Interval { interval, gap, .. } => Some(((self.size - 1) * interval.next_multiple_of(gap)) as f64),
        }
    }

    /// How far mean waits of different random numbers may differ: those of a busy open queue hang together for long, and
    /// those of a few rounds are few.
    pub(crate) fn tolerance(&self) -> f64 {
        match self.task {
            Task::Open { .. } => 0.25,
            _ if self.theory().is_none() => 0.15,
            _ => 0.03,
        }
    }
}
