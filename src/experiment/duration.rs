//! Durations with units: `"5ms"`, `"1.5 us"`, `"2s"`.
//!
//! The decimal number is read exactly, never through a floating-point value: what is written is what is simulated.

use super::diagnostic::Checked;
use super::node::{Node, TextError};
use super::tree::Value;
use crate::kernel::Nanos;

/// The units, and how many picoseconds each has.
const UNITS: [(&str, u128); 8] = [
    ("ns", 1_000),
    ("us", 1_000_000),
    ("µs", 1_000_000),
    ("ms", 1_000_000_000),
    ("s", 1_000_000_000_000),
    ("min", 60_000_000_000_000),
    ("h", 3_600_000_000_000_000),
    ("ps", 1),
];

/// The longest duration: about 31 years.
const LONGEST: u128 = 1_000_000_000_000_000_000;

/// What a key that wants a duration says.
pub const WANTED: &str = "a duration with a unit, such as \"5ms\"";

/// Reads a duration of whole nanoseconds; zero may be written without a unit.
pub fn read(node: &Node) -> Checked<Nanos> {
    match &node.item.value {
        Value::Integer(0) => Ok(0),
        Value::Text(text) => parse(text).map_err(|error| node.text_error(error)),
        Value::Integer(value) => Err(node.wants(WANTED).help(format!("write \"{value}ms\", \"{value}us\", …"))),
        Value::Number(value) => Err(node.wants(WANTED).help(format!("write \"{value}ms\", \"{value}us\", …"))),
        _ => Err(node.wants(WANTED)),
    }
}

/// Reads a duration that is not zero.
pub fn read_positive(node: &Node) -> Checked<Nanos> {
    match read(node)? {
        0 => Err(node.wants("a duration above zero")),
        value => Ok(value),
    }
}

/// Reads a time for each byte, in picoseconds.
pub fn read_picoseconds(node: &Node) -> Checked<u64> {
    match &node.item.value {
        Value::Integer(0) => Ok(0),
        Value::Text(text) => {
            let value = parse_in(text, 1, "picosecond").map_err(|error| node.text_error(error))?;
            Ok(value)
        }
        _ => Err(node.wants("a time for each byte, such as \"0.3ns\"")),
    }
}

/// So many times a duration in picoseconds, to the nearest nanosecond; nothing if that is too long.
pub fn multiple(picoseconds: u64, times: u64) -> Option<Nanos> {
    let nanos = (u128::from(picoseconds) * u128::from(times) + 500) / 1_000;
    if nanos <= LONGEST { Nanos::try_from(nanos).ok() } else { None }
}

/// Reads a duration of whole nanoseconds.
///
/// # Errors
/// What is wrong, and with which bytes.
pub fn parse(text: &str) -> Result<Nanos, TextError> {
    parse_in(text, 1_000, "nanosecond")
}

/// Reads a duration as a whole number of `grain` picoseconds.
fn parse_in(text: &str, grain: u128, grain_name: &str) -> Result<u64, TextError> {
    let all = 0..text.len();
    let fail = |range, message: String| TextError { range, message, help: Some(format!("write {WANTED}")) };
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(digits);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return Err(fail(all, format!("{text:?} is not a duration")));
    }
    let unit = rest.trim();
    if unit.is_empty() && number.bytes().all(|byte| matches!(byte, b'0' | b'.')) {
        return Ok(0);
    }
    if unit.is_empty() {
        return Err(fail(all, format!("{text:?} has no unit")));
    }
    let unit_start = digits + rest.len() - rest.trim_start().len();
    let Some((_, scale)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        let range = unit_start..unit_start + unit.len();
        let help = Some("the units are ns, us, ms, s, min and h".into());
        return Err(TextError { range, message: format!("{unit:?} is not a unit of time"), help });
    };
    let too_long = || fail(0..text.len(), format!("{text:?} is longer than 31 years"));
    let fraction = fraction.trim_end_matches('0');
    if whole.trim_start_matches('0').len() > 20 || fraction.len() > 15 {
        return Err(fail(0..digits, format!("{number} has more digits than are of use")));
    }
    let tenth = 10_u128.pow(fraction.len() as u32);
    let whole: u128 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| too_long())? };
    let part: u128 = if fraction.is_empty() { 0 } else { fraction.parse().map_err(|_| too_long())? };
    let unit = tenth * grain;
    let scaled = whole.checked_mul(*scale).and_then(|whole| whole.checked_mul(tenth)).ok_or_else(too_long)?;
    // Of 1 / `tenth` picoseconds; the part has at most 15 digits and the scale 16, which fits.
    let fine = scaled.checked_add(part * scale).ok_or_else(too_long)?;
    if !fine.is_multiple_of(unit) {
        return Err(fail(0..text.len(), format!("{text:?} is not a whole number of {grain_name}s")));
    }
    let value = fine / unit;
    if value > LONGEST { Err(too_long()) } else { Ok(value as u64) }
}

