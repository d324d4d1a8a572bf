//! What a model is to a simulator, and a simulator to a model.
//!
//! A model is one component with one state machine, which sends all its events to itself. That is the fastest of the
//! ordinary styles of each peer: no ports, no messages between components.

use serde::Serialize;
use serde::de::DeserializeOwned;

use nexosim::Message;
use serde::Deserialize;

/// What may happen.
#[derive(Debug, Clone, Copy, Message, Serialize, Deserialize)]
pub enum Event {
    /// A customer arrives.
    Arrive,
    /// The holder has done its work.
    Done,
    /// A thread has thought long enough.
    Wake(u32),
    /// A thread's patience is at its end, if this is still the same wait.
    TimeOut { thread: u32, wait: u32 },
    /// The holder reaches a check point and sees the request.
    Drop,
}

/// A simulator's clock and queue of events. Times are whole nanoseconds.
pub trait Calendar {
    /// The present.
    fn now(&self) -> u64;
    /// An event after so long.
    fn after(&mut self, delay: u64, event: Event);
    /// The same, for events of which none is due before one that was scheduled earlier in this way.
    fn after_in_order(&mut self, delay: u64, event: Event) {
        self.after(delay, event);
    }
}

/// A state machine.
pub trait Model: Serialize + DeserializeOwned + Into<crate::models::Any> + Send + 'static {
    /// Schedules the first events.
    fn start(&mut self, calendar: &mut impl Calendar);
    /// Lets an event happen.
    fn handle(&mut self, event: Event, calendar: &mut impl Calendar);
    /// The waits so far.
    fn waits(&self) -> &Waits;
    /// How many acquisitions there will be.
    fn acquisitions(&self) -> u64;
}

/// The waits for a lock: their number, sum and maximum.
#[derive(Debug, Clone, Copy, Default, Message, Serialize, Deserialize)]
pub struct Waits {
    count: u64,
    sum: u64,
    max: u64,
}

impl Waits {
    /// Somebody has waited so long, perhaps not at all.
    pub fn add(&mut self, wait: u64) {
        self.count += 1;
        self.sum += wait;
        self.max = self.max.max(wait);
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their mean.
    pub fn mean(&self) -> f64 {
        self.sum as f64 / self.count as f64
    }
}
