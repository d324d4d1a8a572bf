//! The range of an axis and the place of a value in it.
//!
//! A span turns values into fractions of the frame and back, and gives plotters its coordinates.

use crate::figure::chart::{Axis, Kind, Scale};
use crate::figure::error::FigureError;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged};
use std::ops::Range;

/// Values beyond this, or positive ones below its inverse, are not drawn: sums and products of them would overflow.
pub const LARGEST: f64 = 1e150;

/// Where values without a place on a log axis (zero, negatives) are put: far below the frame.
const BELOW: f64 = -10.0;

/// An axis whose range is settled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// How values become distances.
    pub scale: Scale,
    /// Value at the left or lower side.
    pub low: f64,
    /// Value at the right or upper side.
    pub high: f64,
    /// Whether all data are whole numbers, so that ticks between them would mean nothing.
    pub whole: bool,
    /// Whether all data are powers of two, as numbers of cores or threads often are.
    pub binary: bool,
}

/// Which side of a chart a span is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Horizontal.
    X,
    /// Vertical.
    Y,
}

impl Span {
    /// The span that an axis needs for the values it has to show.
    pub fn fit(axis: &Axis, side: Side, kind: Kind, values: &[f64]) -> Result<Self, FigureError> {
        let span =
            |low, high| Self { scale: axis.scale, low, high, whole: is_whole(values), binary: is_binary(values) };
        if axis.scale == Scale::Category {
            if side == Side::Y && !kind.has_rows() {
                return Err(FigureError::Impossible("the y axis cannot have categories; make it x".into()));
            }
            return Ok(span(-0.5, axis.categories.len().max(1) as f64 - 0.5));
        }
        if let Some((low, high)) = axis.range {
            let sound = low < high && low.abs() <= LARGEST && high.abs() <= LARGEST;
            return if !sound {
                Err(FigureError::Impossible(format!("the range from {low} to {high} of `{}` is empty", axis.label)))
            } else if axis.scale == Scale::Log && low < LARGEST.recip() {
                Err(FigureError::Impossible(format!(
                    "the log axis `{}` cannot start at {low}: give a range of positive numbers",
                    axis.label
                )))
            } else {
                Ok(span(low, high))
            };
        }
        let bars = kind.stands_on_zero() && side == Side::Y;
        let (low, high) = match axis.scale {
            // The values are the edges of the cells.
            _ if kind == Kind::Map => exact_range(values, axis.scale),
            Scale::Log => log_range(values, bars),
            _ if bars => {
                let (low, high) = extremes(values).map_or((0.0, 1.0), |(low, high)| (low.min(0.0), high.max(0.0)));
                // A waterfall has its values above its bars.
                let share = if kind == Kind::Waterfall { 0.16 } else { 0.06 };
                let room = if high > low { share * (high - low) } else { 1.0 };
                (if low < 0.0 { low - room } else { 0.0 }, if high > 0.0 || low == 0.0 { high + room } else { 0.0 })
            }
            _ => linear_range(values, side),
        };
        Ok(span(low, high))
    }

    /// The same range, with ticks that suit these values.
    #[must_use]
    pub fn with_ticks_for(self, values: &[f64]) -> Self {
        Self { whole: is_whole(values), binary: is_binary(values), ..self }
    }

    /// Distance of a value from the low side, in fractions of the frame.
    pub fn fraction(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Log if value <= 0.0 => BELOW,
            Scale::Log => (value / self.low).ln() / (self.high / self.low).ln(),
            _ => (value - self.low) / (self.high - self.low),
        }
    }

    /// The value at a fraction of the frame.
    pub fn value(&self, fraction: f64) -> f64 {
        match self.scale {
            Scale::Log => self.low * ((self.high / self.low).ln() * fraction).exp(),
            _ => self.low + (self.high - self.low) * fraction,
        }
    }

    /// Whether a value lies in the span, its ends included.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

impl Ranged for Span {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let length = f64::from(limit.1) - f64::from(limit.0);
        limit.0 + (length * self.fraction(*value).clamp(-1.0, 2.0)).round() as i32
    }

    /// None: ticks are painted by this crate.
    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        Vec::new()
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

fn linear_range(values: &[f64], side: Side) -> (f64, f64) {
    let Some((low, high)) = extremes(values) else { return (0.0, 1.0) };
    if low == high {
        let room = if low == 0.0 { 1.0 } else { 0.5 * low.abs() };
        return if side == Side::Y && low >= 0.0 { (0.0, low + room) } else { (low - room, low + room) };
    }
    let room = 0.05 * (high - low);
    // A scale from zero shows ratios truly; it costs little where the data come near zero anyway.
    let from_zero = side == Side::Y && low >= 0.0 && low < 0.4 * high;
    (if from_zero { 0.0 } else { low - room }, high + room)
}

/// From the lowest to the highest, with room only where they are the same.
fn exact_range(values: &[f64], scale: Scale) -> (f64, f64) {
    let log = scale == Scale::Log;
    let shown: Vec<f64> = values.iter().copied().filter(|&value| !log || value >= LARGEST.recip()).collect();
    match extremes(&shown) {
        None => (0.1, 1.0),
        Some((low, high)) if low < high => (low, high),
        Some((low, _)) if log => (low / 2.0, low * 2.0),
        Some((0.0, _)) => (-1.0, 1.0),
        Some((low, _)) => (low - 0.5 * low.abs(), low + 0.5 * low.abs()),
    }
}

fn log_range(values: &[f64], bars: bool) -> (f64, f64) {
    let positive: Vec<f64> = values.iter().copied().filter(|&value| value >= LARGEST.recip()).collect();
    let Some((low, high)) = extremes(&positive) else { return (0.1, 10.0) };
    let (low, high) = (low.log10(), high.log10());
    let room = if low == high { 0.4 } else { (0.05 * (high - low)).max(0.02) };
    // Bars on a log axis have no natural foot: theirs is the decade below the lowest.
    let foot = if bars { (low - 0.3).floor() } else { low - room };
    (10_f64.powf(foot), 10_f64.powf(high + room))
}

fn extremes(values: &[f64]) -> Option<(f64, f64)> {
    let low = values.iter().copied().reduce(f64::min)?;
    let high = values.iter().copied().reduce(f64::max)?;
    Some((low, high))
}

fn is_whole(values: &[f64]) -> bool {
    !values.is_empty() && values.iter().all(|value| value.fract() == 0.0)
}

fn is_binary(values: &[f64]) -> bool {
    let power = |value: f64| (1.0..=1e6).contains(&value) && value.log2().round().exp2() == value;
    let spread = extremes(values).is_some_and(|(low, high)| high >= 4.0 * low && high <= 4096.0 * low);
    spread && values.iter().all(|&value| power(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_and_values_are_each_others_inverse() {
        for scale in [Scale::Linear, Scale::Log] {
            let span = Span { scale, low: 1e-6, high: 1e6, whole: false, binary: false };
            for value in [1e-6, 3.0, 7e5] {
                assert!((span.value(span.fraction(value)) / value - 1.0).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn bars_stand_on_zero() {
        let axis = Axis::new("y", Scale::Linear);
        let span = Span::fit(&axis, Side::Y, Kind::Bars, &[80.0, 100.0]).unwrap();
        assert_eq!(span.low, 0.0);
    }

    #[test]
    fn a_log_axis_refuses_a_range_from_zero() {
        let axis = Axis { range: Some((0.0, 1.0)), ..Axis::new("y", Scale::Log) };
        assert!(Span::fit(&axis, Side::Y, Kind::Line, &[1.0]).is_err());
    }
}
