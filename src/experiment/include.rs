//! `include = "base.toml"`: an experiment that is another one with changes.
//!
//! The file is looked for beside the one that names it, then where other files are. What both have is merged: tables
//! key by key; the elements of `thread`, `process`, `pool`, `signal`, `zip` and `figure` by their names, new ones after
//! those of the base. Everything else of the including file replaces that of the base. A list of files is merged in its
//! order. A base may include others; a cycle is a mistake.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::diagnostic::{Checked, Diagnostic};
use super::files::Files;
use super::node::Node;
use super::source::{LONGEST_EXPERIMENT, Place, Source};
use super::tree::{self, Item, Table, Value};

/// The most files that an experiment may include, with those that they include.
const MOST_FILES: usize = 64;

/// Arrays of tables whose elements are merged by their names.
const MERGED: [&str; 6] = ["thread", "process", "pool", "signal", "zip", "figure"];

/// Reads the tree of an experiment with all that it includes.
pub fn load(path: &Path, text: &Arc<Source>, files: &Files) -> Checked<Table> {
    let mut reader = Reader { files, open: vec![identity(path)], read: 0, bytes: text.text.len() };
    reader.tree(path, Path::new(""), text)
}

struct Reader<'f> {
    files: &'f Files,
    /// The files from the experiment down to the one that is being read.
    open: Vec<PathBuf>,
    read: usize,
    bytes: usize,
}

impl Reader<'_> {
    /// The tree of the file at `path`, which is in the directory `inside` as seen from the experiment.
    fn tree(&mut self, path: &Path, inside: &Path, text: &Arc<Source>) -> Checked<Table> {
        if text.text.len() > LONGEST_EXPERIMENT {
            let message =
                format!("{} has {} bytes; at most {LONGEST_EXPERIMENT} are allowed", text.name, text.text.len());
            let error = Diagnostic::at(&text.place(0..0), message, "too long for an experiment");
            return Err(
                error.help("an experiment is a few kilobytes; long lists are generated, data stands in CSV files")
            );
        }
        let own = tree::parse(text)?;
        let Some(entry) = own.entry("include") else { return Ok(own) };
        let node = Node::of(entry);
        let names = match &node.item.value {
            Value::List(_) => node.list()?.collect(),
            _ => vec![node],
        };
        let mut merged = Table::default();
        for name in names {
            merge(&mut merged, self.included(path, inside, &name)?);
        }
        let mut own = own;
        own.take("include");
        merge(&mut merged, own);
        Ok(merged)
    }

    fn included(&mut self, path: &Path, inside: &Path, node: &Node) -> Checked<Table> {
        let name = node.words()?;
        let beside = path.parent().unwrap_or(Path::new("")).join(name);
        let found = if beside.exists() { beside } else { self.files.find(name) };
        let identity = identity(&found);
        if let Some(begin) = self.open.iter().position(|open| *open == identity) {
            let mut circle: Vec<String> = self.open[begin..].iter().map(|path| path.display().to_string()).collect();
            circle.push(identity.display().to_string());
            let error = node.error("the files include each other in a circle", "leads back to where it came from");
            return Err(error.help(circle.join(" includes ")));
        }
        self.read += 1;
        if self.read > MOST_FILES {
            return Err(node.error(format!("more than {MOST_FILES} files are included"), "one too many"));
        }
        let known_as = inside.join(name);
        let text = self.files.text_at(node, &known_as.display().to_string(), &found)?;
        self.bytes += text.text.len();
        if self.bytes > LONGEST_EXPERIMENT {
            let message = format!("the experiment and what it includes have more than {LONGEST_EXPERIMENT} bytes");
            return Err(node.error(message, "too long together"));
        }
        self.open.push(identity);
        let tree = self.tree(&found, known_as.parent().unwrap_or(Path::new("")), &text);
        self.open.pop();
        tree
    }
}

/// What tells files apart, however they are named.
fn identity(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

/// Puts what `over` has into `base`.
fn merge(base: &mut Table, over: Table) {
    for entry in over.0 {
        let merged = MERGED.contains(&entry.key.as_str());
        match (base.get_mut(&entry.key), entry.item) {
            (None, item) => base.set(&entry.key, &entry.place, item),
            (Some(Item { value: Value::List(items), .. }), Item { value: Value::List(others), .. }) if merged => {
                for other in others {
                    merge_element(items, other);
                }
            }
            (Some(item), other) => merge_item(item, other),
        }
    }
}

fn merge_item(base: &mut Item, over: Item) {
    match (&mut base.value, over) {
        (Value::Table(base), Item { value: Value::Table(over), place }) if !is_value(&place) => {
            for entry in over.0 {
                match base.get_mut(&entry.key) {
                    Some(item) => merge_item(item, entry.item),
                    None => base.0.push(entry),
                }
            }
        }
        (_, over) => *base = over,
    }
}

/// A table in braces is a value: it replaces what was there.
fn is_value(place: &Place) -> bool {
    place.text().starts_with('{')
}

fn merge_element(elements: &mut Vec<Item>, over: Item) {
    let own = name(&over);
    match elements.iter_mut().find(|element| own.is_some() && name(element) == own) {
        Some(element) => match (&mut element.value, over.value) {
            (Value::Table(base), Value::Table(over)) => {
                for entry in over.0 {
                    base.set(&entry.key, &entry.place, entry.item);
                }
            }
            (value, over) => *value = over,
        },
        None => elements.push(over),
    }
}

fn name(item: &Item) -> Option<&Value> {
    match &item.value {
        Value::Table(table) => table.get("name").map(|name| &name.value),
        _ => None,
    }
}
