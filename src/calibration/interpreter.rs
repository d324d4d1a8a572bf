//! What was measured of each interpreter separately: its lock, the length of a loop step, the cost of starting.
//!
//! `data/interpreters/NAME.toml` has the values as paths of a scenario, `[sources]` says where each comes from.
//! Values for parameters that a scenario does not have are left out there.

use std::path::Path;

use crate::experiment::diagnostic::{Checked, Diagnostic};
use crate::experiment::measured::{Conditions, Scalar};
use crate::experiment::node::{Fields, Node};
use crate::experiment::path::{Assignment, assignments};
use crate::experiment::source::{Place, Source};
use crate::experiment::tree::{self, Item, Value};

/// An interpreter that was measured.
#[derive(Debug, Clone)]
pub struct Interpreter {
    /// Its short name: that of its file.
    pub name: String,
    /// What it is.
    pub title: String,
    /// Why it is not predicted, if it is not.
    pub unmodelled: Option<String>,
    /// What the parameter `switch` of a cell sets.
    pub switch: Option<Switch>,
    /// Its values.
    pub values: Vec<Assignment>,
    /// Values that hold in some cells only.
    pub cases: Vec<Case>,
}

/// Values that hold in cells that have certain parameters, but for certain values of these.
#[derive(Debug, Clone)]
pub struct Case {
    /// The parameters, and the values with which it does not hold.
    pub unless: Conditions,
    /// What holds otherwise.
    pub set: Vec<Assignment>,
}

/// What the parameter `switch` of a cell sets.
#[derive(Debug, Clone)]
pub struct Switch {
    /// The path; without one the parameter has no effect.
    path: Option<String>,
    /// Whether it is a number of seconds; else it is a count.
    seconds: bool,
}

impl Switch {
    /// The assignment for a value, or nothing if the value has no effect.
    ///
    /// # Errors
    /// The value is not of the kind that the interpreter wants.
    pub fn assign(&self, value: &Scalar, place: &Place) -> Result<Option<Assignment>, String> {
        let Some(path) = &self.path else { return Ok(None) };
        let value = match value {
            Scalar::Number(seconds) if self.seconds && *seconds >= 0.0 => Value::Text(format!("{seconds}s")),
            Scalar::Number(count) if !self.seconds && count.fract() == 0.0 => Value::Integer(*count as i64),
            _ => return Err(format!("`switch` wants {}", if self.seconds { "seconds" } else { "a whole number" })),
        };
        let item = Item { value, place: place.clone() };
        Ok(Some(Assignment { path: path.clone(), place: place.clone(), item }))
    }
}

/// Reads all interpreters of a directory, by name.
///
/// # Errors
/// The first thing that is wrong with one of them.
pub fn read_all(directory: &Path) -> Checked<Vec<Interpreter>> {
    let read = |path: std::path::PathBuf| {
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        read(&name, &Source::load(&path)?)
    };
    super::scenarios::toml_files(directory)?.into_iter().map(read).collect()
}

/// Reads the interpreter of that name from its text.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn read(name: &str, text: &std::sync::Arc<Source>) -> Checked<Interpreter> {
    let table = tree::parse(text)?;
    let place = text.place(0..0);
    let fields = Fields::new(&table, &place, &["title", "unmodelled", "switch", "set", "case", "sources"])?;
    let values = fields.maybe("set", |node| values(&node))?.unwrap_or_default();
    let cases = fields.tables("case")?.iter().map(case).collect::<Checked<Vec<Case>>>()?;
    let all: Vec<Assignment> = values.iter().chain(cases.iter().flat_map(|case| &case.set)).cloned().collect();
    check_sources(&all, fields.get("sources"))?;
    Ok(Interpreter {
        name: name.into(),
        title: fields.need("title")?.words()?.to_owned(),
        unmodelled: fields.maybe("unmodelled", |node| node.words().map(str::to_owned))?,
        switch: fields.maybe("switch", |node| switch(&node))?,
        values,
        cases,
    })
}

