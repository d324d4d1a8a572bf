//! What the command line says.

/// Rounds of a measurement that is kept.
const ROUNDS: usize = 10;

/// Rounds with `--quick`.
const FEW: usize = 2;

/// What the command line says.
pub(crate) struct Options {
    /// Few rounds, nothing written.
    pub(crate) quick: bool,
    /// Only models whose label has this text, nothing written.
    pub(crate) only: Option<String>,
}

impl Options {
    /// Reads the command line; `cargo bench` adds `--bench`.
    pub(crate) fn read() -> Self {
        let mut options = Self { quick: false, only: None };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--quick" => options.quick = true,
                "--only" => options.only = arguments.next(),
                "--bench" => {}
                other => {
                    eprintln!("unknown argument {other}; there are --quick and --only TEXT");
                    std::process::exit(2);
                }
            }
        }
        options
    }

    /// How many rounds are run.
    pub(crate) fn rounds(&self) -> usize {
        if self.quick { FEW } else { ROUNDS }
    }

    /// Whether a model is wanted.
    pub(crate) fn wants(&self, label: &str) -> bool {
        self.only.as_deref().is_none_or(|text| label.contains(text))
    }
}
