//! The threads that do the runs of one plan after another.
//!
//! **Contract.** A thread takes the next run of the first plan that has one left. So while the last runs of a plan are under
//! way, and while its results are written and drawn, the other threads go on with the plans behind it. Results are handed
//! over in the order of the plans to the thread that asks for them, which does runs itself until they are there: there
//! are never more threads at work than jobs.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::errand::Errands;
use super::session::Session;
use super::{Order, Results, RunnerError};
use crate::simulation::{Fault, Outcome, Scenario};

/// Plans, and the threads that do them.
pub(super) struct Crew<'p, S> {
    orders: &'p [Order<'p>],
    simulate: S,
    threads: rayon::ThreadPool,
    floor: Mutex<Floor<'p>>,
    /// A plan has been opened, handed over, or has other runs left than it had.
    changed: Condvar,
}

/// How far the plans are.
#[derive(Default)]
struct Floor<'p> {
    /// The first plans that have not been handed over.
    open: VecDeque<Session<'p>>,
    /// How many have been.
    gone: usize,
    /// Whether nobody waits for any more of them, or nothing is left to do.
    stopped: bool,
}

impl<'p, S: Fn(&Scenario, u64, u64) -> Result<Outcome, Fault> + Sync> Crew<'p, S> {
    /// Has plans done on `jobs` threads (0: as many as there are processors) while `body` asks for their results.
    pub(super) fn at_work<T, E: From<RunnerError>>(
        orders: &'p [Order<'p>],
        jobs: usize,
        simulate: S,
        body: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let threads = rayon::ThreadPoolBuilder::new().num_threads(jobs).build();
        let threads = threads.map_err(|error| RunnerError::Threads { jobs, error })?;
        let crew = &Self { orders, simulate, threads, floor: Mutex::default(), changed: Condvar::new() };
        crew.threads.in_place_scope(|scope| {
            // The thread that asks is one of them. In its place one of the pool is free for the estimates, while it waits.
            for _ in 1..crew.threads.current_num_threads() {
                scope.spawn(|_| {
                    let _ends_all = End(crew);
                    drop(crew.work(|floor| crew.has_all_done(floor)));
                });
            }
            let _ends_all = End(crew);
            body(crew)
        })
    }

    /// The results of the next plan.
    pub(super) fn results(&self) -> Result<Results, RunnerError> {
        let mut floor = self.floor();
        if floor.open.is_empty() {
            self.open(&mut floor);
        }
        if let Some(first) = floor.open.front() {
            first.errands.progress.show();
        }
        drop(floor);
        let mut floor = self.work(|floor| floor.open.front().is_none_or(Session::is_done));
        let session = floor.open.pop_front().expect("nobody asks for more results than there are plans");
        assert!(session.is_done(), "another thread has panicked");
        floor.gone += 1;
        drop(floor);
        self.changed.notify_all();
        session.results(Some(&self.threads))
    }

    /// Does runs until there are enough, or nobody wants any.
    fn work(&self, enough: impl Fn(&Floor) -> bool) -> MutexGuard<'_, Floor<'p>> {
        let mut floor = self.floor();
        while !floor.stopped && !enough(&floor) {
            let Some((number, errands, run)) = self.next(&mut floor) else {
                floor = self.changed.wait(floor).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            drop(floor);
            let done = errands.run(run, &self.simulate);
            floor = self.floor();
            let place = number - floor.gone;
            if floor.open[place].finish(done) {
                self.changed.notify_all();
            }
        }
        floor
    }

    /// The first run that is left: the number of its plan, and what it takes to do it.
    fn next(&self, floor: &mut Floor<'p>) -> Option<(usize, Arc<Errands<'p>>, (usize, u64))> {
        let mut place = 0;
        loop {
            // An open plan takes memory, so there is one more of them than threads at most.
            if place == floor.open.len() && (place > self.threads.current_num_threads() || !self.open(floor)) {
                return None;
            }
            let session = &mut floor.open[place];
            if let Some(run) = session.next() {
                return Some((floor.gone + place, Arc::clone(&session.errands), run));
            }
            place += 1;
        }
    }

    /// Opens another plan, if there is one.
    fn open(&self, floor: &mut Floor<'p>) -> bool {
        let Some(order) = self.orders.get(floor.gone + floor.open.len()) else { return false };
        floor.open.push_back(Session::open(order));
        self.changed.notify_all();
        true
    }

    fn has_all_done(&self, floor: &Floor) -> bool {
        floor.gone + floor.open.len() == self.orders.len() && floor.open.iter().all(Session::is_done)
    }
}

