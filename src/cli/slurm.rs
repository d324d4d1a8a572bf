//! `gilsim slurm`: a Slurm job array that runs experiments in shards, and a job that merges them afterwards.
//!
//! What is written is a shell script that submits both; `--submit` runs it. The jobs share the directory in which
//! finished runs are kept, so a task that was lost, killed or requeued is simply run again, and so is the whole script.

use std::fmt::Write as _;
use std::io::Write;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::Path;
use std::process::{Command, Stdio};

use super::experiments::Experiments;
use super::{CliError, Status};
use crate::experiment::plan::Plan;

/// Slurm's default limit of array indices: they are below it.
const MAX_ARRAY_SIZE: u64 = 1001;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gilsim slurm --tasks 64 --time 1:00:00 experiments/convoy.toml > convoy.sh; sh convoy.sh
  gilsim slurm --tasks 64 --time 1:00:00 --partition short --submit experiments/convoy.toml")]
pub(super) struct Arguments {
    /// Tasks to divide the runs into.
    #[arg(long, value_name = "N")]
    tasks: NonZeroU64,
    /// Time limit of an element of the array, as `sbatch` takes it.
    #[arg(long, value_name = "TIME")]
    time: Option<String>,
    /// Partition to run in.
    #[arg(long, value_name = "NAME")]
    partition: Option<String>,
    /// Processors of each task.
    #[arg(long, short, value_name = "N", default_value = "1")]
    jobs: NonZeroUsize,
    /// `MaxArraySize` of the cluster; an element does several tasks if there are more. By default the cluster is asked,
    /// and 1001 assumed where there is none.
    #[arg(long, value_name = "N")]
    max_array_size: Option<NonZeroU64>,
    /// Submit the jobs instead of writing the script.
    #[arg(long)]
    submit: bool,
    #[command(flatten)]
    experiments: Experiments,
}

impl Arguments {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        let plans = self.experiments.plans()?;
        let script = self.script(&plans)?;
        if !self.submit {
            write!(out, "{script}")?;
            return Ok(Status::Done);
        }
        let said = submit(&script).map_err(|error| CliError::Usage(format!("cannot submit the jobs: {error}")))?;
        write!(out, "{said}")?;
        Ok(Status::Done)
    }

    fn script(&self, plans: &[Plan]) -> Result<String, CliError> {
        let program = std::env::current_exe()
            .map_err(|error| CliError::Usage(format!("cannot tell where gilsim is: {error}")))?;
        let name: Vec<&str> = plans.iter().map(|plan| plan.stem.as_str()).collect();
        let cache = self.experiments.cache();
        let runs = plans.iter().map(Plan::runs).max().unwrap_or(1).max(1);
        let packing = Packing::of(self.tasks.get().min(runs), self.max_array_size());
        let settings = |output| self.settings(&name.join("+"), &cache.join(output));
        let (array, merging) = (settings("slurm-%A-%a.out"), settings("slurm-%j.out"));
        let (run, merge) = (self.command(&program, "run", &cache), self.command(&program, "merge", &cache));
        let mut script = format!(
            "#!/bin/sh\n# {} tasks and what puts them together; to be run where sbatch is.\nset -eu\nmkdir -p {}\n",
            packing.tasks,
            quoted(&cache.to_string_lossy())
        );
        let _ = write!(
            script,
            "array=$(sbatch --parsable <<'END'\n#!/bin/sh\n{array}#SBATCH --array=0-{}\n#SBATCH --cpus-per-task={}\n{}END\n)\n",
            packing.elements - 1,
            self.jobs,
            packing.loop_over(&format!("{run} --jobs {} --shard", self.jobs)),
        );
        let _ = write!(
            script,
            "merge=$(sbatch --parsable --dependency=\"afterany:${{array%%;*}}\" <<'END'\n#!/bin/sh\n{merging}exec {merge}\nEND\n)\n\
             echo \"array job ${{array%%;*}}, merge job ${{merge%%;*}}\"\n",
        );
        Ok(script)
    }

    /// What both jobs ask for.
    fn settings(&self, name: &str, output: &Path) -> String {
        let output = format!("--output=\"{}\"", output.display());
        let name = format!("--job-name=\"{name}\"");
        let asked = [self.time.as_ref().map(|time| format!("--time={time}"))]
            .into_iter()
            .chain([self.partition.as_ref().map(|partition| format!("--partition={partition}"))])
            .flatten();
        let settings = [name, output, "--requeue".into(), "--open-mode=append".into()].into_iter().chain(asked);
        settings.fold(String::new(), |text, setting| text + "#SBATCH " + &setting + "\n")
    }

    /// A command on all the files, with the same overrides, selection and directories.
    fn command(&self, program: &Path, command: &str, cache: &Path) -> String {
        let mut words = vec![program.to_string_lossy().into_owned(), command.into()];
        if self.experiments.overrides.quick {
            words.push("--quick".into());
        }
        for set in self.experiments.overrides.overrides().set {
            words.extend(["--set".into(), set]);
        }
        if let Some(only) = &self.experiments.selection.only {
            words.extend(["--only".into(), only.clone()]);
        }
        if let Some(replication) = self.experiments.selection.replication {
            words.extend(["--replication".into(), replication.to_string()]);
        }
        let directories = [
            ("--data", &*self.experiments.directories.data),
            ("--plots", &self.experiments.directories.plots),
            ("--cache", cache),
        ];
        for (option, directory) in directories {
            words.extend([option.into(), directory.to_string_lossy().into_owned()]);
        }
        words.extend(self.experiments.files.iter().map(|file| file.to_string_lossy().into_owned()));
        words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
    }

    /// The limit given, or that of the cluster at hand.
    fn max_array_size(&self) -> u64 {
        let asked = || {
            let output = Command::new("scontrol").args(["show", "config"]).stderr(Stdio::null()).output().ok()?;
            let text = String::from_utf8(output.stdout).ok()?;
            let line = text.lines().find(|line| line.starts_with("MaxArraySize"))?;
            line.split_once('=')?.1.trim().parse().ok()
        };
        self.max_array_size.map(NonZeroU64::get).or_else(asked).unwrap_or(MAX_ARRAY_SIZE).max(1)
    }
}

