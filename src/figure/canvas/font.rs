//! Measures of text in the font that a figure uses.
//!
//! One font is part of the program, so a figure comes out the same on every machine; another may be read from a file.
//! Lengths are in the unit of the em size given. Superscripts that a font lacks are written as small raised figures.

use crate::figure::error::FigureError;
use resvg::usvg::fontdb;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use ttf_parser::Face;

/// The font file of the program.
const BYTES: &[u8] = include_bytes!("../../../assets/fonts/DejaVuSans.ttf");

/// Size of a raised figure, as a share of the text about it.
pub const RAISED_SIZE: f64 = 0.7;

/// How far the baseline of a raised figure lies above that of the text, in ems of the text.
pub const RAISED_BY: f64 = 0.36;

/// Superscripts and the characters that stand for them in a font that lacks them.
const SUPERSCRIPTS: [(char, char); 11] = [
    ('⁻', '−'),
    ('⁰', '0'),
    ('¹', '1'),
    ('²', '2'),
    ('³', '3'),
    ('⁴', '4'),
    ('⁵', '5'),
    ('⁶', '6'),
    ('⁷', '7'),
    ('⁸', '8'),
    ('⁹', '9'),
];

/// A font with the measures of its characters.
#[derive(Debug)]
pub struct Font {
    database: Arc<fontdb::Database>,
    family: String,
    capitals: f64,
    glyphs: BTreeMap<char, Glyph>,
}

/// Advance and reach of a character, in ems.
#[derive(Debug, Clone, Copy, Default)]
struct Glyph {
    advance: f64,
    above: f64,
    below: f64,
}

/// A piece of text on one baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// What is written.
    pub text: String,
    /// Whether it is small and raised.
    pub raised: bool,
}

impl Font {
    /// The font of the program: `DejaVu Sans`.
    pub fn embedded() -> Arc<Self> {
        static FONT: LazyLock<Arc<Font>> =
            LazyLock::new(|| Arc::new(Font::parse(BYTES.to_vec()).expect("the font inside the program is a font")));
        Arc::clone(&FONT)
    }

    /// The font of a TrueType or OpenType file.
    pub fn read(path: &Path) -> Result<Self, FigureError> {
        let failed = |reason| FigureError::Font { path: path.to_owned(), reason };
        let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
        Self::parse(bytes).map_err(failed)
    }

    fn parse(bytes: Vec<u8>) -> Result<Self, String> {
        let face = Face::parse(&bytes, 0).map_err(|error| error.to_string())?;
        let em = f64::from(face.units_per_em());
        let glyphs = glyphs(&face, em);
        let Some(figure) = glyphs.get(&'0') else { return Err("the font has no figures".into()) };
        let capitals = glyphs.get(&'H').unwrap_or(figure).above;
        let mut database = fontdb::Database::new();
        database.load_font_data(bytes);
        let face = database.faces().next().ok_or("no face can be loaded")?;
        let family = face.families.first().ok_or("the font has no name")?.0.clone();
        Ok(Self { database: Arc::new(database), family, capitals, glyphs })
    }

    /// The font as the only one that renderers know.
    pub fn database(&self) -> Arc<fontdb::Database> {
        Arc::clone(&self.database)
    }

    /// What SVG calls the font.
    pub fn family(&self) -> &str {
        &self.family
    }

    /// Height of capitals and figures: text is centred by it.
    pub fn capitals(&self, size: f64) -> f64 {
        self.capitals * size
    }

    /// Width of a line of text.
    pub fn width(&self, text: &str, size: f64) -> f64 {
        size * text.chars().map(|c| self.glyph(c).advance).sum::<f64>()
    }

    /// How far the ink of a line of text reaches above and below its baseline.
    pub fn ink(&self, text: &str, size: f64) -> (f64, f64) {
        let reach = |(above, below): (f64, f64), glyph: Glyph| (glyph.above.max(above), glyph.below.max(below));
        let (above, below) = text.chars().map(|c| self.glyph(c)).fold((0.0, 0.0), reach);
        (above * size, below * size)
    }

    /// The first character that the font cannot show, if there is one.
    pub fn missing(&self, text: &str) -> Option<char> {
        text.chars().find(|&c| !self.glyphs.contains_key(&c) && self.stand_in(c).is_none())
    }

