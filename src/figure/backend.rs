//! Ways in and out: the canvas as plotters sees it, and SVG turned into PNG and PDF.

pub mod paper;
pub mod pdf;
pub mod raster;
