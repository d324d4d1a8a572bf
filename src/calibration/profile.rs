//! Writes a machine's profile: what was measured, and the shipped default for all else.

use std::fmt::Write;

use super::bench::{Finding, PARALLEL, Setting};
use super::entry::{Entry, joined, law, lines, quoted, spread};
use crate::experiment::machine::{KEYS, SHIPPED, cost_names};

/// Why the threads of the system are kept, though detours are measured.
const TOO_RARE: &str = "what moves threads is one run in hundreds, which seconds do not show";

/// The profile whose values stand where nothing was measured.
pub(super) const DEFAULTS: &str = "linux-x86_64";

/// What is known of a machine.
#[derive(Debug, Default)]
pub struct Known {
    /// What it is, in a line.
    pub title: String,
    /// Keys other than costs.
    pub settings: Vec<Setting>,
    /// What was measured.
    pub findings: Vec<Finding>,
    /// What could not be measured, and why.
    pub missing: Vec<(&'static str, String)>,
    /// Costs that an interpreter gave; they stand before those that the machine gave.
    pub prices: Vec<Entry>,
}

impl Known {
    /// The profile as TOML.
    ///
    /// # Errors
    /// The shipped profile is broken.
    pub fn to_toml(&self) -> Result<String, String> {
        let text = SHIPPED.iter().find(|(name, _)| *name == DEFAULTS).map_or("", |(_, text)| *text);
        let defaults: toml::Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
        let keys = KEYS.into_iter().filter(|key| *key != "costs");
        let settings: Vec<Entry> = keys.filter_map(|key| self.entry(key, &defaults, &defaults)).collect();
        let Some(costs) = defaults.get("costs").and_then(toml::Value::as_table) else {
            return Err("the shipped profile has no costs".into());
        };
        let costs: Vec<Entry> =
            cost_names().into_iter().filter_map(|name| self.entry(name, costs, &defaults)).collect();
        let mut text = format!("# {}, measured by `gilsim calibrate`.\n", self.title);
        text.push_str(&self.remarks());
        let pairs = |entries: &[Entry]| lines(entries.iter().map(|entry| (entry.key.as_str(), entry.value.as_str())));
        let sources: Vec<(String, String)> = settings
            .iter()
            .chain(&costs)
            .filter(|entry| !entry.source.is_empty())
            .map(|entry| (entry.key.clone(), quoted(&entry.source)))
            .collect();
        let sources = lines(sources.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{}\n[costs]\n{}\n[sources]\n{sources}", pairs(&settings), pairs(&costs));
        Ok(text)
    }

    /// The entry of a key: measured, or that of the defaults.
    fn entry(&self, key: &str, values: &toml::Table, defaults: &toml::Table) -> Option<Entry> {
        if let Some(entry) = self.measured(key) {
            return Some(entry);
        }
        let value = values.get(key)?.to_string();
        let source = defaults.get("sources").and_then(|sources| sources.get(key)).and_then(toml::Value::as_str);
        let name = if key == "busy_speed" { PARALLEL } else { key };
        let reason = self.missing.iter().find(|(missing, _)| *missing == name).map(|(_, reason)| reason.as_str());
        let reason = reason.unwrap_or(if key == "background" { TOO_RARE } else { "it is not measured" });
        let was = source.map_or_else(String::new, |source| format!(": {source}"));
        Some(Entry::new(key, value, format!("kept from {DEFAULTS}, since {reason}{was}")))
    }

    fn measured(&self, key: &str) -> Option<Entry> {
        if let Some(entry) = self.prices.iter().find(|entry| entry.key == key) {
            return Some(entry.clone());
        }
        if let Some(setting) = self.settings.iter().find(|setting| setting.key == key) {
            return Some(Entry::new(key, setting.value.clone(), setting.how.clone()));
        }
        let finding = |name: &str| self.findings.iter().find(|finding| finding.name == name);
        if key == "busy_speed" {
            return finding(PARALLEL).map(|found| {
                let speed = (found.sample.median() * 1e3).round().clamp(1.0, 1e3) / 1e3;
                Entry::new(key, format!("[1.0, {speed:?}]"), source(found))
            });
        }
        finding(key).map(|found| Entry::new(key, law(&found.sample), source(found)))
    }

    /// Comments with what was measured and has no price in the model.
    fn remarks(&self) -> String {
        let priced = cost_names();
        let unpriced = self.findings.iter().filter(|found| !priced.contains(&found.name) && found.name != PARALLEL);
        let line = |found: &Finding| format!("#   {}: {}; {}", found.name, spread(&found.sample), found.how);
        let lines = joined(unpriced.map(line));
        if lines.is_empty() {
            lines
        } else {
            format!("# Measured, and without a price of its own in the model:\n{lines}")
        }
    }
}

fn source(found: &Finding) -> String {
    format!("gilsim calibrate: {}; {}", found.how, spread(&found.sample))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibration::bench::{Sample, Unit};

    fn found(name: &'static str, unit: Unit, values: &[f64]) -> Finding {
        Finding::new(name, Sample::new(unit, values.to_vec()).unwrap(), "by the test")
    }

    #[test]
    fn a_profile_has_what_was_measured_and_says_what_was_kept_and_why() {
        let known = Known {
            title: "A machine".into(),
            findings: vec![
                found("wake_call", Unit::Nanoseconds, &[2000.0, 3000.0]),
                found("wake_latency_idle_1ms", Unit::Nanoseconds, &[60.0]),
                found(PARALLEL, Unit::Ratio, &[0.9504]),
            ],
            missing: vec![("context_switch", "of the weather".into())],
            prices: vec![Entry::new("pipe", "{ call = \"2us\", byte = \"1ps\" }", "the interpreter")],
            ..Known::default()
        };
        let text = known.to_toml().unwrap();
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["busy_speed"].to_string(), "[1.0, 0.95]");
        assert_eq!(
            table["costs"]["wake_call"].as_str(),
            Some("quantiles(0: 2.1us, 0.25: 2.25us, 0.5: 2.5us, 0.75: 2.75us, 1: 2.9us)")
        );
        assert_eq!(table["costs"]["pipe"]["byte"].as_str(), Some("1ps"));
        assert_eq!(table["costs"]["context_switch"].as_str(), Some("1.5us"));
        let source = table["sources"]["context_switch"].as_str().unwrap();
        assert!(source.starts_with("kept from linux-x86_64, since of the weather: Bendersky"), "{source}");
        assert!(text.contains("#   wake_latency_idle_1ms: median 60 ns"), "{text}");
    }
}
