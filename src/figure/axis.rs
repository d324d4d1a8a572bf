//! Axes: their ranges, their ticks, the names of categories beneath them.

pub mod categories;
pub mod span;
pub mod ticks;
