//! `gilsim ablate`: how much worse the predictions get without each mechanism of the model.

use std::io::Write;
use std::path::PathBuf;

use super::predicting::Predicting;
use super::{CliError, Status, counted, talk, write_table};
use crate::calibration::ablation::{self, Effect, Study, table};

/// The file that this command writes: a row an ablation.
const TABLE: &str = "ablations.csv";

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gilsim ablate
  gilsim ablate --markdown
  gilsim ablate my-ablations.toml --data target/mine")]
pub(super) struct Arguments {
    /// What to turn off: [[ablation]] with name, why, set, and maybe interpreters and scenarios.
    #[arg(value_name = "FILE", default_value = "data/ablations.toml")]
    file: PathBuf,
    /// Run nothing; print the table that is there as Markdown.
    #[arg(long)]
    markdown: bool,
    #[command(flatten)]
    predicting: Predicting,
    /// Directory of the results.
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
}

impl Arguments {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        let path = self.data.join(TABLE);
        if self.markdown {
            table::write_markdown(&table::read(&path).map_err(CliError::Usage)?, out)?;
            return Ok(Status::Done);
        }
        let inputs = self.predicting.inputs()?;
        let ablations = ablation::load(&self.file, &inputs)?;
        let study = Study::new(&inputs, &ablations, self.predicting.jobs())?;
        tell_skipped(study.skipped(), "");
        table::write_heading(out)?;
        let mut lines = Vec::new();
        for ablation in &ablations {
            let Effect { line, skipped } = study.effect(ablation)?;
            tell_skipped(&skipped, &format!("without {}, ", ablation.name));
            line.write(out)?;
            out.flush()?;
            lines.push(line);
        }
        write_table(&path, table::csv(&lines))?;
        Ok(Status::Done)
    }
}

fn tell_skipped(skipped: &[(String, usize)], when: &str) {
    for (reason, count) in skipped {
        talk(&format!("{when}skipped {}: {reason}", counted(*count as u64, "cell")));
    }
}
