//! `gilsim metrics`: what runs measure, from the tables by which they do.

use std::io::{self, Write};

use super::policies::wrap;
use super::{CliError, Status};
use crate::simulation::metrics::catalogue::{self, Definition};

/// Columns before the texts of metrics.
const INDENT: usize = 6;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gilsim metrics
  gilsim metrics convoy jain

C stands for the name of a counter, G for that of a group of threads. Metrics marked with * take time or memory and are
measured only if a figure, [metrics] or `replications.of` names them, or `metrics = [\"NAME\"]` in [run].")]
pub(super) struct Arguments {
    /// Parts of names; all metrics without.
    #[arg(value_name = "PART")]
    parts: Vec<String>,
    /// As tables for a page of documentation.
    #[arg(long)]
    markdown: bool,
}

impl Arguments {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        let wanted = |metric: &Definition| {
            self.parts.is_empty() || self.parts.iter().any(|part| metric.name.contains(part.as_str()))
        };
        let mut tables = catalogue::definitions();
        for (_, metrics) in &mut tables {
            metrics.retain(wanted);
        }
        tables.retain(|(_, metrics)| !metrics.is_empty());
        if tables.is_empty() {
            return Err(CliError::Usage(format!("no metric has {} in its name", self.parts.join(" or "))));
        }
        for (heading, metrics) in tables {
            (if self.markdown { markdown } else { plain })(heading, &metrics, out)?;
        }
        Ok(Status::Done)
    }
}

fn plain(heading: &str, metrics: &[Definition], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{heading}:")?;
    for Definition { name, unit, text, extra } in metrics {
        let mark = if *extra { " *" } else { "" };
        let unit = if unit.is_empty() { String::new() } else { format!("  [{unit}]") };
        writeln!(out, "  {name}{mark}{unit}")?;
        wrap(text, INDENT, out)?;
    }
    writeln!(out)
}

fn markdown(heading: &str, metrics: &[Definition], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n### {heading}\n\n| metric | unit | definition |\n|---|---|---|")?;
    metrics.iter().try_for_each(|Definition { name, unit, text, extra }| {
        let names: Vec<String> = name.split(", ").map(code).collect();
        writeln!(out, "| {}{} | {unit} | {text} |", names.join(", "), if *extra { " \\*" } else { "" })
    })
}

fn code(name: &str) -> String {
    if name == "…" { name.into() } else { format!("`{name}`") }
}