impl<'p, S> Crew<'p, S> {
    fn floor(&self) -> MutexGuard<'_, Floor<'p>> {
        self.floor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the work of all threads when one of them has nothing left to do, or the one that asks has what it wants, or either panics:
/// nobody may wait for a thread that is not there.
struct End<'c, 'p, S>(&'c Crew<'p, S>);

impl<S> Drop for End<'_, '_, S> {
    fn drop(&mut self) {
        self.0.floor().stopped = true;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    use super::*;
    use crate::experiment::plan::{self, Overrides, Plan};
    use crate::experiment::source::Source;
    use crate::simulation::outcome::End;

    /// Plans of so many runs each; the n-th has n + 1 threads.
    fn plans(runs: &[u64]) -> Vec<Plan> {
        let plan = |(number, runs): (usize, &u64)| {
            let text = format!(
                "title = \"T\"\nquestion = \"Q\"\nrun.replications = {runs}\n\
                 thread = [{{ name = \"t\", count = {}, steps = [] }}]",
                number + 1
            );
            plan::read(Path::new("t.toml"), &Source::new("t.toml", text), &Overrides::default()).unwrap()
        };
        runs.iter().enumerate().map(plan).collect()
    }

    fn orders(plans: &[Plan]) -> Vec<Order<'_>> {
        plans.iter().map(|plan| Order { plan, journal: None }).collect()
    }

    fn number(scenario: &Scenario) -> usize {
        scenario.program.threads[0].count.unwrap_or(0) as usize - 1
    }

    fn nothing() -> Outcome {
        let (metrics, distributions, before) = (Vec::new(), Vec::new(), Vec::new());
        Outcome { end: End::Finished, metrics, distributions, events: 1, fingerprint: 1, ended_at: 1, before }
    }

    /// Waits until a counter has got that far.
    fn wait_for(counter: &AtomicUsize, count: usize) {
        let began = Instant::now();
        while counter.load(Ordering::SeqCst) < count {
            assert!(began.elapsed() < Duration::from_secs(20), "nobody else has begun a run");
            std::thread::sleep(Duration::from_micros(100));
        }
    }

    fn all(crew: &Crew<impl Fn(&Scenario, u64, u64) -> Result<Outcome, Fault> + Sync>) -> Result<(), RunnerError> {
        crew.orders.iter().try_for_each(|order| {
            let found = crew.results()?;
            assert_eq!(found.failures().map(|(_, error)| error.to_string()).collect::<Vec<_>>(), Vec::<String>::new());
            assert_eq!(found.runs.len() as u64, order.plan.runs());
            Ok(())
        })
    }

    #[test]
    fn the_next_plan_begins_while_the_last_run_of_one_is_under_way() {
        let (plans, begun) = (plans(&[1, 1, 1]), AtomicUsize::new(0));
        let simulate = |_: &Scenario, _, _| {
            begun.fetch_add(1, Ordering::SeqCst);
            wait_for(&begun, 3);
            Ok(nothing())
        };
        Crew::at_work(&orders(&plans), 3, simulate, all).unwrap();
    }

    #[test]
    fn the_next_plan_begins_while_the_results_of_one_are_made_use_of() {
        let (plans, begun) = (plans(&[1, 1]), AtomicUsize::new(0));
        let simulate = |_: &Scenario, _, _| {
            begun.fetch_add(1, Ordering::SeqCst);
            Ok(nothing())
        };
        let use_results = |crew: &Crew<_>| {
            crew.results()?;
            wait_for(&begun, 2);
            crew.results().map(|_| ())
        };
        Crew::at_work(&orders(&plans), 2, simulate, use_results).unwrap();
    }

    #[test]
    fn runs_of_earlier_plans_come_first_and_no_more_are_done_at_a_time_than_there_are_jobs() {
        for jobs in [1, 3] {
            let (plans, at_work, order) = (plans(&[20, 1, 30, 7]), AtomicUsize::new(0), Mutex::new(Vec::new()));
            let simulate = |scenario: &Scenario, _, replication| {
                assert!(at_work.fetch_add(1, Ordering::SeqCst) < jobs);
                order.lock().unwrap().push((number(scenario), replication));
                std::thread::sleep(Duration::from_micros(300));
                at_work.fetch_sub(1, Ordering::SeqCst);
                Ok(nothing())
            };
            Crew::at_work(&orders(&plans), jobs, simulate, all).unwrap();
            let mut order = order.into_inner().unwrap();
            if jobs == 1 {
                assert!(order.is_sorted(), "{order:?}");
            }
            order.sort_unstable();
            let expected =
                [20, 1, 30, 7].into_iter().enumerate().flat_map(|(plan, runs)| (0..runs).map(move |run| (plan, run)));
            assert!(order.into_iter().eq(expected));
        }
    }

    #[test]
    fn nobody_does_runs_of_which_nobody_wants_the_results() {
        let (plans, begun) = (plans(&[1, 100_000]), AtomicUsize::new(0));
        let simulate = |_: &Scenario, _, _| {
            begun.fetch_add(1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(1));
            Ok(nothing())
        };
        let first = |crew: &Crew<_>| crew.results();
        Crew::at_work(&orders(&plans), 2, simulate, first).unwrap();
        assert!(begun.into_inner() < 100_000);
    }

    #[test]
    fn a_panic_of_the_thread_that_asks_ends_the_work() {
        let plans = plans(&[1, 100_000]);
        let simulate = |_: &Scenario, _, _| {
            std::thread::sleep(Duration::from_millis(1));
            Ok(nothing())
        };
        let asks = |crew: &Crew<_>| -> Result<(), RunnerError> {
            crew.results()?;
            panic!("on purpose");
        };
        let orders = orders(&plans);
        let ended = std::panic::catch_unwind(|| Crew::at_work(&orders, 2, simulate, asks));
        assert_eq!(ended.unwrap_err().downcast_ref(), Some(&"on purpose"));
    }
}
