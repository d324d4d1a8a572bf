//! What each mechanism of the model is good for: the errors of the predictions with it, and with it turned off.
//!
//! A file lists ablations: what is turned off, by the same paths and values as in the files of interpreters, and for
//! which interpreters and scenarios. What an ablation sets holds against everything else that is said of a cell. Both
//! models predict the same cells with the same random numbers, and the values that both give are compared, as
//! [`super::summary`] does. Only cells that test the model count.

pub mod table;

use std::path::Path;
use std::sync::Arc;

use self::table::Line;
use super::cells::Cell;
use super::comparison::{self, CLEAR, Role, Row};
use super::interpreter;
use super::prediction::{Inputs, PredictionError, Predictions};
use super::summary::{self, ALL, Group, NARROW};
use crate::experiment::diagnostic::{Checked, Diagnostic};
use crate::experiment::node::{Fields, Node};
use crate::experiment::path::Assignment;
use crate::experiment::source::{Place, Source};
use crate::experiment::tree;

/// A mechanism that is turned off.
#[derive(Debug, Clone)]
pub struct Ablation {
    /// What it is called.
    pub name: String,
    /// What the mechanism is and how it is turned off, in one line.
    pub why: String,
    /// The interpreters that it applies to; all if there are none.
    pub interpreters: Vec<String>,
    /// The scenarios that it applies to; all if there are none.
    pub scenarios: Vec<String>,
    /// What turns the mechanism off.
    pub set: Vec<Assignment>,
    place: Place,
}

/// What came out of turning a mechanism off.
#[derive(Debug)]
pub struct Effect {
    /// The errors with and without it.
    pub line: Line,
    /// What could not be predicted without it, why, and how often.
    pub skipped: Vec<(String, usize)>,
}

/// Reads the ablations of a file. What they name must be among the inputs.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn load(path: &Path, inputs: &Inputs) -> Checked<Vec<Ablation>> {
    read(&Source::load(path)?, inputs)
}

fn read(text: &Arc<Source>, inputs: &Inputs) -> Checked<Vec<Ablation>> {
    let table = tree::parse(text)?;
    let place = text.place(0..0);
    let nodes = Fields::new(&table, &place, &["ablation"])?.tables("ablation")?;
    if nodes.is_empty() {
        return Err(Diagnostic::at(&place, "the file has no [[ablation]]", "nothing to turn off"));
    }
    let mut ablations: Vec<Ablation> = Vec::new();
    for node in &nodes {
        let ablation = ablation(node, inputs)?;
        if let Some(first) = ablations.iter().find(|other| other.name == ablation.name) {
            let error = Diagnostic::at(&ablation.place, format!("two ablations are called `{}`", first.name), "second");
            return Err(error.also(&first.place, "first"));
        }
        ablations.push(ablation);
    }
    Ok(ablations)
}

fn ablation(node: &Node, inputs: &Inputs) -> Checked<Ablation> {
    let fields = node.table(&["name", "why", "interpreters", "scenarios", "set"])?;
    let name = fields.need("name")?;
    let interpreters: Vec<&str> = inputs.interpreters.iter().map(|known| known.name.as_str()).collect();
    let scenarios: Vec<&str> = inputs.scenarios.iter().map(|known| known.measured.scenario.as_str()).collect();
    let set = fields.need("set")?;
    let ablation = Ablation {
        name: name.words()?.to_owned(),
        why: fields.need("why")?.words()?.to_owned(),
        interpreters: fields
            .maybe("interpreters", |node| names(&node, "interpreter", &interpreters))?
            .unwrap_or_default(),
        scenarios: fields.maybe("scenarios", |node| names(&node, "scenario", &scenarios))?.unwrap_or_default(),
        set: interpreter::values(&set)?,
        place: name.place().clone(),
    };
    if ablation.set.is_empty() {
        return Err(set.error("an ablation without a value turns nothing off", "empty"));
    }
    if !inputs.cells.iter().any(|cell| ablation.concerns(cell)) {
        return Err(name.error("no measured cell has these interpreters and scenarios", "concerns nothing"));
    }
    Ok(ablation)
}

/// The words of a list, all of which are known.
fn names(node: &Node, kind: &str, known: &[&str]) -> Checked<Vec<String>> {
    let read = |node: Node| {
        let name = node.words()?;
        if known.contains(&name) { Ok(name.to_owned()) } else { Err(node.unknown(kind, name, known)) }
    };
    let names: Vec<String> = node.list()?.map(read).collect::<Checked<_>>()?;
    if names.is_empty() { Err(node.wants("at least one name; leave it out for all")) } else { Ok(names) }
}

