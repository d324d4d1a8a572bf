//! Cells of text as values: when two are the same, and how they are shown.

/// Units of durations, longest names first, in seconds.
const UNITS: [(&str, f64); 6] = [("min", 60.0), ("ms", 1e-3), ("us", 1e-6), ("µs", 1e-6), ("ns", 1e-9), ("s", 1.0)];

/// Suffixes of columns and how axis labels show them.
const SUFFIXES: [(&str, &str); 5] = [("_per_s", "1/s"), ("_ns", "ns"), ("_us", "µs"), ("_ms", "ms"), ("_s", "s")];

/// Whether two names mean the same column: durations are in columns that end in `_s`.
pub fn same_column(a: &str, b: &str) -> bool {
    let bare = |name| str::strip_suffix(name, "_s").unwrap_or(name);
    bare(a) == bare(b)
}

/// Whether two texts are the same value: equal numbers, equal durations in seconds, or equal text.
pub fn same(a: &str, b: &str) -> bool {
    match (number(a), number(b)) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
        _ => a == b,
    }
}

/// A number, or a duration in seconds.
fn number(text: &str) -> Option<f64> {
    text.parse().ok().or_else(|| {
        let (digits, seconds) = UNITS.iter().find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, *seconds)))?;
        digits.trim_end().parse::<f64>().ok().map(|count| count * seconds)
    })
}

/// How a value is shown: its given name, else the plain number, else the text itself.
pub fn shown(text: &str, names: &[(String, String)]) -> String {
    match names.iter().find(|(value, _)| same(text, value)) {
        Some((_, name)) => name.clone(),
        None => plain(text),
    }
}

/// A number without needless digits or exponent; other text as it is.
pub fn plain(text: &str) -> String {
    text.parse::<f64>().map_or_else(|_| text.to_owned(), |value| value.to_string())
}

/// A label made from the name of a column: `wait_p99_us` becomes `wait p99 (µs)`. The unit is left out where a factor
/// has changed it.
pub fn label(column: &str, factor: f64) -> String {
    let unit = SUFFIXES.iter().find_map(|(suffix, unit)| Some((column.strip_suffix(suffix)?, *unit)));
    match unit {
        Some((name, unit)) if factor == 1.0 => format!("{} ({unit})", name.replace('_', " ")),
        Some((name, _)) => name.replace('_', " "),
        None => column.replace('_', " "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_equal_their_seconds() {
        assert!(same("5ms", "0.005") && same("1e-3", "0.001") && same("100us", "0.0001"));
        assert!(!same("5", "5ms") && same("mcs", "mcs") && !same("mcs", "clh"));
    }

    #[test]
    fn labels_show_units() {
        assert_eq!(label("wait_p99_us", 1.0), "wait p99 (µs)");
        assert_eq!(label("request.rate_per_s", 1.0), "request.rate (1/s)");
        assert_eq!(label("request.rate", 1.0), "request.rate");
        assert_eq!(label("makespan_s", 1000.0), "makespan");
    }
}
