//! `gilsim validate`: predicted beside measured values of real interpreters.

use std::io::Write;
use std::path::Path;

use super::plot::{Format, Picture};
use super::predicting::Predicting;
use super::{CliError, Directories, Status, counted, talk, write_table};
use crate::calibration::cells::Cell;
use crate::calibration::comparison::{self, Row};
use crate::calibration::summary::{self, Group};
use crate::calibration::{overrides, picture, tables};
use crate::figure::{self, FigureError, Table, Theme};

/// The files that this command writes: a row a value, a row a group, and the figure.
const ROWS: &str = "validation.csv";
const GROUPS: &str = "validation-summary.csv";
const FIGURE: &str = "validation";

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gilsim validate
  gilsim validate --only 'py311 ping'
  gilsim validate --against measured-on-my-machine.csv --machine my-machine.toml --data mine --plots mine/plots
  gilsim validate --check")]
pub(super) struct Arguments {
    #[command(flatten)]
    predicting: Predicting,
    /// Compare only cells whose interpreter, scenario and parameters have all these words; writes nothing.
    #[arg(long, value_name = "TEXT", conflicts_with = "check")]
    only: Option<String>,
    /// Write nothing; fail if a median error is worse than in the table that is there.
    #[arg(long)]
    check: bool,
    /// Predict nothing; draw the figure again from the table that is there.
    #[arg(long, conflicts_with_all = ["check", "only"])]
    redraw: bool,
    #[command(flatten)]
    directories: Directories,
}

impl Arguments {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        self.directories.apart()?;
        if self.redraw {
            draw(&self.directories.data.join(ROWS), &self.directories.plots)?;
            return Ok(Status::Done);
        }
        let inputs = self.predicting.inputs()?;
        let before = self.before()?;
        let wanted = |cell: &Cell| self.only.as_deref().is_none_or(|text| has_words(cell, text));
        let found = inputs.predict(wanted, &[], self.predicting.jobs())?;
        let (rows, left_out) = comparison::rows(&found.cells, wanted);
        let groups = summary::groups(&rows);
        tables::write_groups(&groups, out)?;
        tables::write_astray(&rows, out)?;
        for (reason, count) in &found.skipped {
            writeln!(out, "skipped {}: {reason}", counted(*count as u64, "cell"))?;
        }
        for (reason, count) in &left_out {
            writeln!(out, "skipped {}: {reason}", counted(*count as u64, "value"))?;
        }
        if let Some(before) = before {
            return Ok(Self::judge(&before, &groups));
        }
        if self.only.is_none() {
            self.write(&rows, &groups)?;
        }
        Ok(Status::Done)
    }

    /// The median errors to compare with, if that is asked for.
    fn before(&self) -> Result<Option<summary::Medians>, CliError> {
        if !self.check {
            return Ok(None);
        }
        let path = self.directories.data.join(GROUPS);
        tables::read_medians(&path).map(Some).map_err(CliError::Usage)
    }

    fn judge(before: &summary::Medians, groups: &[Group]) -> Status {
        let worse = summary::worse(before, groups);
        for line in &worse {
            talk(&format!("worse: {line}"));
        }
        if worse.is_empty() { Status::Done } else { Status::RunFailed }
    }

    fn write(&self, rows: &[Row], groups: &[Group]) -> Result<(), CliError> {
        let Directories { data, plots } = &self.directories;
        write_table(&data.join(ROWS), tables::rows_csv(rows))?;
        write_table(&data.join(GROUPS), tables::groups_csv(groups))?;
        if rows.is_empty() { Ok(()) } else { draw(&data.join(ROWS), plots) }
    }
}

/// Draws the figure from the table of rows alone.
fn draw(table: &Path, plots: &Path) -> Result<(), CliError> {
    let fail = |error: FigureError| CliError::Usage(format!("cannot draw {FIGURE}: {error}"));
    let theme = Theme::default();
    let chart = Table::read(table).and_then(|table| picture::chart(&table)).map_err(fail)?;
    let drawing = figure::draw_chart(&chart, &theme).map_err(fail)?;
    let picture = Picture { name: FIGURE, drawing: &drawing, caption: picture::CAPTION };
    picture.save(plots, &theme, &[Format::Png])?;
    Ok(())
}

/// Whether what describes a cell has all the words of a text.
fn has_words(cell: &Cell, text: &str) -> bool {
    let Cell { interpreter, cores, scenario, params, .. } = cell;
    let words = format!("{interpreter} {scenario} cores={cores} {}", overrides::in_words(params));
    text.split_whitespace().all(|wanted| words.contains(wanted))
}