impl Ablation {
    /// Whether the mechanism is turned off in a cell.
    pub fn concerns(&self, cell: &Cell) -> bool {
        let among = |names: &[String], name: &String| names.is_empty() || names.contains(name);
        among(&self.interpreters, &cell.interpreter) && among(&self.scenarios, &cell.scenario)
    }
}

/// The predictions of the full model, beside which those without a mechanism are set.
#[derive(Debug)]
pub struct Study<'i> {
    inputs: &'i Inputs,
    full: Predictions<'i>,
    jobs: usize,
}

impl<'i> Study<'i> {
    /// Runs the full model over all cells that the ablations concern.
    ///
    /// # Errors
    /// As [`Inputs::predict`].
    pub fn new(inputs: &'i Inputs, ablations: &[Ablation], jobs: usize) -> Result<Self, PredictionError> {
        let wanted = |cell: &Cell| ablations.iter().any(|ablation| ablation.concerns(cell));
        Ok(Self { inputs, full: inputs.predict(wanted, &[], jobs)?, jobs })
    }

    /// What the full model could not predict, why, and how many cells.
    pub fn skipped(&self) -> &[(String, usize)] {
        &self.full.skipped
    }

    /// Runs the model without a mechanism.
    ///
    /// # Errors
    /// As [`Inputs::predict`]; also where a cell does not have what the ablation sets.
    pub fn effect(&self, ablation: &Ablation) -> Result<Effect, PredictionError> {
        let wanted = |cell: &Cell| ablation.concerns(cell);
        let found = self.inputs.predict(wanted, &ablation.set, self.jobs)?;
        let mut with = comparison::rows(&self.full.cells, wanted).0;
        let mut without = comparison::rows(&found.cells, wanted).0;
        with.retain(|row| has(&without, row));
        without.retain(|row| has(&with, row));
        let moved = with.iter().zip(&without).filter(|(with, without)| has_moved(with, without)).count();
        let line = line(ablation, moved, &summary::groups(&with), &summary::groups(&without));
        let line = line.ok_or_else(|| {
            let message = format!("the ablation `{}` has no value to compare", ablation.name);
            Diagnostic::at(&ablation.place, message, "nothing was predicted with and without it")
        })?;
        let mut skipped = found.skipped;
        skipped.retain(|reason| !self.full.skipped.contains(reason));
        Ok(Effect { line, skipped })
    }
}

/// Whether the rows have that of the same cell and metric.
fn has(rows: &[Row], wanted: &Row) -> bool {
    rows.iter().any(|row| row.cell.line == wanted.cell.line && row.measure.metric == wanted.measure.metric)
}

/// Whether a value that tests the model is another without the mechanism: by more than a clear difference.
fn has_moved(with: &Row, without: &Row) -> bool {
    let apart = with.predicted != without.predicted && (without.predicted / with.predicted).ln().abs() > CLEAR.ln();
    with.role == Role::Prediction && apart
}

