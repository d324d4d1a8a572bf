//! How figures look: sizes in print, colours, markers, dashes and hatches.
//!
//! Lengths are in canvas units, a thousandth of an inch. Every series differs from its neighbours in marker and dash
//! as well as in colour, so that figures survive grey print and colour blindness.

use plotters::style::RGBColor;

/// Canvas units in an inch.
pub const UNITS_PER_INCH: i32 = 1000;

/// Canvas units in a point of print.
pub const PT: f64 = 1000.0 / 72.0;

/// Em size of axis labels and panel titles: 8 pt.
pub const LABEL: f64 = 8.0 * PT;

/// Em size of tick labels, legend and values in a panel: 7 pt.
pub const SMALL: f64 = 7.0 * PT;

/// Line of text to line of text, as a multiple of the em size.
pub const LEADING: f64 = 1.25;

/// Frame, ticks and rules: 0.5 pt.
pub const HAIRLINE: u32 = 7;

/// Outlines of bars and hollow markers, error bars: 0.7 pt.
pub const THIN: u32 = 10;

/// Lines of series: 1 pt.
pub const LINE: u32 = 14;

/// Half the size of a filled marker: 3.4 pt across.
pub const MARKER: f64 = 1.7 * PT;

/// Half the size of a marker among many, or of a value beyond the whiskers of a box.
pub const SMALL_MARKER: f64 = 1.2 * PT;

/// Half the size of a hollow marker: wider than a filled one, so that both are seen where they agree.
pub const HOLLOW: f64 = 2.5 * PT;

/// Length of a major tick: 3 pt.
pub const TICK: f64 = 3.0 * PT;

/// Length of a minor tick.
pub const MINOR_TICK: f64 = 1.6 * PT;

/// Opacity of interval bands.
pub const BAND: f64 = 0.18;

/// Frame, text and ticks.
pub const INK: RGBColor = RGBColor(0, 0, 0);

/// Theory lines and rules.
pub const GREY: RGBColor = RGBColor(110, 110, 110);

/// Okabe and Ito's colours, without the yellow that vanishes on white.
const PALETTE: [RGBColor; 7] = [
    RGBColor(0x00, 0x00, 0x00), // black
    RGBColor(0xD5, 0x5E, 0x00), // vermilion
    RGBColor(0x56, 0xB4, 0xE9), // sky
    RGBColor(0x00, 0x72, 0xB2), // blue
    RGBColor(0x00, 0x9E, 0x73), // green
    RGBColor(0xE6, 0x9F, 0x00), // orange
    RGBColor(0xCC, 0x79, 0xA7), // purple
];

/// Lengths of dashes and gaps in tenths of a point; empty is a solid line.
const DASHES: [&[u32]; 6] = [&[], &[40, 20], &[12, 15], &[50, 14, 12, 14], &[70, 22], &[50, 14, 12, 14, 12, 14]];

/// Dash of theory lines and rules, in tenths of a point.
const THEORY: &[u32] = &[30, 20];

/// Shape of a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A disc.
    Circle,
    /// A square on its side.
    Square,
    /// A triangle that points up.
    Up,
    /// A square on its corner.
    Diamond,
    /// A triangle that points down.
    Down,
    /// A star of five rays.
    Star,
    /// A triangle that points left.
    Left,
    /// A triangle that points right.
    Right,
}

const SHAPES: [Shape; 8] =
    [Shape::Circle, Shape::Square, Shape::Up, Shape::Diamond, Shape::Down, Shape::Star, Shape::Left, Shape::Right];

/// Lines drawn over the fill of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hatch {
    /// None.
    Plain,
    /// `///`
    Rising,
    /// `\\\`
    Falling,
    /// `xxx`
    Crossed,
    /// `---`
    Level,
}

const HATCHES: [Hatch; 5] = [Hatch::Plain, Hatch::Rising, Hatch::Plain, Hatch::Falling, Hatch::Crossed];

/// Share of the pure colour in the fill of a bar; varies so that neighbours differ in grey.
const TINTS: [f64; 5] = [0.55, 0.45, 0.35, 0.75, 0.25];

/// The same without colours: neighbours differ more.
const GREY_TINTS: [f64; 5] = [0.6, 0.2, 0.4, 0.05, 0.75];

/// How one series looks everywhere in a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Colour of line, marker and band.
    pub color: RGBColor,
    /// Shape of the markers.
    pub shape: Shape,
    /// Dashes and gaps of the line in canvas units.
    pub dash: &'static [u32],
    /// Lines over the fill of a bar.
    pub hatch: Hatch,
    /// Fill of a bar.
    pub fill: RGBColor,
}

impl Look {
    /// The look of series number `index`. The numbers of colours, shapes and dashes have few common divisors, so
    /// that looks repeat only after 56 series.
    pub fn of(index: usize) -> Self {
        let color = PALETTE[index % PALETTE.len()];
        Self {
            color,
            shape: SHAPES[index % SHAPES.len()],
            dash: DASHES[index % DASHES.len()],
            hatch: if index >= PALETTE.len() { Hatch::Level } else { HATCHES[index % HATCHES.len()] },
            fill: tint(color, TINTS[index % TINTS.len()]),
        }
    }

    /// The same look without colour: series number `index` has a grey of its own, no lighter than print can show.
    #[must_use]
    pub fn in_grey(self, index: usize) -> Self {
        let level = [0, 105, 150, 60, 130, 30, 90][index % PALETTE.len()];
        let color = RGBColor(level, level, level);
        Self { color, fill: tint(RGBColor(0, 0, 0), GREY_TINTS[index % GREY_TINTS.len()]), ..self }
    }

    /// The look of theory line number `index`.
    pub fn of_theory(index: usize) -> Self {
        let dash = if index == 0 { THEORY } else { DASHES[1 + index % (DASHES.len() - 1)] };
        Self { color: GREY, shape: Shape::Circle, dash, hatch: Hatch::Plain, fill: GREY }
    }
}

/// Tenths of a point as canvas units.
pub fn tenths_of_pt(tenths: u32) -> f64 {
    f64::from(tenths) * PT / 10.0
}

/// The colour mixed with white.
fn tint(color: RGBColor, share: f64) -> RGBColor {
    let mix = |channel: u8| (255.0 - share * (255.0 - f64::from(channel))).round() as u8;
    RGBColor(mix(color.0), mix(color.1), mix(color.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifty_series_all_look_different() {
        let looks: Vec<Look> = (0..50).map(Look::of).collect();
        for (index, look) in looks.iter().enumerate() {
            assert!(!looks[..index].iter().any(|other| other.color == look.color && other.shape == look.shape));
        }
    }
}
