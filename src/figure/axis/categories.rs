//! Names of categories under the x axis: level in one or more lines, else slanted, else upright.

use crate::figure::axis::span::Span;
use crate::figure::canvas::font::Font;
use crate::figure::look::style::{LEADING, PT, SMALL};

/// The longest name written, in canvas units; what is longer is cut.
const LONGEST: f64 = 1150.0;

/// Names so arranged that they do not touch.
#[derive(Debug, Clone, PartialEq)]
pub struct CategoryLabels {
    /// The lines of each name, in the order of the categories; none where there is no room.
    pub names: Vec<Vec<String>>,
    /// Degrees by which names are turned: 0, -45 or -90.
    pub turn: i32,
}

/// Arranges names under an axis of this length.
pub fn fitted(names: &[String], length: f64, font: &Font) -> CategoryLabels {
    let room = length / names.len().max(1) as f64;
    let line = SMALL * LEADING;
    let one_line = || names.iter().map(|name| vec![font.shortened(name, SMALL, LONGEST)]);
    let widest = |names: &[Vec<String>]| names.iter().flatten().map(|line| font.width(line, SMALL)).fold(0.0, f64::max);
    let wrapped: Vec<Vec<String>> = names.iter().map(|name| font.wrapped(name, SMALL, room - 4.0 * PT)).collect();
    if widest(&wrapped) <= room - 4.0 * PT && wrapped.iter().all(|lines| lines.len() <= 3) {
        return CategoryLabels { names: wrapped, turn: 0 };
    }
    if names.iter().all(|name| name.parse::<f64>().is_ok()) {
        // Of numbers, those left out can be guessed.
        let needed = widest(&wrapped) + 4.0 * PT;
        return CategoryLabels { names: every(one_line(), (needed / room).ceil() as usize), turn: 0 };
    }
    // Slanted lines are a factor of sqrt 2 nearer to each other than their anchors.
    if room >= line * std::f64::consts::SQRT_2 {
        return CategoryLabels { names: one_line().collect(), turn: -45 };
    }
    CategoryLabels { names: every(one_line(), (SMALL * 1.05 / room).ceil() as usize), turn: -90 }
}

/// Every so many of the names, from the first on.
fn every(names: impl Iterator<Item = Vec<String>>, step: usize) -> Vec<Vec<String>> {
    let kept = |(index, name): (usize, Vec<String>)| if index.is_multiple_of(step) { name } else { Vec::new() };
    names.enumerate().map(kept).collect()
}

impl CategoryLabels {
    /// How many names there was no room for.
    pub fn left_out(&self) -> usize {
        self.names.iter().filter(|name| name.is_empty()).count()
    }

    /// Height of the strip that the names take.
    pub fn height(&self, font: &Font) -> f64 {
        let longest = self.names.iter().flatten().map(|line| font.width(line, SMALL)).fold(0.0, f64::max);
        match self.turn {
            0 => (self.names.iter().map(Vec::len).max().unwrap_or(1).max(1) - 1) as f64 * SMALL * LEADING + SMALL,
            -90 => longest + SMALL * 0.2,
            _ => (longest + SMALL) * std::f64::consts::FRAC_1_SQRT_2,
        }
    }

    /// How far the names reach beyond the frame to the left, to the right, and down.
    pub fn overhang(&self, span: &Span, width: f64, font: &Font) -> (f64, f64, f64) {
        let (mut before, mut after) = (0.0_f64, 0.0_f64);
        for (index, name) in self.names.iter().enumerate() {
            let middle = span.fraction(index as f64) * width;
            let longest = name.iter().map(|line| font.width(line, SMALL)).fold(0.0, f64::max);
            let (left, right) = match self.turn {
                0 => (longest / 2.0, longest / 2.0),
                -90 => (SMALL / 2.0, SMALL / 2.0),
                _ => ((longest + SMALL / 2.0) * std::f64::consts::FRAC_1_SQRT_2, SMALL / 2.0),
            };
            before = before.max(left - middle);
            after = after.max(middle + right - width);
        }
        (before, after, self.height(font))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize, name: &str) -> Vec<String> {
        (0..count).map(|index| format!("{name} {index}")).collect()
    }

    #[test]
    fn names_are_turned_only_when_they_must() {
        assert_eq!(fitted(&names(3, "a"), 3000.0, &Font::embedded()).turn, 0);
        assert_eq!(fitted(&names(10, "abcdefghijklm"), 3000.0, &Font::embedded()).turn, -45);
        assert_eq!(fitted(&names(20, "abcdefghijklm"), 3000.0, &Font::embedded()).turn, -90);
    }

    #[test]
    fn numbers_are_never_turned() {
        let numbers: Vec<String> = (0..40).map(|index| format!("{}", 1000 * index)).collect();
        let labels = fitted(&numbers, 3000.0, &Font::embedded());
        assert_eq!(labels.turn, 0);
        assert!(labels.left_out() > 10 && labels.left_out() < 39);
    }

    #[test]
    fn hundreds_of_names_are_thinned_out() {
        let labels = fitted(&names(300, "abcdefghijklm"), 3000.0, &Font::embedded());
        assert!(labels.names.iter().filter(|name| !name.is_empty()).count() < 40);
        assert!(!labels.names[0].is_empty());
    }
}
