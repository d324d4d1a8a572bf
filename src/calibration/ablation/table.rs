//! The table of ablations: as CSV, for people, and as Markdown. Errors are factors; what is infinite never came through.

use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

/// A mechanism, and the errors with it and without it. The fields are the columns of the CSV.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The name of the ablation.
    pub ablation: String,
    /// The interpreters that it applies to, or `all`.
    pub interpreters: String,
    /// How many values are compared.
    pub values: usize,
    /// How many of the predictions are another by more than [`CLEAR`](crate::calibration::comparison::CLEAR).
    pub moved: usize,
    /// Median of their errors in the full model.
    pub median_error_factor_with: f64,
    /// The same without the mechanism.
    pub median_error_factor_without: f64,
    /// 90th percentile of their errors in the full model.
    pub p90_error_factor_with: f64,
    /// The same without the mechanism.
    pub p90_error_factor_without: f64,
    /// How many values show a direction.
    pub directions: usize,
    /// How many of them in the wrong one in the full model.
    pub wrong_directions_with: usize,
    /// The same without the mechanism.
    pub wrong_directions_without: usize,
    /// The scenario whose median error changes most.
    pub scenario: String,
    /// Its median error in the full model.
    pub scenario_error_factor_with: f64,
    /// The same without the mechanism.
    pub scenario_error_factor_without: f64,
    /// What the mechanism is and how it is turned off.
    pub why: String,
}

/// A factor with four digits after the point, as it stands in the CSV.
pub fn rounded(factor: f64) -> f64 {
    (factor * 1e4).round() / 1e4
}

/// A row for each ablation.
///
/// # Errors
/// The table cannot be put into words.
pub fn csv(lines: &[Line]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    lines.iter().try_for_each(|line| writer.serialize(line))?;
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// Reads the table again.
///
/// # Errors
/// What is wrong with it, with the file and the line.
pub fn read(path: &Path) -> Result<Vec<Line>, String> {
    let broken = |error: csv::Error| format!("{}: {error}", path.display());
    let mut reader = csv::Reader::from_path(path).map_err(broken)?;
    reader.deserialize().collect::<Result<_, _>>().map_err(broken)
}

/// Writes the heading for people.
///
/// # Errors
/// Nobody reads.
pub fn write_heading(out: &mut dyn Write) -> io::Result<()> {
    let [ablation, interpreters, values, moved] = ["turned off", "interpreters", "values", "moved"];
    let [median, p90, wrong, most] = ["median error", "90 %", "wrong", "most"];
    writeln!(out, "{ablation:<24} {interpreters:<12} {values:>6} {moved:>6}  {median:<18} {p90:<18} {wrong:<10} {most}")
}

impl Line {
    /// Writes the line for people.
    ///
    /// # Errors
    /// Nobody reads.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { ablation, interpreters, values, moved, .. } = self;
        let [median, p90, wrong, most] = self.changes();
        writeln!(
            out,
            "{ablation:<24} {interpreters:<12} {values:>6} {moved:>6}  {median:<18} {p90:<18} {wrong:<10} {most}"
        )
    }

    /// What changes: median error, 90th percentile, wrong directions, and the scenario that changes most.
    fn changes(&self) -> [String; 4] {
        let factors = |with: f64, without: f64| format!("{} -> {}", factor(with), factor(without));
        let most = factors(self.scenario_error_factor_with, self.scenario_error_factor_without);
        let still = self.scenario_error_factor_with == self.scenario_error_factor_without;
        [
            factors(self.median_error_factor_with, self.median_error_factor_without),
            factors(self.p90_error_factor_with, self.p90_error_factor_without),
            format!("{} -> {}", self.wrong_directions_with, self.wrong_directions_without),
            if still { "none".into() } else { format!("{} {most}", self.scenario) },
        ]
    }
}

/// Writes the table as Markdown, with what each row means.
///
/// # Errors
/// Nobody reads.
pub fn write_markdown(lines: &[Line], out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "| turned off | interpreters | values | moved | median error | 90 % | wrong directions | changes most |"
    )?;
    writeln!(out, "|{}", "---|".repeat(8))?;
    for line in lines {
        let [median, p90, wrong, most] = line.changes();
        let text = format!("**{}**: {}", line.ablation, line.why).replace('|', "\\|");
        let Line { interpreters, values, moved, .. } = line;
        writeln!(out, "| {text} | {interpreters} | {values} | {moved} | {median} | {p90} | {wrong} | {most} |")?;
    }
    Ok(())
}

/// A factor for people: `x1.046`, `x12.3`, `never`.
fn factor(value: f64) -> String {
    match value {
        value if value.is_infinite() => "never".into(),
        value if value < 2.0 => format!("x{value:.3}"),
        value if value < 10.0 => format!("x{value:.2}"),
        value if value < 100.0 => format!("x{value:.1}"),
        value => format!("x{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Line {
        Line {
            ablation: "timer slack".into(),
            interpreters: "all".into(),
            values: 562,
            moved: 40,
            median_error_factor_with: 1.0457,
            median_error_factor_without: 1.1,
            p90_error_factor_with: 3.4581,
            p90_error_factor_without: f64::INFINITY,
            directions: 281,
            wrong_directions_with: 16,
            wrong_directions_without: 20,
            scenario: "ping".into(),
            scenario_error_factor_with: 1.02,
            scenario_error_factor_without: 31.25,
            why: "timers end on time | at once".into(),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ablations.csv");
        std::fs::write(&path, csv(&[line()]).unwrap()).unwrap();
        assert_eq!(read(&path).unwrap(), [line()]);
        std::fs::write(&path, "ablation,interpreters\na,all\n").unwrap();
        assert!(read(&path).unwrap_err().contains("missing field"), "{:?}", read(&path));
    }

    #[test]
    fn the_markdown_tells_what_changes_and_what_it_means() {
        let mut out = Vec::new();
        write_markdown(&[line()], &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let row = "| **timer slack**: timers end on time \\| at once | all | 562 | 40 | x1.046 -> x1.100 | x3.46 -> never | \
                   16 -> 20 | ping x1.020 -> x31.2 |";
        assert_eq!(text.lines().last(), Some(row));
    }

    #[test]
    fn what_does_not_change_is_told_as_none() {
        let still = Line { scenario_error_factor_without: 1.02, ..line() };
        assert_eq!(still.changes()[3], "none");
    }
}
