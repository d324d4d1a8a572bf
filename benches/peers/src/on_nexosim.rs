//! NeXosim on one thread: one model, which schedules events on itself, and a port for the result.

use std::time::Duration;

use nexosim::model::{Context, schedulable};
use nexosim::ports::{EventSinkReader, Output, SinkState, event_slot};
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};

use crate::Runner;
use crate::model::{Calendar, Event, Model, Waits};
use crate::models::Any;

/// NeXosim.
pub struct Nexosim;

/// The model as NeXosim wants it.
#[derive(Serialize, Deserialize)]
struct Component {
    model: Any,
    result: Output<Waits>,
}

#[nexosim::model::Model]
impl Component {
    #[nexosim(init)]
    async fn init(&mut self, context: &Context<Self>) {
        self.model.start(&mut Schedule { context });
    }

    #[nexosim(schedulable)]
    async fn tick(&mut self, event: Event, context: &Context<Self>) {
        let before = self.model.waits().count();
        self.model.handle(event, &mut Schedule { context });
        let count = self.model.waits().count();
        if count > before && count == self.model.acquisitions() {
            self.result.send(*self.model.waits()).await;
        }
    }
}

struct Schedule<'c> {
    context: &'c Context<Component>,
}

impl Calendar for Schedule<'_> {
    fn now(&self) -> u64 {
        let elapsed = self.context.time().duration_since(MonotonicTime::EPOCH);
        elapsed.as_secs() * 1_000_000_000 + u64::from(elapsed.subsec_nanos())
    }

    /// NeXosim has no events of the present: they come a nanosecond later.
    fn after(&mut self, delay: u64, event: Event) {
        let delay = Duration::from_nanos(delay.max(1));
        self.context.schedule_event(delay, schedulable!(Component::tick), event).expect("the time is in the future");
    }
}

impl Runner for Nexosim {
    fn run<M: Model>(&self, model: M) -> Waits {
        let mut component = Component { model: model.into(), result: Output::default() };
        let (sink, mut result) = event_slot(SinkState::Enabled);
        component.result.connect_sink(sink);
        let simulation = SimInit::with_num_threads(1).add_model(component, Mailbox::new(), "model");
        let mut simulation = simulation.init(MonotonicTime::EPOCH).expect("the bench is right");
        simulation.run().expect("nothing goes wrong");
        result.try_read().expect("the model sends its result")
    }
}
