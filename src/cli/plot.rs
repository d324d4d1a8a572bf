//! `gilsim plot`: figures from the results alone.

use std::io::Write;
use std::path::PathBuf;

use serde_json::Value;

use super::{CliError, Directories, Status, load_all, talk};
use crate::experiment::output::{self, DataDirectory};
use crate::experiment::plan::{Overrides, Plan};
use crate::experiment::provenance::figure_name;
use crate::figure::{self, Drawing, FigureError, FigureSpec, Table};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gilsim plot experiments/convoy.toml
  gilsim plot --format svg --plots paper/figures experiments/*.toml")]
pub(super) struct Arguments {
    /// Experiments that have been run.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Format of the figures.
    #[arg(long, value_enum, default_value_t = Format::Png)]
    format: Format,
    #[command(flatten)]
    directories: Directories,
}

/// Format of a figure.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum Format {
    Png,
    Svg,
}

impl Arguments {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        for plan in load_all(&self.files, &Overrides::default())? {
            for path in draw_all(&plan, &self.directories, self.format)? {
                writeln!(out, "{}", path.display())?;
            }
        }
        Ok(Status::Done)
    }
}

/// Draws all figures of an experiment and gives the files of the pictures.
pub(super) fn draw_all(plan: &Plan, directories: &Directories, format: Format) -> Result<Vec<PathBuf>, CliError> {
    let made = Made::read(plan, &DataDirectory(directories.data.clone()));
    let drawings = drawings(plan, directories)?;
    drawings.into_iter().map(|drawn| drawn.save(directories, format, &made.caption(plan, drawn.spec))).collect()
}

/// A figure of an experiment, drawn.
pub(super) struct Drawn<'p> {
    /// Its name, without directory and ending.
    pub(super) name: String,
    /// What it shows.
    pub(super) spec: &'p FigureSpec,
    /// The picture and its numbers.
    pub(super) drawing: Drawing,
}

/// Draws all figures of an experiment from its results.
pub(super) fn drawings<'p>(plan: &'p Plan, directories: &Directories) -> Result<Vec<Drawn<'p>>, CliError> {
    if plan.figures.is_empty() {
        return Ok(Vec::new());
    }
    let runs = DataDirectory(directories.data.clone()).runs(&plan.stem);
    if !runs.exists() {
        let message = format!("there is no {}: run the experiment `{}` first", runs.display(), plan.stem);
        return Err(CliError::Usage(message));
    }
    let table = Table::read(&runs).map_err(|error| failed(&plan.stem, &error))?;
    let draw = |spec: &'p FigureSpec| {
        let name = figure_name(&plan.stem, spec);
        let reference = spec.reference.as_ref().map(|reference| Table::read(&reference.file)).transpose();
        let drawing = reference.and_then(|reference| figure::draw(spec, &table, reference.as_ref()));
        let drawing = drawing.map_err(|error| failed(&name, &error))?;
        Ok(Drawn { name, spec, drawing })
    };
    plan.figures.iter().map(draw).collect()
}

impl Drawn<'_> {
    /// Writes picture, numbers and caption, and gives the file of the picture.
    fn save(&self, directories: &Directories, format: Format, caption: &str) -> Result<PathBuf, CliError> {
        let Self { name, drawing, .. } = self;
        for warning in &drawing.warnings {
            talk(&format!("warning: {name}: {warning}"));
        }
        let with_ending = |ending: &str| directories.plots.join(format!("{name}.{ending}"));
        let (path, picture) = match format {
            Format::Svg => (with_ending("svg"), drawing.svg.clone().into_bytes()),
            Format::Png => (with_ending("png"), figure::png(&drawing.svg).map_err(|error| failed(name, &error))?),
        };
        output::write(&path, &picture)?;
        output::write(&with_ending("csv"), drawing.numbers_csv.as_bytes())?;
        output::write(&with_ending("txt"), caption.as_bytes())?;
        Ok(path)
    }
}

fn failed(name: &str, error: &FigureError) -> CliError {
    CliError::Usage(format!("cannot draw {name}: {error}"))
}

/// How the results at hand were made, which may be otherwise than the file now says.
struct Made {
    /// The replications of each cell, in words.
    replications: String,
    seed: u64,
}

impl Made {
    fn read(plan: &Plan, data: &DataDirectory) -> Self {
        let text = std::fs::read_to_string(data.provenance(&plan.stem)).unwrap_or_default();
        let json: Value = serde_json::from_str(&text).unwrap_or_default();
        let made = Some(&json["replications"]).filter(|made| !made.is_null()).cloned();
        let replications = made.unwrap_or_else(|| plan.repetition.to_json());
        Self {
            replications: match (&replications["min"], &replications["max"]) {
                (Value::Number(min), Value::Number(max)) => format!("{min} to {max}"),
                _ => replications.to_string(),
            },
            seed: json["seed"].as_u64().unwrap_or(plan.repetition.seed),
        }
    }

    /// What stands under a figure.
    fn caption(&self, plan: &Plan, spec: &FigureSpec) -> String {
        let mut lines = vec![format!("{}.", plan.title.trim_end_matches('.')), plan.question.clone()];
        lines.extend(spec.caption.clone());
        lines.extend(plan.source.iter().map(|source| format!("Source: {source}.")));
        lines.push(match self.replications.as_str() {
            "1" => "One run a point (n = 1), no interval.".into(),
            n => format!("Means of n = {n} replications with 95 % confidence intervals (Student's t)."),
        });
        lines.push(format!("Seed {}.", self.seed));
        lines.join("\n") + "\n"
    }
}
