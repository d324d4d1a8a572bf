//! `gilsim plot`: figures from the results alone.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::{CliError, Directories, Status, load_all, talk};
use crate::experiment::output::{self, DataDirectory};
use crate::experiment::plan::{Overrides, Plan};
use crate::experiment::provenance::figure_name;
use crate::figure::{self, FigureError, FigureSpec, Table};

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
    if plan.figures.is_empty() {
        return Ok(Vec::new());
    }
    let data = DataDirectory(directories.data.clone());
    let runs = data.runs(&plan.stem);
    if !runs.exists() {
        let message = format!("there is no {}: run the experiment `{}` first", runs.display(), plan.stem);
        return Err(CliError::Usage(message));
    }
    let table = Table::read(&runs).map_err(|error| failed(&plan.stem, &error))?;
    let made = Made::read(plan, &data);
    plan.figures
        .iter()
        .map(|spec| {
            let stem = directories.plots.join(figure_name(&plan.stem, spec));
            draw(spec, &table, &stem, format, &made.caption(plan, spec))
        })
        .collect()
}

fn draw(spec: &FigureSpec, table: &Table, stem: &Path, format: Format, caption: &str) -> Result<PathBuf, CliError> {
    let name = stem.display().to_string();
    let failed = |error: FigureError| failed(&name, &error);
    let reference = spec.reference.as_ref().map(|reference| Table::read(&reference.file)).transpose();
    let drawing = figure::draw(spec, table, reference.map_err(failed)?.as_ref()).map_err(failed)?;
    for warning in &drawing.warnings {
        talk(&format!("warning: {name}: {warning}"));
    }
    let with_ending = |ending: &str| PathBuf::from(format!("{name}.{ending}"));
    let picture = match format {
        Format::Svg => (with_ending("svg"), drawing.svg.into_bytes()),
        Format::Png => (with_ending("png"), figure::png(&drawing.svg).map_err(failed)?),
    };
    output::write(&picture.0, &picture.1)?;
    output::write(&with_ending("csv"), drawing.numbers_csv.as_bytes())?;
    output::write(&with_ending("txt"), caption.as_bytes())?;
    Ok(picture.0)
}

fn failed(name: &str, error: &FigureError) -> CliError {
    CliError::Usage(format!("cannot draw {name}: {error}"))
}

/// How the results at hand were made, which may be otherwise than the file now says.
struct Made {
    replications: u64,
    seed: u64,
}

impl Made {
    fn read(plan: &Plan, data: &DataDirectory) -> Self {
        let text = std::fs::read_to_string(data.provenance(&plan.stem)).unwrap_or_default();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let number = |key: &str, default| json[key].as_u64().unwrap_or(default);
        Self {
            replications: number("replications", plan.repetition.replications),
            seed: number("seed", plan.repetition.seed),
        }
    }

    /// What stands under a figure.
    fn caption(&self, plan: &Plan, spec: &FigureSpec) -> String {
        let mut lines = vec![format!("{}.", plan.title.trim_end_matches('.')), plan.question.clone()];
        lines.extend(spec.caption.clone());
        lines.extend(plan.source.iter().map(|source| format!("Source: {source}.")));
        lines.push(match self.replications {
            1 => "One run a point (n = 1), no interval.".into(),
            n => format!("Means of n = {n} replications with 95 % confidence intervals (Student's t)."),
        });
        lines.push(format!("Seed {}.", self.seed));
        lines.join("\n") + "\n"
    }
}
