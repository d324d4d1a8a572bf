//! simcore in its callback mode: one component, which sends events to itself.

use std::cell::RefCell;
use std::rc::Rc;

use serde::Serialize;
use simcore::{Event as Delivered, EventHandler, Simulation, SimulationContext, cast};

use crate::Runner;
use crate::model::{Calendar, Event, Model, Waits};

/// simcore.
pub struct Simcore {
    /// Events that are scheduled in the order of their times go into the queue that is made for that.
    pub ordered: bool,
}

/// The model and its way to the simulation. The unit of time is the user's choice: here a nanosecond, which the `f64` of
/// simcore holds exactly.
struct Component<M> {
    model: M,
    mail: Mail,
}

struct Mail {
    context: SimulationContext,
    ordered: bool,
}

#[derive(Clone, Serialize)]
struct Tick {
    event: Event,
}

impl Calendar for Mail {
    fn now(&self) -> u64 {
        self.context.time() as u64
    }

    fn after(&mut self, delay: u64, event: Event) {
        self.context.emit_self(Tick { event }, delay as f64);
    }

    fn after_in_order(&mut self, delay: u64, event: Event) {
        if self.ordered {
            self.context.emit_ordered_self(Tick { event }, delay as f64);
        } else {
            self.after(delay, event);
        }
    }
}

impl<M: Model> EventHandler for Component<M> {
    fn on(&mut self, delivered: Delivered) {
        cast!(match delivered.data {
            Tick { event } => {
                self.model.handle(event, &mut self.mail);
            }
        })
    }
}

impl Runner for Simcore {
    fn run<M: Model>(&self, model: M) -> Waits {
        let mut simulation = Simulation::new(1);
        let mail = Mail { context: simulation.create_context("model"), ordered: self.ordered };
        let component = Rc::new(RefCell::new(Component { model, mail }));
        simulation.add_handler("model", component.clone());
        {
            let Component { model, mail } = &mut *component.borrow_mut();
            model.start(mail);
        }
        simulation.step_until_no_events();
        *component.borrow().model.waits()
    }
}
