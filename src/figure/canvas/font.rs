//! Measures of text in the font that a figure uses.
//!
//! One font is part of the program, so a figure comes out the same on every machine; another may be read from a file.
//! Lengths are in the unit of the em size given. Superscripts that a font lacks are written as small raised figures.
//! A character is measured when it is first used: a font has thousands, and a figure needs some fifty.

use crate::figure::error::FigureError;
use resvg::usvg::fontdb;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use ttf_parser::{Face, Rect};

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
    face: fontdb::ID,
    family: String,
    capitals: f64,
    /// The characters measured so far; `None` for those that the font lacks.
    glyphs: Mutex<BTreeMap<char, Option<Glyph>>>,
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
        let Some(figure) = Glyph::measure(&face, '0') else { return Err("the font has no figures".into()) };
        let capitals = Glyph::measure(&face, 'H').unwrap_or(figure).above;
        let mut database = fontdb::Database::new();
        database.load_font_data(bytes);
        let face = database.faces().next().ok_or("no face can be loaded")?;
        let family = face.families.first().ok_or("the font has no name")?.0.clone();
        let face = face.id;
        Ok(Self { database: Arc::new(database), face, family, capitals, glyphs: Mutex::default() })
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
        text.chars().find(|&c| self.known(c).is_none() && self.stand_in(c).is_none())
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
        let (_, plain) = SUPERSCRIPTS.iter().find(|(superscript, _)| *superscript == c)?;
        match self.known(c) {
            Some(_) => None,
            None => Some(self.known(*plain).map_or('-', |_| *plain)),
        }
    }

    /// The measures of a character that the font has.
    fn known(&self, c: char) -> Option<Glyph> {
        let measure = || {
            let measured = |data: &[u8], index| Face::parse(data, index).ok().and_then(|face| Glyph::measure(&face, c));
            self.database.with_face_data(self.face, measured).flatten()
        };
        *self.glyphs.lock().unwrap_or_else(PoisonError::into_inner).entry(c).or_insert_with(measure)
    }

    fn glyph(&self, c: char) -> Glyph {
        match self.stand_in(c) {
            None => self.known(c).or_else(|| self.known('0')).unwrap_or_default(),
            Some(plain) => {
                let Glyph { advance, above, .. } = self.known(plain).unwrap_or_default();
                Glyph { advance: advance * RAISED_SIZE, above: above * RAISED_SIZE + RAISED_BY, below: 0.0 }
            }
        }
    }
}

impl Glyph {
    /// The measures of a character; `None` if the font lacks it.
    fn measure(face: &Face, c: char) -> Option<Self> {
        let id = face.glyph_index(c)?;
        let em = f64::from(face.units_per_em());
        let ems = |units: i16| f64::from(units.max(0)) / em;
        let reach = face.glyph_bounding_box(id).unwrap_or(Rect { x_min: 0, y_min: 0, x_max: 0, y_max: 0 });
        let advance = f64::from(face.glyph_hor_advance(id).unwrap_or(0)) / em;
        Some(Self { advance, above: ems(reach.y_max), below: ems(reach.y_min.saturating_neg()) })
    }
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
        font.glyphs.get_mut().unwrap().extend([('⁻', None), ('⁴', None)]);
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
