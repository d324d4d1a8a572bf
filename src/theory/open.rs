//! Open queues: customers arrive at random, are served at one station, and leave.
//!
//! Arrivals are Poisson unless a function says otherwise. A lock with Poisson requests and no hand-off cost is such a
//! queue; its hold time is the service time.

mod markovian;
mod general;
mod priority;
mod sharing;

pub use general::{Mg1, Moments, Order, kingman_wait, md1_wait};
pub use markovian::{Mm1, Mmc, erlang_b, erlang_c};
pub use priority::{Class, non_preemptive_waits, preemptive_responses};
pub use sharing::{round_robin_service, shared_in_system_probability, shared_response};

/// `numerator / (1 - load)`, infinite from load 1 on.
fn over_idle(numerator: f64, load: f64) -> f64 {
    if load < 1.0 { numerator / (1.0 - load) } else { f64::INFINITY }
}
