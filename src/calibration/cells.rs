//! Measured cells, read from CSV.
//!
//! The columns are `interpreter, cores, scenario, params, metric, runs, median, p25, p75`, in any order; `params` is a
//! JSON object of numbers, words and truth values. A line that begins with `#` is a comment. What is no such table is
//! an error that names file, line and column; what the table is about is for others to judge.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::experiment::diagnostic::nearest;
use crate::experiment::measured::Scalar;

/// The columns of a table of measurements.
pub const COLUMNS: [&str; 9] = ["interpreter", "cores", "scenario", "params", "metric", "runs", "median", "p25", "p75"];

/// The parameters of a measured cell, by name.
pub type Params = BTreeMap<String, Scalar>;

/// A measured cell: what was run, and everything that was measured of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Short name of the interpreter.
    pub interpreter: String,
    /// How many cores it had.
    pub cores: u32,
    /// What was run.
    pub scenario: String,
    /// With which parameters.
    pub params: Params,
    /// The parameters as they are written.
    pub text: String,
    /// The line of its first measure.
    pub line: u64,
    /// What was measured.
    pub measures: Vec<Measure>,
}

/// A metric of a measured cell; the quartiles are over whole runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// Its name.
    pub metric: String,
    /// How many runs there were.
    pub runs: u64,
    /// Half of the runs gave less.
    pub median: f64,
    /// A quarter of the runs gave less.
    pub p25: f64,
    /// A quarter of the runs gave more.
    pub p75: f64,
}

/// Why a table of measurements cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CellsError {
    /// The operating system says no.
    #[error("cannot read {}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        error: std::io::Error,
    },
    /// Not a table.
    #[error("{}: {error}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: csv::Error,
    },
    /// A column is missing.
    #[error("{}, line 1: there is no column `{column}`{hint}", path.display())]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
        /// Perhaps what it is called instead.
        hint: String,
    },
    /// A value cannot be used.
    #[error("{}, line {line}, column `{column}`: {message}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
        /// The column.
        column: &'static str,
        /// What is wrong.
        message: String,
    },
}

/// Reads a table of measurements; cells come in the order in which they are first met.
///
/// # Errors
/// The first thing that is wrong with the table.
pub fn read(path: &Path) -> Result<Vec<Cell>, CellsError> {
    let text = std::fs::read(path).map_err(|error| CellsError::Unreadable { path: path.into(), error })?;
    parse(path, &text)
}

/// Reads a table that would stand at `path`.
///
/// # Errors
/// The first thing that is wrong with the table.
pub fn parse(path: &Path, text: &[u8]) -> Result<Vec<Cell>, CellsError> {
    let broken = |error| CellsError::Broken { path: path.into(), error };
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).trim(csv::Trim::All).from_reader(text);
    let headers = reader.headers().map_err(broken)?.clone();
    let places = places(path, &headers)?;
    let mut cells: Vec<Cell> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(broken)?;
        let row = Row { path, line: record.position().map_or(0, csv::Position::line), record: &record, places };
        let (cell, measure) = row.read()?;
        let key = format!("{}\n{}\n{}\n{:?}", cell.interpreter, cell.cores, cell.scenario, cell.params);
        let index = *known.entry(key).or_insert_with(|| {
            cells.push(cell);
            cells.len() - 1
        });
        let measures = &mut cells[index].measures;
        if measures.iter().any(|other| other.metric == measure.metric) {
            return Err(row.error("metric", format!("`{}` of this cell stands in the table twice", measure.metric)));
        }
        measures.push(measure);
    }
    Ok(cells)
}

fn places(path: &Path, headers: &csv::StringRecord) -> Result<[usize; 9], CellsError> {
    let mut places = [0; 9];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        *place = headers.iter().position(|header| header == column).ok_or_else(|| {
            let near = nearest(column, &headers.iter().collect::<Vec<_>>());
            let hint = near.map_or_else(String::new, |near| format!("; is it `{near}`?"));
            CellsError::NoColumn { path: path.into(), column, hint }
        })?;
    }
    Ok(places)
}

struct Row<'r> {
    path: &'r Path,
    line: u64,
    record: &'r csv::StringRecord,
    places: [usize; 9],
}

