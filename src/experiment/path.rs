//! Paths such as `lock.switch_interval` or `thread.hog.count`, by which sweeps and overrides name a value.
//!
//! A path goes through tables by key and through arrays of tables by the `name` of the element.

use super::diagnostic::{Checked, Diagnostic};
use super::source::{Place, Source};
use super::tree::{self, Item, Table, Value};

/// Arrays whose elements have names.
const NAMED: [&str; 4] = ["thread", "process", "pool", "figure"];

/// The most parts of a path.
const DEEPEST: usize = 16;

/// A value for a path.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// The path.
    pub path: String,
    /// Where the path is written.
    pub place: Place,
    /// The value.
    pub item: Item,
}

impl Assignment {
    /// Puts the value into the tree. Tables on the way are made; whether their keys are allowed is for the typed
    /// reader to say.
    pub fn apply(&self, root: &mut Table) -> Checked<()> {
        let segments: Vec<&str> = self.path.split('.').collect();
        if segments.iter().any(|segment| segment.is_empty()) {
            return Err(self.error(0, format!("{:?} is not a path", self.path), "an empty part"));
        }
        if segments.len() > DEEPEST {
            return Err(self.error(DEEPEST, format!("the path has {} parts", segments.len()), "leads nowhere"));
        }
        self.descend(root, &segments, 0)
    }

    /// Puts the value into `table`, to which the first `depth` segments have led.
    fn descend(&self, table: &mut Table, segments: &[&str], depth: usize) -> Checked<()> {
        let key = segments[depth];
        if depth + 1 == segments.len() {
            return self.set(table, key, depth);
        }
        if table.get(key).is_none() && !(depth == 0 && NAMED.contains(&key)) {
            let place = self.segment(depth);
            table.set(key, &place, Item { value: Value::Table(Table::default()), place: place.clone() });
        }
        match table.get_mut(key).map(|item| &mut item.value) {
            Some(Value::Table(table)) => self.descend(table, segments, depth + 1),
            Some(Value::List(items)) if depth == 0 && NAMED.contains(&key) => {
                let element = self.element(items, segments)?;
                self.descend(element, segments, depth + 2)
            }
            None => Err(self.error(depth, format!("there is no [[{key}]]"), "leads nowhere")),
            Some(other) => {
                let message = format!("`{}` is {}, not a table", segments[..=depth].join("."), other.describe());
                let error = self.error(depth + 1, message, "leads nowhere");
                Err(error.help("a value inside `steps` is swept as a parameter: write \"$name\" and sweep params.name"))
            }
        }
    }

    fn set(&self, table: &mut Table, key: &str, depth: usize) -> Checked<()> {
        let is_param = depth == 1 && self.path.starts_with("params.");
        if is_param && table.get(key).is_none() {
            let error = self.error(depth, format!("no parameter is called `{key}`"), "unknown parameter");
            return Err(error.suggest(key, table.keys()));
        }
        if depth == 0 && NAMED.contains(&key) {
            let error = self.error(depth, format!("`{key}` has more than one element"), "which one?");
            return Err(error.help(format!("write {key}.NAME.KEY")));
        }
        table.set(key, &self.segment(depth), self.item.clone());
        Ok(())
    }

    /// The element of an array of tables that the second segment names.
    fn element<'t>(&self, items: &'t mut [Item], segments: &[&str]) -> Checked<&'t mut Table> {
        let (kind, name) = (segments[0], segments[1]);
        let names: Vec<String> = items.iter().filter_map(|item| element_name(item).map(str::to_owned)).collect();
        if segments.len() == 2 {
            let error = self.error(1, format!("`{}` is a whole [[{kind}]]", self.path), "which key of it?");
            return Err(error.help(format!("write {kind}.{name}.KEY")));
        }
        let element = items.iter_mut().find(|item| element_name(item) == Some(name)).map(|item| &mut item.value);
        if let Some(Value::Table(table)) = element {
            return Ok(table);
        }
        let error = self.error(1, format!("no [[{kind}]] is called `{name}`"), "leads nowhere");
        Err(error.suggest(name, names.iter().map(String::as_str)))
    }

    /// A message about one segment of the path.
    fn error(&self, segment: usize, message: String, label: &str) -> Diagnostic {
        Diagnostic::at(&self.segment(segment), message, label)
    }

    /// Where a segment of the path is written.
    fn segment(&self, index: usize) -> Place {
        let start: usize = self.path.split('.').take(index).map(|part| part.len() + 1).sum();
        let length = self.path.split('.').nth(index).map_or(0, str::len);
        self.place.inside(&self.path, start..start + length)
    }
}

/// The value to which a path leads.
pub fn find<'t>(root: &'t Table, path: &str) -> Option<&'t Item> {
    let mut segments = path.split('.');
    let mut item = root.get(segments.next()?)?;
    for segment in segments {
        item = match &item.value {
            Value::Table(table) => table.get(segment)?,
            Value::List(items) => items.iter().find(|item| element_name(item) == Some(segment))?,
            _ => return None,
        };
    }
    Some(item)
}

fn element_name(item: &Item) -> Option<&str> {
    match &item.value {
        Value::Table(table) => match &table.get("name")?.value {
            Value::Text(name) => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// The assignments of a table whose keys are paths, in the order of the file.
///
/// `lock.policy = …` without quotes, which TOML reads as nested tables, is the path `lock.policy` all the same; a
/// table in braces is a value.
pub fn assignments(table: &Table) -> Vec<Assignment> {
    let mut found = Vec::new();
    gather(table, "", &mut found);
    found.sort_by_key(|assignment| assignment.item.place.range.start);
    found
}

fn gather(table: &Table, prefix: &str, found: &mut Vec<Assignment>) {
    for entry in &table.0 {
        let path = format!("{prefix}{}", entry.key);
        match &entry.item.value {
            Value::Table(inner) if !entry.item.place.text().starts_with('{') => {
                gather(inner, &format!("{path}."), found);
            }
            _ => found.push(Assignment { path, place: entry.place.clone(), item: entry.item.clone() }),
        }
    }
}

/// Reads `path=value` from the command line: the value is TOML, or else a bare word, which is a string.
pub fn argument(text: &str) -> Checked<Assignment> {
    let source = Source::new("--set", text);
    let whole = source.place(0..text.len());
    let Some((path, value)) = text.split_once('=') else {
        let error = Diagnostic::at(&whole, "an override is written path=value", "no `=`");
        return Err(error.help("for example --set lock.switch_interval=1ms"));
    };
    let offset = path.len() + 1 + value.len() - value.trim_start().len();
    let bare = || {
        let place = source.place(offset..offset + value.trim().len());
        Item { value: Value::Text(value.trim().into()), place }
    };
    let item = match tree::parse_value(&source, offset) {
        Ok(item) => item,
        Err(error) if value.trim_start().starts_with(['[', '{', '"', '\'']) => return Err(error),
        Err(_) => bare(),
    };
    Ok(Assignment { path: path.trim().into(), place: source.place(0..path.len()), item })
}
