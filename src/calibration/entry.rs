//! Entries of the files that a calibration writes: keys, values and where each value is from.

use super::bench::{Sample, Unit};
use crate::experiment::law;

/// A key, its value in TOML, and its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key, or the path of an override.
    pub key: String,
    /// The value as it stands in the file.
    pub value: String,
    /// Where it is from.
    pub source: String,
}

impl Entry {
    /// An entry of a value in TOML.
    pub fn new(key: impl Into<String>, value: impl Into<String>, source: impl Into<String>) -> Self {
        Self { key: key.into(), value: value.into(), source: source.into() }
    }
}

/// A text as a TOML string.
pub fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// The law of a sample as a TOML string.
pub fn law(sample: &Sample) -> String {
    quoted(&law::describe(&sample.law()))
}

/// The median of a sample to the picosecond, as a TOML string: what a multiple of a duration starts from.
pub fn constant(sample: &Sample) -> String {
    let text = format!("{:.3}", sample.median().max(0.0));
    quoted(&format!("{}ns", text.trim_end_matches('0').trim_end_matches('.')))
}

/// How a sample is distributed, in words.
pub fn spread(sample: &Sample) -> String {
    let value = |share| amount(sample.quantile(share), sample.unit);
    let interrupted = match sample.interruptions() {
        0 => String::new(),
        count => format!(", of which {count} were interrupted and are left out"),
    };
    let quantiles = format!("median {}, 90 % below {}, 99 % below {}", value(0.5), value(0.9), value(0.99));
    format!("{quantiles} (n = {}{interrupted})", sample.n())
}

/// A measured value with three digits and its unit.
pub fn amount(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Nanoseconds => match value.abs() {
            below if below < 1e3 => format!("{} ns", digits(value)),
            below if below < 1e6 => format!("{} us", digits(value / 1e3)),
            below if below < 1e9 => format!("{} ms", digits(value / 1e6)),
            _ => format!("{} s", digits(value / 1e9)),
        },
        Unit::PicosecondsPerByte => format!("{} ns/B", digits(value / 1e3)),
        Unit::Ratio => digits(value),
    }
}

/// Three significant digits at most.
fn digits(value: f64) -> String {
    let decimals = match value.abs() {
        below if below < 1.0 => 3,
        below if below < 10.0 => 2,
        below if below < 100.0 => 1,
        _ => 0,
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

/// Lines, each with its end.
pub fn joined(lines: impl Iterator<Item = String>) -> String {
    lines.flat_map(|line| [line, "\n".into()]).collect()
}

/// Lines of `key = value`, the keys padded to one width.
pub fn lines<'e>(entries: impl Iterator<Item = (&'e str, &'e str)> + Clone) -> String {
    let width = entries.clone().map(|(key, _)| key.len()).max().unwrap_or(0);
    let line = |(key, value)| format!("{key:width$} = {value}");
    joined(entries.map(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_three_digits_and_a_unit() {
        let told = [0.5, 18.44, 999.0, 12_345.0, 4.3e7, 2e9].map(|value| amount(value, Unit::Nanoseconds));
        assert_eq!(told, ["0.5 ns", "18.4 ns", "999 ns", "12.3 us", "43 ms", "2 s"]);
        assert_eq!(amount(123.0, Unit::PicosecondsPerByte), "0.123 ns/B");
        assert_eq!(amount(0.98, Unit::Ratio), "0.98");
    }

    #[test]
    fn constants_are_exact_to_the_picosecond() {
        let sample = |value| Sample::nanoseconds(vec![value]).unwrap();
        assert_eq!(constant(&sample(18.4402)), "\"18.44ns\"");
        assert_eq!(constant(&sample(20.0)), "\"20ns\"");
    }
}
