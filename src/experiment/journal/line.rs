//! The lines of a journal: `checksum json`, one for each run, none longer than needed.
//!
//! The checksum is the CRC-32 of the JSON text, as eight hexadecimal digits. Values of metrics stand in one string, in
//! their shortest exact form, because JSON knows neither NaN nor infinity; distributions in that of
//! [`Distribution::to_text`](crate::statistics::Distribution::to_text).

use serde::{Deserialize, Serialize};

use super::super::key::{Key, hash};
use super::super::runner::{Record, RunError};
use super::Columns;
use crate::simulation::End;

/// The form of journals. Another number: another form, which this program leaves alone.
pub(super) const FORM: u32 = 2;

/// Which sources of the model this program was built from.
pub(super) const BUILD: &str = env!("GILSIM_MODEL");

/// A line.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    /// The first line: the form of the journal, who writes it and for which shard.
    Journal { form: u32, gilsim: String, shard: Option<String> },
    /// What the runs that refer to it have in common: the build of the model, and the names of metrics and distributions.
    Columns { id: String, build: String, metrics: Vec<String>, distributions: Vec<String> },
    /// A run and what came out.
    Run(Kept),
    /// A run that has no result, and why.
    Failed { key: String, replication: u64, seed: u64, error: String },
}

/// What is kept of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) key: String,
    pub(super) columns: String,
    end: Ended,
    events: u64,
    fingerprint: String,
    values: String,
    distributions: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ended {
    Finished,
    TimeLimit,
    Deadlock(String),
}

impl Line {
    /// The text of the line, with its checksum and its end.
    pub(super) fn text(&self) -> String {
        let json = serde_json::to_string(self).expect("lines have only keys that are strings");
        format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes()))
    }

    /// Reads a line without its end; nothing if it is not what was written.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let (checksum, json) = text.split_at_checked(8)?;
        let checksum = u32::from_str_radix(std::str::from_utf8(checksum).ok()?, 16).ok()?;
        let json = json.strip_prefix(b" ")?;
        (crc32fast::hash(json) == checksum).then(|| serde_json::from_slice(json).ok()).flatten()
    }

    /// The line that tells these columns, and how runs refer to it.
    pub(super) fn of_columns(Columns { metrics, distributions }: &Columns) -> (String, Self) {
        let id = hash(&format!("{BUILD}\n{}\n\n{}", metrics.join("\n"), distributions.join("\n")));
        let (metrics, distributions) = (metrics.clone(), distributions.clone());
        (id.clone(), Self::Columns { id, build: BUILD.into(), metrics, distributions })
    }

    /// The line of a run with these columns.
    pub(super) fn of_run(key: Key, columns: &str, record: &Record) -> Self {
        let values: Vec<String> = record.values.iter().map(|value| format!("{value:?}")).collect();
        Self::Run(Kept {
            key: key.to_string(),
            columns: columns.to_owned(),
            end: match &record.end {
                End::Finished => Ended::Finished,
                End::TimeLimit => Ended::TimeLimit,
                End::Deadlock(report) => Ended::Deadlock(report.clone()),
            },
            events: record.events,
            fingerprint: format!("{:016x}", record.fingerprint),
            values: values.join(" "),
            distributions: record.distributions.clone(),
        })
    }

    /// The line of a run that has no result.
    pub(super) fn of_failure(key: Key, seed: u64, replication: u64, error: &RunError) -> Self {
        Self::Failed { key: key.to_string(), replication, seed, error: error.to_string() }
    }
}

impl Kept {
    /// The record that was kept; nothing if it makes no sense.
    pub(super) fn record(&self) -> Option<Record> {
        Some(Record {
            end: match &self.end {
                Ended::Finished => End::Finished,
                Ended::TimeLimit => End::TimeLimit,
                Ended::Deadlock(report) => End::Deadlock(report.clone()),
            },
            events: self.events,
            fingerprint: u64::from_str_radix(&self.fingerprint, 16).ok()?,
            values: self.values.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?,
            distributions: self.distributions.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let values = vec![0.1 + 0.2, -0.0, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE, 1e300, 1.0 / 3.0];
        let distributions = vec!["BCDE".into(), String::new()];
        Record {
            end: End::Deadlock("a \"waits\"\nfor b".into()),
            events: u64::MAX,
            fingerprint: 1 << 63,
            values,
            distributions,
        }
    }

    #[test]
    fn a_record_comes_back_bit_for_bit() {
        let key = "0123456789abcdef0123456789abcdef".parse().unwrap();
        let text = Line::of_run(key, "m", &record()).text();
        assert_eq!(text.matches('\n').count(), 1);
        let Some(Line::Run(kept)) = Line::read(text.trim_end().as_bytes()) else { panic!("{text}") };
        let back = kept.record().unwrap();
        let bits = |record: &Record| record.values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&back), bits(&record()));
        assert_eq!(back.distributions, record().distributions);
        assert_eq!((back.end, back.events, back.fingerprint), (record().end, u64::MAX, 1 << 63));
        assert_eq!(kept.key, key.to_string());
    }

    #[test]
    fn a_line_of_which_any_byte_is_changed_or_missing_is_not_read() {
        let text = Line::of_run("1".parse().unwrap(), "m", &record()).text();
        let text = text.trim_end().as_bytes();
        for place in 0..text.len() {
            let mut changed = text.to_vec();
            changed[place] ^= 1;
            // Checksums may be written with capital letters; no other change of a bit goes unnoticed.
            assert!(Line::read(&changed).is_none(), "{}", String::from_utf8_lossy(&changed));
            assert!(Line::read(&text[..place]).is_none());
        }
    }
}