impl Row<'_> {
    fn read(&self) -> Result<(Cell, Measure), CellsError> {
        let median = self.number("median")?;
        let (p25, p75) = (self.number("p25")?, self.number("p75")?);
        if p25 > p75 {
            return Err(self.error("p25", format!("the lower quartile {p25} is above the upper one {p75}")));
        }
        let cell = Cell {
            interpreter: self.word("interpreter")?,
            cores: self.whole("cores")?,
            scenario: self.word("scenario")?,
            params: self.params()?,
            text: self.cell("params").to_owned(),
            line: self.line,
            measures: Vec::new(),
        };
        Ok((cell, Measure { metric: self.word("metric")?, runs: u64::from(self.whole("runs")?), median, p25, p75 }))
    }

    fn error(&self, column: &'static str, message: String) -> CellsError {
        CellsError::Value { path: self.path.into(), line: self.line, column, message }
    }

    fn cell(&self, column: &'static str) -> &str {
        let index = COLUMNS.iter().position(|known| *known == column).unwrap_or_default();
        self.record.get(self.places[index]).unwrap_or_default()
    }

    fn word(&self, column: &'static str) -> Result<String, CellsError> {
        match self.cell(column) {
            "" => Err(self.error(column, "there is nothing".into())),
            word => Ok(word.to_owned()),
        }
    }

    fn whole(&self, column: &'static str) -> Result<u32, CellsError> {
        let text = self.cell(column);
        let value = text.parse().ok().filter(|value| (1..=65_536).contains(value));
        value.ok_or_else(|| self.error(column, format!("{text:?} is not a whole number from 1 to 65536")))
    }

    fn number(&self, column: &'static str) -> Result<f64, CellsError> {
        let text = self.cell(column);
        let value = text.parse().ok().filter(|value: &f64| value.is_finite() && *value >= 0.0);
        value.ok_or_else(|| self.error(column, format!("{text:?} is not a number of at least 0")))
    }

    fn params(&self) -> Result<Params, CellsError> {
        let text = self.cell("params");
        let wrong = |message: String| self.error("params", message);
        let json: serde_json::Value =
            serde_json::from_str(text).map_err(|error| wrong(format!("{text:?} is not JSON: {error}")))?;
        let serde_json::Value::Object(entries) = json else {
            return Err(wrong(format!("{text:?} is not a JSON object")));
        };
        let scalar = |(name, value): (String, serde_json::Value)| {
            let scalar = match &value {
                serde_json::Value::Number(number) => number.as_f64().map(Scalar::Number),
                serde_json::Value::String(text) => Some(Scalar::Text(text.clone())),
                serde_json::Value::Bool(flag) => Some(Scalar::Flag(*flag)),
                _ => None,
            };
            match scalar {
                Some(scalar) => Ok((name, scalar)),
                None => Err(wrong(format!("`{name}` is {value}, not a number, a word or a truth value"))),
            }
        };
        entries.into_iter().map(scalar).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "interpreter,cores,scenario,params,metric,runs,median,p25,p75\n";

    fn cells(rows: &str) -> Result<Vec<Cell>, String> {
        parse(Path::new("m.csv"), format!("{HEADER}{rows}").as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn rows_of_one_cell_are_gathered_whatever_the_order_of_their_parameters() {
        let found = cells(
            "py311,2,ping,\"{\"\"hogs\"\": 1, \"\"hold\"\": 0}\",p50,3,1,1,1\n# a comment\n\
             py311,2,ping,\"{\"\"hold\"\": 0, \"\"hogs\"\": 1}\",p90,3,2,2,2\n",
        );
        let found = found.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].params["hogs"], Scalar::Number(1.0));
        assert_eq!(found[0].measures.iter().map(|measure| measure.metric.as_str()).collect::<Vec<_>>(), ["p50", "p90"]);
    }

    #[test]
    fn what_is_wrong_is_told_with_file_line_and_column() {
        for (rows, told) in [
            ("py311,two,ping,{},p50,3,1,1,1\n", "m.csv, line 2, column `cores`"),
            ("py311,2,ping,{},p50,3,1,1,1\npy311,2,ping,[],p50,3,1,1,1\n", "m.csv, line 3, column `params`"),
            ("py311,2,ping,{},p50,3,x,1,1\n", "column `median`"),
            ("py311,2,ping,{},p50,3,1,2,1\n", "the lower quartile 2 is above"),
            ("py311,2,ping,{},p50,3,1,1,1\npy311,2,ping,{},p50,3,1,1,1\n", "twice"),
            ("py311,2,ping,{},p50,3,1,1\n", "m.csv"),
            (",2,ping,{},p50,3,1,1,1\n", "column `interpreter`: there is nothing"),
        ] {
            let error = cells(rows).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
        let error = parse(Path::new("m.csv"), b"interpreter,cores,scenario,params,metric,runs,mdian,p25,p75\n");
        assert!(error.unwrap_err().to_string().contains("no column `median`; is it `mdian`?"));
    }
}