/// The groups of all interpreters with and without a mechanism.
fn line(ablation: &Ablation, moved: usize, with: &[Group], without: &[Group]) -> Option<Line> {
    let of = |groups: &'_ [Group], scenario: &str| {
        groups.iter().find(|group| group.interpreter == ALL && group.scenario == scenario).cloned()
    };
    let scenarios =
        with.iter().filter(|group| group.interpreter == ALL && ![ALL, NARROW].contains(&group.scenario.as_str()));
    let pairs = scenarios.filter_map(|group| Some((group, of(without, &group.scenario)?)));
    let change = |one: &Group, other: &Group| {
        if one.median == other.median { 0.0 } else { (other.median / one.median).ln().abs() }
    };
    // Of equal changes the first.
    let most =
        pairs.reduce(|most, next| if change(next.0, &next.1) > change(most.0, &most.1) { next } else { most })?;
    let (all, none) = (of(with, ALL)?, of(without, ALL)?);
    let interpreters = if ablation.interpreters.is_empty() { ALL.into() } else { ablation.interpreters.join(" ") };
    Some(Line {
        ablation: ablation.name.clone(),
        why: ablation.why.clone(),
        interpreters,
        values: all.values,
        moved,
        median_error_factor_with: table::rounded(all.median),
        median_error_factor_without: table::rounded(none.median),
        p90_error_factor_with: table::rounded(all.p90),
        p90_error_factor_without: table::rounded(none.p90),
        directions: all.directions,
        wrong_directions_with: all.astray,
        wrong_directions_without: none.astray,
        scenario: most.0.scenario.clone(),
        scenario_error_factor_with: table::rounded(most.0.median),
        scenario_error_factor_without: table::rounded(most.1.median),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibration::shipped::inputs;

    fn told(text: &str) -> String {
        read(&Source::new("ablations.toml", text), &inputs()).unwrap_err().to_string()
    }

    #[test]
    fn an_ablation_names_what_is_known_and_turns_something_off() {
        for (text, part) in [
            ("", "the file has no [[ablation]]"),
            ("name = 1", "unknown key `name`"),
            ("why = \"W\"\nset = {}", "the key `name` is missing"),
            ("name = \"A\"\nwhy = \"W\"", "the key `set` is missing"),
            ("name = \"A\"\nwhy = \"W\"\nset = {}", "turns nothing off"),
            ("name = \"A\"\nwhy = \"W\"\nset = 1", "`set` wants a table of paths and values"),
            ("name = \"A\"\nwhy = \"W\"\nset = { a = 1 }\ninterpreters = [\"py312\"]", "unknown interpreter `py312`"),
            ("name = \"A\"\nwhy = \"W\"\nset = { a = 1 }\nscenarios = [\"pong\"]", "unknown scenario `pong`"),
            ("name = \"A\"\nwhy = \"W\"\nset = { a = 1 }\nscenarios = []", "at least one name"),
        ] {
            let header = if text.contains('\n') { "[[ablation]]\n" } else { "" };
            let told = told(&format!("{header}{text}"));
            assert!(told.contains(part), "{part}: {told}");
        }
    }

    #[test]
    fn two_ablations_have_two_names() {
        let one = "[[ablation]]\nname = \"A\"\nwhy = \"W\"\nset = { a = 1 }\n";
        assert!(told(&[one, one].concat()).contains("two ablations are called `A`"));
    }

    #[test]
    fn the_last_word_is_the_ablations_and_what_a_cell_does_not_have_is_a_mistake() {
        let inputs = inputs();
        let told = |rest: &str| {
            let text = format!("[[ablation]]\nname = \"A\"\nwhy = \"W\"\nscenarios = [\"queue\"]\n{rest}");
            let ablations = read(&Source::new("ablations.toml", text), &inputs).unwrap();
            inputs.predict(|cell| ablations[0].concerns(cell), &ablations[0].set, 1).unwrap_err().to_string()
        };
        let error = told("interpreters = [\"py27\"]\nset = { \"lock.stealing\" = false }");
        for part in ["unknown key `stealing`", "ablations.toml:6:15", "the policy is `cpython2`", "queue of py27"] {
            assert!(error.contains(part), "{part}: {error}");
        }
        let error = told("set = { \"params.colour\" = 3 }");
        assert!(error.contains("no parameter is called `colour`") && error.contains("ablations.toml:5:17"), "{error}");
        let error = told("set = { \"thread.nobody.count\" = 3 }");
        assert!(error.contains("no [[thread]] is called `nobody`"), "{error}");
    }

    #[test]
    fn the_line_tells_the_scenario_whose_error_changes_most() {
        let group = |scenario: &str, median: f64| Group {
            interpreter: ALL.into(),
            scenario: scenario.into(),
            cells: 1,
            values: 3,
            wide: 0,
            median,
            p90: f64::INFINITY,
            directions: 2,
            astray: 1,
        };
        let name = Source::new("a.toml", "");
        let ablation = Ablation {
            name: "A".into(),
            why: "W".into(),
            interpreters: vec!["py311".into(), "py314".into()],
            scenarios: Vec::new(),
            set: Vec::new(),
            place: name.place(0..0),
        };
        let with = [group("echo", f64::INFINITY), group("ping", 1.02), group("pool", 1.5), group(ALL, 1.1)];
        let without = [group("echo", f64::INFINITY), group("ping", 3.1), group("pool", 1.0), group(ALL, 1.2)];
        let line = line(&ablation, 2, &with, &without).unwrap();
        let most = (line.scenario.as_str(), line.scenario_error_factor_with, line.scenario_error_factor_without);
        assert_eq!(most, ("ping", 1.02, 3.1));
        assert_eq!(
            (line.interpreters.as_str(), line.values, line.median_error_factor_without),
            ("py311 py314", 3, 1.2)
        );
    }
}
