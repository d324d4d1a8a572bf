//! The page: where frames, labels, legends and colour bars go, how they are painted, and whether they are in each other's
//! way.

pub mod arrange;
pub mod check;
pub mod colorbar;
pub mod frame;
pub mod layout;
pub mod legend;
pub mod placement;
