//! Replications to values: ratios against a base, means and intervals.

use super::error::FigureError;
use super::table::Table;
use super::values;
use statrs::distribution::{ContinuousCDF, StudentsT};
use std::collections::HashMap;

/// Level of the intervals.
const LEVEL: f64 = 0.95;

/// The number in a cell; none where the cell is empty or no finite number can be.
pub fn number(table: &Table, row: usize, column: usize, hint: &'static str) -> Result<Option<f64>, FigureError> {
    let text = table.rows[row][column].as_str();
    if text.is_empty() {
        return Ok(None);
    }
    let value: f64 = text.parse().map_err(|_| FigureError::NotANumber {
        column: table.headers[column].clone(),
        value: text.to_owned(),
        hint,
    })?;
    Ok(value.is_finite().then_some(value))
}

/// For each row the row it is relative to: the one whose `keys` columns are the same, but for those in `base`, which
/// have the values given there.
pub fn bases(table: &Table, keys: &[usize], base: &[(usize, String)]) -> Vec<Option<usize>> {
    let key = |row: &[String], substitute: bool| -> Vec<String> {
        let value = |&column: &usize| match base.iter().find(|(listed, _)| substitute && *listed == column) {
            Some((_, value)) => values::plain(value),
            None => values::plain(&row[column]),
        };
        keys.iter().map(value).collect()
    };
    let mut rows: HashMap<Vec<String>, usize> = HashMap::new();
    for (index, row) in table.rows.iter().enumerate() {
        rows.entry(key(row, false)).or_insert(index);
    }
    table.rows.iter().map(|row| rows.get(&key(row, true)).copied()).collect()
}

/// Mean and, from two values on, half-width of the interval of confidence (Student's t).
pub fn mean(values: &[f64]) -> Option<(f64, Option<f64>)> {
    let count = values.len() as f64;
    if values.is_empty() {
        return None;
    }
    let mean = values.iter().sum::<f64>() / count;
    if values.len() < 2 {
        return Some((mean, None));
    }
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let student = StudentsT::new(0.0, 1.0, count - 1.0).ok();
    let half = student.map(|law| law.inverse_cdf(f64::midpoint(1.0, LEVEL)) * (variance / count).sqrt());
    Some((mean, half))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_students() {
        let (middle, half) = mean(&[1.0, 2.0, 3.0, 4.0]).unwrap();
        // 3.182446 is the 97.5 % quantile with three degrees of freedom; s = 1.290994.
        assert_eq!(middle, 2.5);
        assert!((half.unwrap() - 3.182_446 * 1.290_994 / 2.0).abs() < 1e-4);
        assert_eq!(mean(&[7.0]), Some((7.0, None)));
        assert_eq!(mean(&[]), None);
    }
}