fn case(node: &Node) -> Checked<Case> {
    let fields = node.table(&["unless", "set"])?;
    let condition = |entry: &tree::Entry| Ok((entry.key.clone(), Scalar::of(&Node::of(entry))?));
    let unless = fields.need("unless")?.entries()?.iter().map(condition).collect::<Checked<_>>()?;
    Ok(Case { unless, set: values(&fields.need("set")?)? })
}

/// The values of a table of paths.
pub(super) fn values(node: &Node) -> Checked<Vec<Assignment>> {
    match &node.item.value {
        Value::Table(table) => Ok(assignments(table)),
        _ => Err(node.wants("a table of paths and values")),
    }
}

fn switch(node: &Node) -> Checked<Switch> {
    let fields = node.table(&["path", "unit"])?;
    let unit = |node: Node| node.choice(&[("s", true), ("count", false)]);
    Ok(Switch {
        path: fields.maybe("path", |node| node.words().map(str::to_owned))?,
        seconds: fields.maybe("unit", unit)?.unwrap_or(true),
    })
}

/// Every value has a source, and every source a value.
fn check_sources(values: &[Assignment], node: Option<Node>) -> Checked<()> {
    let sources = match node {
        Some(node) => self::values(&node)?,
        None => Vec::new(),
    };
    for source in &sources {
        Node { key: &source.path, item: &source.item }.words()?;
    }
    let lacks = |these: &[Assignment], other: &Assignment| !these.iter().any(|this| this.path == other.path);
    if let Some(value) = values.iter().find(|value| lacks(&sources, value)) {
        let error = Diagnostic::at(&value.place, format!("`{}` has no source", value.path), "where is it from?");
        return Err(error.help("say so in [sources], under the same path"));
    }
    match sources.iter().find(|source| lacks(values, source)) {
        Some(source) => {
            let message = format!("`{}` has a source and no value", source.path);
            let paths = values.iter().map(|value| value.path.as_str());
            Err(Diagnostic::at(&source.place, message, "of what?").suggest(&source.path, paths))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        read("x", &Source::new("x.toml", text)).unwrap_err().to_string()
    }

    #[test]
    fn every_value_of_an_interpreter_has_a_source() {
        assert!(told("title = \"X\"\n[set]\n\"lock.policy\" = \"cpython\"").contains("`lock.policy` has no source"));
        let text = "title = \"X\"\n[set]\nlock.policy = \"cpython\"\n[sources]\nlock.policy = \"a\"\nparams.x = \"b\"";
        assert!(told(text).contains("`params.x` has a source and no value"));
    }

    #[test]
    fn values_of_cases_need_sources_too() {
        let case = "title = \"X\"\n[[case]]\nunless = { hold = 0 }\nset = { \"interpreter.tick\" = \"1ns\" }";
        assert!(told(case).contains("`interpreter.tick` has no source"));
        let read = read("x", &Source::new("x.toml", format!("{case}\n[sources]\ninterpreter.tick = \"a\"")));
        assert_eq!(read.unwrap().cases[0].unless, [("hold".to_owned(), Scalar::Number(0.0))]);
    }

    #[test]
    fn the_switch_of_a_cell_is_an_interval_a_count_or_without_effect() {
        let place = Source::new("x", "").place(0..0);
        let number = Scalar::Number(0.001);
        let of = |path: Option<&str>, seconds| Switch { path: path.map(str::to_owned), seconds };
        let set = of(Some("lock.switch_interval"), true).assign(&number, &place).unwrap().unwrap();
        assert_eq!(set.item.value, Value::Text("0.001s".into()));
        assert!(of(Some("lock.check_interval"), false).assign(&number, &place).is_err());
        assert!(of(None, true).assign(&number, &place).unwrap().is_none());
    }
}
