//! How all figures of a publication look: widths, type, colours.
//!
//! A figure is laid out on a sheet as wide as it stands in print, with type of 7 and 8 pt. Slides are seen from afar:
//! theirs is a small sheet magnified, so that type and lines grow with it.

use crate::figure::canvas::font::Font;
use crate::figure::chart::Size;
use crate::figure::error::FigureError;
use crate::figure::look::style::{Look, UNITS_PER_INCH};
use std::sync::Arc;

/// Conventions of a publisher or an occasion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// Columns of 3.5 inches; also for most other journals.
    #[default]
    Ieee,
    /// Columns of 3.33 inches.
    Acm,
    /// Every figure for a slide, whatever its size says.
    Slide,
    /// As for IEEE, in greys.
    Grey,
}

/// How the figures of a publication look.
#[derive(Debug, Clone)]
pub struct Theme {
    /// Widths and colours.
    pub style: Style,
    /// The font of all text.
    pub font: Arc<Font>,
    /// Width of every figure in inches, if it is not that of its size.
    pub width: Option<f64>,
}

/// What a figure is laid out on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sheet {
    /// Width in canvas units.
    pub width: f64,
    /// Height, where it does not follow from the panels.
    pub height: Option<f64>,
    /// Least width of a panel with its margins.
    pub least_column: f64,
    /// By how much the finished figure is larger than its sheet.
    pub magnification: f64,
}

/// Sheet of a slide in inches: 10 inches wide with type of 16 and 18 pt.
const SLIDE: f64 = 4.4;

/// Width of a figure on a slide in inches.
const SLIDE_SHOWN: f64 = 10.0;

/// Height of a slide, as a share of its width: 9 to 16.
const SLIDE_ASPECT: f64 = 0.5625;

/// Width of a figure across both columns in inches.
const DOUBLE: f64 = 7.0;

/// Widths that a figure may have, in inches.
const WIDTHS: std::ops::RangeInclusive<f64> = 1.5..=40.0;

impl Default for Theme {
    fn default() -> Self {
        Self { style: Style::default(), font: Font::embedded(), width: None }
    }
}

impl Theme {
    /// The sheet for figures of this size.
    pub fn sheet(&self, size: Size) -> Result<Sheet, FigureError> {
        if let Some(width) = self.width.filter(|width| !WIDTHS.contains(width)) {
            let (least, most) = (WIDTHS.start(), WIDTHS.end());
            let message = format!("a figure cannot be {width} inches wide; allowed are {least} to {most} inches");
            return Err(FigureError::Impossible(message));
        }
        let size = if self.style == Style::Slide { Size::Slide } else { size };
        let inches = match (size, self.style) {
            (Size::Single, Style::Acm) => 3.33,
            (Size::Single, _) => 3.5,
            (Size::Double, _) => DOUBLE,
            (Size::Slide, _) => SLIDE,
        };
        let magnification = if size == Size::Slide { SLIDE_SHOWN / SLIDE } else { 1.0 };
        let inches = self.width.map_or(inches, |width| width / magnification);
        let width = (inches * f64::from(UNITS_PER_INCH)).round();
        let (height, least_column) = match size {
            Size::Slide => (Some(SLIDE_ASPECT * width), 1400.0),
            _ => (None, 1650.0),
        };
        Ok(Sheet { width, height, least_column, magnification })
    }

    /// The look of series number `index`.
    pub fn look(&self, index: usize) -> Look {
        let look = Look::of(index);
        if self.style == Style::Grey { look.in_grey(index) } else { look }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_publishers() {
        let width = |style, size| Theme { style, ..Theme::default() }.sheet(size).unwrap().width;
        assert_eq!(width(Style::Ieee, Size::Single), 3500.0);
        assert_eq!(width(Style::Acm, Size::Single), 3330.0);
        assert_eq!(width(Style::Acm, Size::Double), 7000.0);
        let slide = Theme { style: Style::Slide, ..Theme::default() }.sheet(Size::Double).unwrap();
        assert!((slide.width * slide.magnification - 10_000.0).abs() < 1.0);
    }

    #[test]
    fn a_width_is_kept_and_a_senseless_one_refused() {
        let sheet = |width| Theme { width: Some(width), ..Theme::default() }.sheet(Size::Single);
        assert_eq!(sheet(3.25).unwrap().width, 3250.0);
        for width in [0.0, -1.0, f64::NAN, 1e9] {
            assert!(sheet(width).unwrap_err().to_string().contains("allowed are 1.5 to 40 inches"));
        }
    }
}