/// A duration as people write it: `5ms`, `1.5us`.
pub fn describe(nanos: Nanos) -> String {
    let (name, scale) = match nanos {
        0 => return "0".into(),
        1..1_000 => ("ns", 1),
        1_000..1_000_000 => ("us", 1_000),
        1_000_000..1_000_000_000 => ("ms", 1_000_000),
        _ => ("s", 1_000_000_000),
    };
    let (whole, part) = (nanos / scale, nanos % scale);
    let digits = scale.ilog10() as usize;
    let fraction = format!("{part:0digits$}");
    let fraction = fraction.trim_end_matches('0');
    if part == 0 { format!("{whole}{name}") } else { format!("{whole}.{fraction}{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_exactly() {
        for (text, nanos) in [
            ("5ms", 5_000_000),
            ("1.5 us", 1_500),
            ("20µs", 20_000),
            ("0.000000001s", 1),
            ("2s", 2_000_000_000),
            ("3min", 180_000_000_000),
            ("1h", 3_600_000_000_000),
            ("100ns", 100),
            ("1.000ns", 1),
            (".5us", 500),
            ("0s", 0),
            ("0", 0),
            ("123456789.123456789s", 123_456_789_123_456_789),
            ("5000ps", 5),
        ] {
            assert_eq!(parse(text), Ok(nanos), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_told_with_the_bytes_in_question() {
        for (text, range, part) in [
            ("5", 0..1, "has no unit"),
            ("5 mz", 2..4, "is not a unit of time"),
            ("ms", 0..2, "is not a duration"),
            ("-5ms", 0..4, "is not a duration"),
            ("1.2.3ms", 0..7, "is not a duration"),
            ("0.5ns", 0..5, "is not a whole number of nanoseconds"),
            ("400000000min", 0..12, "is longer than 31 years"),
            ("99999999999999999999h", 0..21, "is longer than 31 years"),
            ("1.0123456789012345678ms", 0..21, "has more digits than are of use"),
            ("", 0..0, "is not a duration"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.range, range, "{text}");
            assert!(error.message.contains(part), "{text}: {}", error.message);
        }
    }

    #[test]
    fn a_time_for_each_byte_has_picoseconds() {
        assert_eq!(parse_in("0.3ns", 1, "picosecond"), Ok(300));
    }

    #[test]
    fn a_multiple_is_exact_to_the_nanosecond() {
        assert_eq!(multiple(11_670, 6_000_000), Some(70_020_000));
        assert_eq!([multiple(499, 1), multiple(500, 1), multiple(7, 0)], [Some(0), Some(1), Some(0)]);
        assert_eq!(multiple(u64::MAX, u64::MAX), None);
    }

    #[test]
    fn what_is_described_reads_back() {
        for nanos in [0, 1, 999, 1_000, 1_500, 5_000_000, 1_000_000_001, 90_000_000_000] {
            assert_eq!(parse(&describe(nanos)), Ok(nanos));
        }
    }
}
