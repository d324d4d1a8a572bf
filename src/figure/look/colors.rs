//! From a fraction to a colour of a map: even steps look even, in colour and in grey.

use crate::figure::look::theme::Style;
use plotters::style::RGBColor;

/// Coefficients of the polynomial in the fraction, by ascending power, that follows viridis of S. van der Walt and
/// N. Smith to within a hundredth (M. Zucker, <https://www.shadertoy.com/view/WlfXRN>, public domain).
const VIRIDIS: [[f64; 3]; 7] = [
    [0.277_727_327, 0.005_407_345, 0.334_099_805],
    [0.105_093_043, 1.404_613_530, 1.384_590_163],
    [-0.330_861_829, 0.214_847_559, 0.095_095_163],
    [-4.634_230_499, -5.799_100_973, -19.332_440_956],
    [6.228_269_936, 14.179_933_367, 56.690_552_601],
    [4.776_384_998, -13.745_145_377, -65.353_032_633],
    [-5.435_455_856, 4.645_852_612, 26.354_900_063],
];

/// Darkest and lightest grey of a map without colours.
const GREYS: (f64, f64) = (0.15, 0.95);

/// The colour of a fraction from 0 to 1; what lies beyond has the colour of the end.
pub fn color(fraction: f64, style: Style) -> RGBColor {
    let t = fraction.clamp(0.0, 1.0);
    let channel = |index: usize| match style {
        Style::Grey => GREYS.0 + t * (GREYS.1 - GREYS.0),
        _ => VIRIDIS.iter().rev().fold(0.0, |sum, power| sum * t + power[index]),
    };
    let byte = |index| (channel(index).clamp(0.0, 1.0) * 255.0).round() as u8;
    RGBColor(byte(0), byte(1), byte(2))
}

/// How light a colour looks, from 0 to 1 (Rec. 601).
pub fn lightness(RGBColor(r, g, b): RGBColor) -> f64 {
    (0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b)) / 255.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn larger_values_are_lighter() {
        for style in [Style::Ieee, Style::Grey] {
            let lights: Vec<f64> = (0..=50).map(|step| lightness(color(f64::from(step) / 50.0, style))).collect();
            assert!(lights.windows(2).all(|pair| pair[0] < pair[1]), "{lights:?}");
            assert!(lights[50] - lights[0] > 0.6);
        }
    }

    #[test]
    fn the_ends_are_those_of_viridis() {
        let near = |RGBColor(r, g, b), (red, green, blue): (i32, i32, i32)| {
            let off = [i32::from(r) - red, i32::from(g) - green, i32::from(b) - blue];
            off.iter().all(|off| off.abs() <= 9)
        };
        assert!(near(color(-1.0, Style::Ieee), (68, 1, 84)) && near(color(2.0, Style::Ieee), (253, 231, 37)));
    }
}
