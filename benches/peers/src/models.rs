//! The benchmark models, once for all Rust simulators.

mod checks;
mod closed;
mod interval;
mod open;

pub use checks::Checks;
pub use closed::Closed;
pub use interval::Interval;
pub use open::Open;

use serde::{Deserialize, Serialize};

use crate::model::{Calendar, Event, Model, Waits};

/// Any of the models, for simulators whose components cannot be generic.
#[derive(Serialize, Deserialize)]
pub enum Any {
    Open(Open),
    Closed(Closed),
    Checks(Checks),
    Interval(Interval),
}

macro_rules! each {
    ($any:expr, $model:ident => $do:expr) => {
        match $any {
            Any::Open($model) => $do,
            Any::Closed($model) => $do,
            Any::Checks($model) => $do,
            Any::Interval($model) => $do,
        }
    };
}

impl Model for Any {
    fn start(&mut self, calendar: &mut impl Calendar) {
        each!(self, model => model.start(calendar));
    }

    fn handle(&mut self, event: Event, calendar: &mut impl Calendar) {
        each!(self, model => model.handle(event, calendar));
    }

    fn waits(&self) -> &Waits {
        each!(self, model => model.waits())
    }

    fn acquisitions(&self) -> u64 {
        each!(self, model => model.acquisitions())
    }
}

impl From<Open> for Any {
    fn from(model: Open) -> Self {
        Self::Open(model)
    }
}

impl From<Closed> for Any {
    fn from(model: Closed) -> Self {
        Self::Closed(model)
    }
}

impl From<Checks> for Any {
    fn from(model: Checks) -> Self {
        Self::Checks(model)
    }
}

impl From<Interval> for Any {
    fn from(model: Interval) -> Self {
        Self::Interval(model)
    }
}
