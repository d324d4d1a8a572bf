//! `gilsim plot`: figures from the results alone.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::Value;

use super::{CliError, Directories, Status, counted, load_all, talk};
use crate::experiment::output::{self, DataDirectory};
use crate::experiment::plan::{Overrides, Plan};
use crate::experiment::provenance::figure_name;
use crate::experiment::wanted;
use crate::figure::{self, Beside, Drawing, FigureError, FigureSpec, Font, Reference, Style, Table, Theme};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gilsim plot experiments/convoy.toml
  gilsim plot --format pdf,svg --style acm --plots paper/figures experiments/*.toml
  gilsim plot --style slide --font fonts/Inter.ttf experiments/convoy.toml")]
pub(super) struct Arguments {
    /// Experiments that have been run.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Formats of the figures, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "png", value_name = "FORMAT")]
    format: Vec<Format>,
    #[command(flatten)]
    look: LookArguments,
    #[command(flatten)]
    directories: Directories,
}

/// How figures look.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct LookArguments {
    /// Widths and colours.
    #[arg(long, value_enum, default_value_t = StyleName::Ieee)]
    style: StyleName,
    /// Width of every figure in inches; by default that of its size in the style.
    #[arg(long, value_name = "INCHES")]
    width: Option<f64>,
    /// A TrueType or OpenType font for all text; by default the one that is part of the program.
    #[arg(long, value_name = "FILE")]
    font: Option<PathBuf>,
}

/// Format of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// Pixels, 300 an inch
    Png,
    /// Vectors and text
    Svg,
    /// Vectors with the font embedded
    Pdf,
}

/// Conventions of a publisher or an occasion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum StyleName {
    /// Columns of 3.5 inches
    #[default]
    Ieee,
    /// Columns of 3.33 inches
    Acm,
    /// 10 inches wide with large type
    Slide,
    /// As ieee, without colour
    Grey,
}

impl LookArguments {
    pub(super) fn theme(&self) -> Result<Theme, CliError> {
        let style = match self.style {
            StyleName::Ieee => Style::Ieee,
            StyleName::Acm => Style::Acm,
            StyleName::Slide => Style::Slide,
            StyleName::Grey => Style::Grey,
        };
        let read = |path: &PathBuf| Font::read(path).map(Arc::new).map_err(|error| CliError::Usage(error.to_string()));
        let font = self.font.as_ref().map_or_else(|| Ok(Font::embedded()), read)?;
        Ok(Theme { style, font, width: self.width })
    }
}

impl Arguments {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        let theme = self.look.theme()?;
        for plan in load_all(&self.files, &Overrides::default())? {
            for path in draw_all(&plan, &self.directories, &theme, &self.format)? {
                writeln!(out, "{}", path.display())?;
            }
        }
        Ok(Status::Done)
    }
}

/// Draws all figures of an experiment and gives the files of the pictures.
pub(super) fn draw_all(
    plan: &Plan,
    directories: &Directories,
    theme: &Theme,
    formats: &[Format],
) -> Result<Vec<PathBuf>, CliError> {
    if plan.figures.is_empty() {
        return Ok(Vec::new());
    }
    let made = Made::read(plan, &DataDirectory(directories.data.clone()));
    let drawings = drawings(plan, directories, theme)?;
    let captions: Vec<String> = drawings.iter().map(|drawn| made.caption(plan, drawn.spec)).collect();
    let pictures: Vec<_> = drawings.iter().zip(&captions).map(|(drawn, caption)| drawn.picture(caption)).collect();
    pictures.iter().for_each(Picture::warn);
    // Most of the time goes into pixels and their compression.
    let written: Vec<_> =
        pictures.par_iter().map(|picture| picture.write(&directories.plots, theme, formats)).collect();
    Ok(written.into_iter().collect::<Result<Vec<_>, CliError>>()?.concat())
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

impl Drawn<'_> {
    fn picture<'d>(&'d self, caption: &'d str) -> Picture<'d> {
        Picture { name: &self.name, drawing: &self.drawing, caption }
    }
}

/// Draws all figures of an experiment from its results.
pub(super) fn drawings<'p>(
    plan: &'p Plan,
    directories: &Directories,
    theme: &Theme,
) -> Result<Vec<Drawn<'p>>, CliError> {
    if plan.figures.is_empty() {
        return Ok(Vec::new());
    }
    let runs = DataDirectory(directories.data.clone()).runs(&plan.stem);
    if !runs.exists() {
        let message = format!("there is no {}: run the experiment `{}` first", runs.display(), plan.stem);
        return Err(CliError::Usage(message));
    }
    let read = |path: &Path| Table::read(path).map_err(|error| failed(&plan.stem, &error));
    let table = read(&runs)?;
    let summary = DataDirectory(directories.data.clone()).summary(&plan.stem);
    let summary = summary.exists().then(|| read(&summary)).transpose()?;
    let draw = |spec: &'p FigureSpec| {
        let name = figure_name(&plan.stem, spec);
        let read = |source: &Option<Reference>| source.as_ref().map(|source| Table::read(&source.file)).transpose();
        let drawing = read(&spec.reference).and_then(|reference| {
            let theory = read(&spec.theory)?;
            let (reference, theory) = (reference.as_ref(), theory.as_ref());
            let beside = Beside { summary: summary.as_ref(), reference, theory };
            figure::draw(spec, &table, beside, theme)
        });
        let drawing = drawing.map_err(|error| failed(&name, &error))?;
        Ok(Drawn { name, spec, drawing })
    };
    plan.figures.iter().map(draw).collect()
}

/// A drawing with what stands beside it.
pub(super) struct Picture<'d> {
    /// Name of the files without their endings.
    pub(super) name: &'d str,
    /// The picture and its numbers.
    pub(super) drawing: &'d Drawing,
    /// What stands under it in print.
    pub(super) caption: &'d str,
}

impl Picture<'_> {
    /// Writes picture, numbers and caption, and gives the files of the picture.
    pub(super) fn save(&self, plots: &Path, theme: &Theme, formats: &[Format]) -> Result<Vec<PathBuf>, CliError> {
        self.warn();
        self.write(plots, theme, formats)
    }

    fn warn(&self) {
        for warning in &self.drawing.warnings {
            talk(&format!("warning: {}: {warning}", self.name));
        }
    }

    fn write(&self, plots: &Path, theme: &Theme, formats: &[Format]) -> Result<Vec<PathBuf>, CliError> {
        let Self { name, drawing, caption } = self;
        let with_ending = |ending: &str| plots.join(format!("{name}.{ending}"));
        let mut paths = Vec::new();
        for format in formats {
            let svg = &drawing.svg;
            let (ending, bytes) = match format {
                Format::Svg => ("svg", Ok(svg.clone().into_bytes())),
                Format::Png => ("png", figure::png(svg, &theme.font)),
                Format::Pdf => ("pdf", figure::pdf(svg, &theme.font)),
            };
            output::write(&with_ending(ending), &bytes.map_err(|error| failed(name, &error))?)?;
            paths.push(with_ending(ending));
        }
        output::write(&with_ending("csv"), drawing.numbers_csv.as_bytes())?;
        output::write(&with_ending("txt"), caption.as_bytes())?;
        Ok(paths)
    }
}

pub(super) fn failed(name: &str, error: &FigureError) -> CliError {
    CliError::Usage(format!("cannot draw {name}: {error}"))
}

/// How the results at hand were made, which may be otherwise than the file now says.
pub(super) struct Made {
    /// The replications of each cell, or its batches, in words.
    runs: String,
    seed: u64,
}

impl Made {
    pub(super) fn read(plan: &Plan, data: &DataDirectory) -> Self {
        let text = std::fs::read_to_string(data.provenance(&plan.stem)).unwrap_or_default();
        let json: Value = serde_json::from_str(&text).unwrap_or_default();
        let made = Some(&json["replications"]).filter(|made| !made.is_null()).cloned();
        let replications = made.unwrap_or_else(|| plan.repetition.to_json());
        Self {
            runs: match (&replications["min"], &replications["max"], &replications["batches"]) {
                (Value::Number(min), Value::Number(max), _) => format!("{min} to {max} replications"),
                (.., Value::Number(batches)) => format!("{batches} batches of one run"),
                _ => counted(replications.as_u64().unwrap_or(1), "replication"),
            },
            seed: json["seed"].as_u64().unwrap_or(plan.repetition.seed),
        }
    }

    /// What stands under a figure.
    pub(super) fn caption(&self, plan: &Plan, spec: &FigureSpec) -> String {
        let mut lines = vec![format!("{}.", plan.title.trim_end_matches('.')), plan.question.clone()];
        lines.extend(spec.caption.clone());
        lines.extend(plan.source.iter().map(|source| format!("Source: {source}.")));
        lines.push(spec.kind.summary(&self.runs));
        let mut metrics = spec.columns().flat_map(|column| plan.metrics.sources(wanted::metric(column)));
        if metrics.any(figure::is_percentile) {
            lines.push("Percentiles are those of all observations together.".into());
        }
        lines.push(format!("Seed {}.", self.seed));
        lines.join("\n") + "\n"
    }
}