/// How tasks are dealt to the elements of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Packing {
    tasks: u64,
    elements: u64,
}

impl Packing {
    /// Elements as equal as can be, and no more of them than there may be.
    fn of(tasks: u64, max_array_size: u64) -> Self {
        let each = tasks.div_ceil(max_array_size);
        Self { tasks, elements: tasks.div_ceil(each) }
    }

    /// Shell commands that do an element's tasks; one that fails does not keep the others from being done.
    fn loop_over(self, command: &str) -> String {
        let Self { tasks, elements } = self;
        if tasks == elements {
            return format!("exec {command} \"$SLURM_ARRAY_TASK_ID/{tasks}\"\n");
        }
        format!(
            "status=0\nshard=$SLURM_ARRAY_TASK_ID\nwhile [ \"$shard\" -lt {tasks} ]; do\n  \
             {command} \"$shard/{tasks}\" || status=$?\n  [ \"$status\" -ne 75 ] || exit 75\n  \
             shard=$((shard + {elements}))\ndone\nexit \"$status\"\n"
        )
    }
}

/// Runs the script, and gives what it says.
fn submit(script: &str) -> std::io::Result<String> {
    let mut shell = Command::new("sh").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    if let Some(mut input) = shell.stdin.take() {
        input.write_all(script.as_bytes())?;
    }
    let output = shell.wait_with_output()?;
    if !output.status.success() {
        return Err(std::io::Error::other(format!("sbatch failed ({})", output.status)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A word as the shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=+:,%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_has_as_many_elements_as_tasks_unless_the_cluster_allows_fewer() {
        for (tasks, limit, elements) in [(1, 1001, 1), (8, 1001, 8), (1001, 1001, 1001), (1002, 1001, 501), (10, 4, 4)]
        {
            assert_eq!(Packing::of(tasks, limit), Packing { tasks, elements }, "{tasks} under {limit}");
        }
    }

    #[test]
    fn words_are_quoted_so_that_the_shell_takes_them_as_they_are() {
        assert_eq!(["a/b.toml", "x y", "it's", ""].map(quoted), ["a/b.toml", "'x y'", "'it'\\''s'", "''"]);
    }
}
