//! When measuring begins and ends: the warm-up, batches, the end of the run.

use super::engine::{Engine, Event};
use super::fault::Fault;
use super::metrics::{self, Measured};
use super::outcome::{End, Outcome};
use super::recorder::Recorder;
use crate::kernel::streams::mix;

impl<R: Recorder> Engine<'_, R> {
    /// Schedules the ends of all batches but the last, which ends with the run.
    pub(super) fn begin_batches(&mut self) {
        let limits = self.scenario.limits;
        let begin = limits.warm_up.end();
        let Some(length) = limits.duration.and_then(|end| end.checked_sub(begin)) else { return };
        for batch in 1..limits.batches {
            let end = u128::from(length) * u128::from(batch) / u128::from(limits.batches);
            self.queue.push(begin + end as u64, Event::BatchEnd);
        }
    }

    /// Forgets what has been measured.
    pub(super) fn reset_measures(&mut self) {
        self.settle_accounts();
        self.measures.reset(self.now);
        self.forget_draws();
    }

    /// A batch is over, and the next one begins.
    pub(super) fn end_batch(&mut self) {
        let batch = self.outcome(End::TimeLimit);
        self.batches.push(batch);
        self.reset_measures();
    }

    /// What the run gives back.
    pub(super) fn finish(mut self) -> Result<Outcome, Fault> {
        let end = self.end.take().unwrap_or(End::Finished);
        self.look_at_end(&end);
        let mut outcome = self.outcome(end);
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        outcome.before = self.batches;
        Ok(outcome)
    }

    /// A run that is over before it has been measured has no result, but that it is in a deadlock.
    fn look_at_end(&mut self, end: &End) {
        let limits = self.scenario.limits;
        let warm_up = limits.warm_up.end();
        match end {
            _ if self.fault.is_some() => {}
            End::Deadlock(_) if self.now < warm_up => self.reset_measures(),
            End::Finished if self.now < warm_up => {
                let message = format!(
                    "the run was over after {} ns, before its warm-up of {warm_up} ns: nothing has been measured; shorten \
                     run.warm_up or let the threads do more",
                    self.now
                );
                self.broken(&message, None);
            }
            End::Finished | End::Deadlock(_) if self.batches.len() as u64 + 1 < limits.batches => {
                let (done, all) = (self.batches.len(), limits.batches);
                self.broken(
                    &format!("the run was over after {done} of {all} batches, which are parts of one run"),
                    None,
                );
            }
            _ => {}
        }
    }

    /// What has been measured since it began.
    fn outcome(&mut self, end: End) -> Outcome {
        self.settle_accounts();
        for (lock, instance) in self.measures.locks.iter_mut().zip(&self.instances) {
            lock.finish(u64::from(instance.living), self.measures.from, self.now);
        }
        self.check_accounts();
        self.measures.excesses = self.take_excesses();
        let cores = self.cores.len();
        let Measured { metrics, distributions } =
            metrics::measured(self.scenario, &mut self.measures, &end, self.now, cores);
        Outcome {
            metrics,
            distributions,
            end,
            events: self.events - self.batches.iter().map(|batch| batch.events).sum::<u64>(),
            fingerprint: mix(self.fingerprint ^ self.events),
            ended_at: self.now,
            before: Vec::new(),
        }
    }
}
