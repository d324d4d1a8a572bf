//! `gilsim policies`: the table of lock policies, and that of readers-writers locks.

use std::io::{self, Write};

use super::{CliError, Status};
use crate::experiment::diagnostic::nearest;
use crate::experiment::{duration, lock};
use crate::lock::general::presets::GENERAL;
use crate::lock::preset::{self, Preset, presets};
use crate::lock::{Family, Parameter, ParameterKind, Value};
use crate::workload::Gate;

/// The width to which text is broken.
const WIDTH: usize = 96;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gilsim policies             all policies, each with a line, its parameters and their defaults
  gilsim policies --brief     without the parameters
  gilsim policies cpython     one policy, with its state machine, its parameters and its source")]
pub(super) struct Arguments {
    /// The policy to describe.
    name: Option<String>,
    /// List names and summaries only.
    #[arg(long, conflicts_with = "name")]
    brief: bool,
}

impl Arguments {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        match &self.name {
            None => list(self.brief, out)?,
            Some(name) => match Gate::ALL.iter().find(|gate| gate.name == name) {
                Some(gate) => describe_gate(gate, out)?,
                None => describe(find(name)?, out)?,
            },
        }
        Ok(Status::Done)
    }
}

fn find(name: &str) -> Result<&'static Preset, CliError> {
    preset::find(name).ok_or_else(|| {
        let gates = Gate::ALL.iter().map(|gate| gate.name);
        let names: Vec<&str> = presets().map(|preset| preset.name).chain(gates).collect();
        let help = match nearest(name, &names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`gilsim policies` lists them".into(),
        };
        CliError::Usage(format!("unknown policy `{name}`; {help}"))
    })
}

fn list(brief: bool, out: &mut dyn Write) -> io::Result<()> {
    let width = presets().map(|preset| preset.name.len()).max().unwrap_or(0);
    for (index, (family, heading)) in Family::ALL.into_iter().enumerate() {
        writeln!(out, "{}{heading}:", if index > 0 { "\n" } else { "" })?;
        for preset in presets().filter(|preset| preset.family == family) {
            writeln!(out, "  {:width$}  {}", preset.name, preset.summary)?;
            if !brief {
                wrap(&listed_parameters(preset), width + 4, out)?;
                wrap(&format!("[{}]", preset.source), width + 4, out)?;
            }
        }
    }
    writeln!(out, "\nReaders-writers locks (objects.rwlock):")?;
    for gate in &Gate::ALL {
        writeln!(out, "  {:width$}  {}", gate.name, gate.summary)?;
        if !brief {
            wrap(&format!("[{}]", gate.source), width + 4, out)?;
        }
    }
    Ok(())
}

/// The parameters of a policy with their defaults; of a point in a space that others share, only what makes it one.
fn listed_parameters(preset: &Preset) -> String {
    let assigned = |(name, value): (&str, Value)| format!("{name} = {}", lock::describe(value));
    let joined = |list: Vec<String>| list.join(", ");
    if preset.defaults.is_empty() {
        let all = preset.parameters.iter();
        return joined(all.map(|parameter| assigned((parameter.name, parameter.kind.default()))).collect());
    }
    let own = joined(preset.defaults.iter().copied().map(assigned).collect());
    if preset.defaults.len() == preset.parameters.len() { own } else { format!("{own}; the other keys of `{GENERAL}`") }
}

fn describe(preset: &Preset, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: {}\n", preset.name, preset.summary)?;
    wrap(preset.description, 0, out)?;
    writeln!(out)?;
    let is_own = |parameter: &&Parameter| preset.defaults.iter().any(|(name, _)| *name == parameter.name);
    let (own, others): (Vec<_>, Vec<_>) = preset.parameters.iter().partition(is_own);
    let others_of = if own.is_empty() { "Parameters:".into() } else { format!("The other keys of `{GENERAL}`:") };
    for (heading, parameters) in [("Parameters:".into(), own), (others_of, others)] {
        if !parameters.is_empty() {
            writeln!(out, "{heading}")?;
            parameters.into_iter().try_for_each(|parameter| describe_parameter(preset, parameter, out))?;
            writeln!(out)?;
        }
    }
    wrap(&format!("Source: {}", preset.source), 0, out)
}

fn describe_gate(gate: &Gate, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: {}\n", gate.name, gate.summary)?;
    wrap(gate.description, 0, out)?;
    writeln!(out, "\nA value of `objects.rwlock`: `rwlock = {{ table = \"{}\" }}`.\n", gate.name)?;
    wrap(&format!("Source: {}", gate.source), 0, out)
}

fn describe_parameter(preset: &Preset, parameter: &Parameter, out: &mut dyn Write) -> io::Result<()> {
    let limits = match parameter.kind {
        ParameterKind::Duration { minimum, .. } if minimum > 0 => {
            format!("a duration of at least {}", duration::describe(minimum))
        }
        ParameterKind::Duration { .. } => "a duration".into(),
        ParameterKind::Count { .. } => "a whole number of at least 1".into(),
        ParameterKind::Number { minimum, .. } => format!("a number of at least {minimum}"),
        ParameterKind::Flag { .. } => "true or false".into(),
        ParameterKind::Choice { names, .. } => names.join(" | "),
    };
    writeln!(out, "  {} = {}  ({limits})", parameter.name, lock::describe(preset.default_of(parameter)))?;
    wrap(parameter.doc, 6, out)
}

/// Writes text in lines of at most [`WIDTH`] characters; the line breaks that it has are kept.
pub(super) fn wrap(text: &str, indent: usize, out: &mut dyn Write) -> io::Result<()> {
    for line in text.lines() {
        let mut row = String::new();
        for word in line.split_whitespace() {
            if !row.is_empty() && indent + row.len() + 1 + word.len() > WIDTH {
                writeln!(out, "{:indent$}{row}", "")?;
                row.clear();
            }
            if !row.is_empty() {
                row.push(' ');
            }
            row.push_str(word);
        }
        writeln!(out, "{}", format!("{:indent$}{row}", "").trim_end())?;
    }
    Ok(())
}