    /// The text in pieces, each on one baseline.
    pub fn runs(&self, text: &str) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for c in text.chars() {
            let (c, raised) = self.stand_in(c).map_or((c, false), |plain| (plain, true));
            match runs.last_mut() {
                Some(run) if run.raised == raised => run.text.push(c),
                _ => runs.push(Run { text: c.into(), raised }),
            }
        }
        runs
    }

    /// The text, cut and ended with an ellipsis where it is wider than `limit`.
    pub fn shortened(&self, text: &str, size: f64, limit: f64) -> String {
        if self.width(text, size) <= limit {
            return text.to_owned();
        }
        let mut kept = text.to_owned();
        while kept.pop().is_some() {
            let cut = format!("{}…", kept.trim_end());
            if self.width(&cut, size) <= limit {
                return cut;
            }
        }
        "…".to_owned()
    }

    /// The text in lines no wider than `limit` where its spaces allow it.
    pub fn wrapped(&self, text: &str, size: f64, limit: f64) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            match lines.last_mut() {
                Some(line) if self.width(&format!("{line} {word}"), size) <= limit => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines
    }

    /// The plain character that stands raised for a superscript which the font lacks.
    fn stand_in(&self, c: char) -> Option<char> {
        let lacks = !self.glyphs.contains_key(&c);
        let (_, plain) = SUPERSCRIPTS.iter().find(|(superscript, _)| lacks && *superscript == c)?;
        Some(if self.glyphs.contains_key(plain) { *plain } else { '-' })
    }

    fn glyph(&self, c: char) -> Glyph {
        let known = |c: char| self.glyphs.get(&c).copied();
        match self.stand_in(c) {
            None => known(c).or_else(|| known('0')).unwrap_or_default(),
            Some(plain) => {
                let Glyph { advance, above, .. } = known(plain).unwrap_or_default();
                Glyph { advance: advance * RAISED_SIZE, above: above * RAISED_SIZE + RAISED_BY, below: 0.0 }
            }
        }
    }
}

fn glyphs(face: &Face, em: f64) -> BTreeMap<char, Glyph> {
    let mut glyphs = BTreeMap::new();
    let subtables = face.tables().cmap.into_iter().flat_map(|cmap| cmap.subtables);
    for subtable in subtables.filter(ttf_parser::cmap::Subtable::is_unicode) {
        subtable.codepoints(|code| {
            let (Some(c), Some(id)) = (char::from_u32(code), subtable.glyph_index(code)) else { return };
            let reach = face.glyph_bounding_box(id);
            let (above, below) = reach.map_or((0, 0), |reach| (reach.y_max.max(0), (-reach.y_min).max(0)));
            let advance = face.glyph_hor_advance(id).unwrap_or(0);
            let glyph =
                Glyph { advance: f64::from(advance) / em, above: f64::from(above) / em, below: f64::from(below) / em };
            glyphs.insert(c, glyph);
        });
    }
    glyphs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_are_wider() {
        let font = Font::embedded();
        assert!(font.width("WWW", 10.0) > font.width("iii", 10.0));
        assert_eq!(font.width("", 10.0), 0.0);
    }

    #[test]
    fn superscripts_and_greek_are_in_the_font() {
        let font = Font::embedded();
        assert_eq!(font.missing("10⁻³ µs × λ · ± … −"), None);
        assert_eq!(font.runs("10⁻³"), [Run { text: "10⁻³".into(), raised: false }]);
    }

    #[test]
    fn superscripts_that_a_font_lacks_are_raised() {
        let mut font = Font::parse(BYTES.to_vec()).unwrap();
        font.glyphs.remove(&'⁻');
        font.glyphs.remove(&'⁴');
        let expected = [Run { text: "10".into(), raised: false }, Run { text: "−4".into(), raised: true }];
        assert_eq!(font.runs("10⁻⁴"), expected);
        assert!(font.width("⁴", 10.0) < font.width("4", 10.0) && font.ink("⁴", 10.0).0 > font.ink("4", 10.0).0);
        assert_eq!(font.missing("10⁻⁴ \u{10ffff}"), Some('\u{10ffff}'));
    }

    #[test]
    fn long_text_is_cut_to_the_limit() {
        let font = Font::embedded();
        let cut = font.shortened("a very long name of a series", 10.0, 60.0);
        assert!(cut.ends_with('…') && font.width(&cut, 10.0) <= 60.0);
    }

    #[test]
    fn what_is_no_font_is_refused_with_its_name() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let message = Font::read(&path).unwrap_err().to_string();
        assert!(message.contains("Cargo.toml"), "{message}");
    }
}
