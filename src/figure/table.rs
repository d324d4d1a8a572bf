//! CSV tables as headers and cells of text, with columns found by name.

pub mod cells;
pub mod values;

use crate::figure::error::FigureError;
use std::collections::HashSet;
use std::path::Path;

/// A table; every row has as many cells as there are headers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Names of the columns.
    pub headers: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

/// How alike a name must be to be suggested, from 0 to 1.
const ALIKE: f64 = 0.75;

impl Table {
    /// Reads a CSV file; lines that start with `#` are comments.
    pub fn read(path: &Path) -> Result<Self, FigureError> {
        let reader = reader().from_path(path).and_then(collect);
        reader.map_err(|source| FigureError::Read { path: path.to_owned(), source })
    }

    /// Reads CSV text.
    pub fn parse(text: &str) -> Result<Self, FigureError> {
        Ok(collect(reader().from_reader(text.as_bytes()))?)
    }

    /// The column of this name, `_s` or not.
    pub fn column(&self, name: &str) -> Option<usize> {
        let exact = self.headers.iter().position(|header| header == name);
        exact.or_else(|| self.headers.iter().position(|header| values::same_column(header, name)))
    }

    /// The column of this name, or an error that names the nearest; `table` says in which table it was sought.
    pub fn require(&self, name: &str, table: &'static str) -> Result<usize, FigureError> {
        self.column(name).ok_or_else(|| FigureError::NoColumn {
            name: name.to_owned(),
            table,
            nearest: self.nearest(name),
            columns: self.headers.clone(),
        })
    }

    /// The values of a column, each once, in the order in which they first appear.
    pub fn distinct(&self, column: usize) -> Vec<String> {
        let mut known = HashSet::new();
        let texts = self.rows.iter().map(|row| &row[column]);
        texts.filter(|text| known.insert(text.as_str())).cloned().collect()
    }

    /// The text that a column has for a value, or an error that lists what it has.
    pub fn present(&self, column: usize, value: &str) -> Result<String, FigureError> {
        let present = self.distinct(column);
        present.iter().find(|text| values::same(text, value)).cloned().ok_or_else(|| FigureError::NoValue {
            column: self.headers[column].clone(),
            value: value.to_owned(),
            present,
        })
    }

    fn nearest(&self, name: &str) -> Option<String> {
        let likeness = |header: &str| {
            if !name.is_empty() && header.contains(name) { 0.9 } else { strsim::jaro_winkler(header, name) }
        };
        let best = self.headers.iter().map(|header| (likeness(header), header)).max_by(|a, b| a.0.total_cmp(&b.0))?;
        (best.0 >= ALIKE).then(|| best.1.clone())
    }
}

fn reader() -> csv::ReaderBuilder {
    let mut builder = csv::ReaderBuilder::new();
    builder.comment(Some(b'#')).trim(csv::Trim::All);
    builder
}

fn collect<R: std::io::Read>(mut reader: csv::Reader<R>) -> Result<Table, csv::Error> {
    let headers = reader.headers()?.iter().map(str::to_owned).collect();
    let rows = reader.records().map(|record| Ok(record?.iter().map(str::to_owned).collect()));
    Ok(Table { headers, rows: rows.collect::<Result<_, csv::Error>>()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_skipped_and_columns_found_without_their_unit() {
        let table = Table::parse("# source: a paper\nlock.switch_interval_s, rate\n0.005, 10\n").unwrap();
        assert_eq!(table.column("lock.switch_interval"), Some(0));
        assert_eq!(table.rows, [["0.005", "10"]]);
    }

    #[test]
    fn a_misspelt_column_gets_a_suggestion() {
        let table = Table::parse("lock.switch_interval_s,rate\n").unwrap();
        let message = table.require("lock.swich_interval", "the table").unwrap_err().to_string();
        assert!(message.contains("did you mean `lock.switch_interval_s`?"), "{message}");
    }
}
