//! The look: sizes in print, colours, markers, and the conventions of publishers.

pub mod colors;
pub mod looks;
pub mod style;
pub mod theme;
