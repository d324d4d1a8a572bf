//! Measures of text in the one font that figures use.
//!
//! The font is part of the program, so a figure comes out the same on every machine. Lengths are in the unit of the
//! em size given.

use std::sync::OnceLock;
use ttf_parser::{Face, GlyphId};

/// The font file itself.
pub const BYTES: &[u8] = include_bytes!("../../assets/fonts/DejaVuSans.ttf");

/// What SVG calls the font; the others stand in for it in viewers that have it not.
pub const FAMILY: &str = "DejaVu Sans";

/// Height of capitals and digits, in ems: text is centred by it.
pub const CAP_HEIGHT: f64 = 0.729;

/// How far text reaches above its baseline, in ems.
pub const ASCENT: f64 = 0.78;

/// How far text reaches below its baseline, in ems.
pub const DESCENT: f64 = 0.24;

/// Width of a line of text.
pub fn width(text: &str, size: f64) -> f64 {
    let face = face();
    let units: u32 = text.chars().map(|c| u32::from(face.glyph_hor_advance(glyph(c)).unwrap_or(0))).sum();
    f64::from(units) * size / f64::from(face.units_per_em())
}

/// How far the ink of a line of text reaches above and below its baseline.
pub fn ink(text: &str, size: f64) -> (f64, f64) {
    let face = face();
    let em = size / f64::from(face.units_per_em());
    let boxes = text.chars().filter_map(|c| face.glyph_bounding_box(glyph(c)));
    let (above, below) = boxes.fold((0, 0), |(above, below), ink| (ink.y_max.max(above), (-ink.y_min).max(below)));
    (f64::from(above) * em, f64::from(below) * em)
}

/// The first character that the font cannot show, if there is one.
pub fn missing(text: &str) -> Option<char> {
    text.chars().find(|&c| face().glyph_index(c).is_none())
}

/// The text, cut and ended with an ellipsis where it is wider than `limit`.
pub fn shortened(text: &str, size: f64, limit: f64) -> String {
    if width(text, size) <= limit {
        return text.to_owned();
    }
    let mut kept = text.to_owned();
    while kept.pop().is_some() {
        let cut = format!("{}…", kept.trim_end());
        if width(&cut, size) <= limit {
            return cut;
        }
    }
    "…".to_owned()
}

/// The text in lines no wider than `limit` where its spaces allow it.
pub fn wrapped(text: &str, size: f64, limit: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size) <= limit => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn glyph(c: char) -> GlyphId {
    face().glyph_index(c).unwrap_or_default()
}

fn face() -> &'static Face<'static> {
    static FACE: OnceLock<Face<'static>> = OnceLock::new();
    FACE.get_or_init(|| Face::parse(BYTES, 0).expect("the font inside the program is a font"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_are_wider() {
        assert!(width("WWW", 10.0) > width("iii", 10.0));
        assert_eq!(width("", 10.0), 0.0);
    }

    #[test]
    fn superscripts_and_greek_are_in_the_font() {
        assert_eq!(missing("10⁻³ µs × λ · ± … −"), None);
    }

    #[test]
    fn long_text_is_cut_to_the_limit() {
        let cut = shortened("a very long name of a series", 10.0, 60.0);
        assert!(cut.ends_with('…') && width(&cut, 10.0) <= 60.0);
    }
}
