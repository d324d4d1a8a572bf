//! What the command line says.

use std::path::PathBuf;

const USAGE: &str =
    "usage: versus --gilsim PROGRAM [--quick] [--only TEXT], or versus --redraw; `make bench` and `make figures` do it";

/// Rounds of a measurement that is kept.
const ROUNDS: usize = 10;

/// Rounds with `--quick`.
const FEW: usize = 2;

/// What the command line says.
pub(crate) struct Options {
    /// The build of gilsim that is measured; without one the figure is drawn again from the table that is there.
    pub(crate) gilsim: Option<PathBuf>,
    /// Few rounds.
    quick: bool,
    /// Only models whose label has this text.
    only: Option<String>,
}

impl Options {
    /// Reads the command line, or ends the program with what it should be.
    pub(crate) fn read() -> Self {
        Self::parse(std::env::args().skip(1)).unwrap_or_else(|| {
            eprintln!("{USAGE}");
            std::process::exit(2)
        })
    }

    fn parse(mut arguments: impl Iterator<Item = String>) -> Option<Self> {
        let (mut gilsim, mut quick, mut only) = (None, false, None);
        let mut redraw = false;
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--gilsim" => gilsim = Some(arguments.next()?.into()),
                "--redraw" => redraw = true,
                "--quick" => quick = true,
                "--only" => only = Some(arguments.next()?),
                _ => return None,
            }
        }
        (gilsim.is_some() != redraw).then_some(Self { gilsim, quick, only })
    }

    /// How many rounds are run.
    pub(crate) fn rounds(&self) -> usize {
        if self.quick { FEW } else { ROUNDS }
    }

    /// Whether nothing is kept of what is measured.
    pub(crate) fn is_a_look(&self) -> bool {
        self.quick || self.only.is_some()
    }

    /// Whether a model is wanted.
    pub(crate) fn wants(&self, label: &str) -> bool {
        self.only.as_deref().is_none_or(|text| label.contains(text))
    }
}
