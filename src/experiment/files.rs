//! The files that an experiment names: profiles of machines, samples, reference data.
//!
//! A name is looked for under the parent of the experiment's directory (the root of a project that keeps its
//! experiments in a directory) and then under the current directory. What has been read is kept, so that the cells
//! of a sweep read each file once, and every file is listed with its hash for the record.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::diagnostic::Checked;
use super::machine::Draft;
use super::node::Node;
use super::source::Source;
use crate::kernel::Nanos;

/// What has been read, by what it was read from.
type Kept<K, V> = RefCell<HashMap<K, Arc<V>>>;

/// The files that an experiment names, read once.
#[derive(Debug, Default)]
pub struct Files {
    roots: Vec<PathBuf>,
    texts: RefCell<BTreeMap<String, Arc<Source>>>,
    samples: Kept<(String, String), [Nanos]>,
    profiles: Kept<String, Draft>,
}

impl Files {
    /// The files that the experiment at `path` may name.
    pub fn of(path: &Path) -> Self {
        let directory = std::path::absolute(path).ok().and_then(|path| path.parent().map(Path::to_path_buf));
        let root = directory.and_then(|directory| directory.parent().map(Path::to_path_buf));
        Self { roots: root.into_iter().chain([PathBuf::new()]).collect(), ..Self::default() }
    }

    /// Where the file of that name is, or where it would be if it were there.
    pub fn find(&self, name: &str) -> PathBuf {
        let places = self.roots.iter().map(|root| root.join(name));
        places.clone().find(|path| path.exists()).unwrap_or_else(|| PathBuf::from(name))
    }

    /// The text of the file that `node` names as `name`.
    pub fn text(&self, node: &Node, name: &str) -> Checked<Arc<Source>> {
        self.text_at(node, name, &self.find(name))
    }

    /// The text of the file at `path`, which `node` names and the record calls `name`.
    pub fn text_at(&self, node: &Node, name: &str, path: &Path) -> Checked<Arc<Source>> {
        if let Some(text) = self.texts.borrow().get(name) {
            return Ok(Arc::clone(text));
        }
        let text = Source::load(path).map_err(|error| {
            let error = node.error(format!("`{}`: {error}", node.key), "named here");
            error.help("files are looked for beside the experiment's directory and in the current directory")
        })?;
        self.texts.borrow_mut().insert(name.into(), Arc::clone(&text));
        Ok(text)
    }

    /// The sample of that file and column, kept once it has been read by `read`.
    pub fn sample(
        &self,
        (file, column): (&str, &str),
        read: impl FnOnce() -> Checked<Arc<[Nanos]>>,
    ) -> Checked<Arc<[Nanos]>> {
        keep(&self.samples, (file.into(), column.into()), read)
    }

    /// The machine profile of that name, kept once it has been read by `read`.
    pub fn profile(&self, name: &str, read: impl FnOnce() -> Checked<Arc<Draft>>) -> Checked<Arc<Draft>> {
        keep(&self.profiles, name.into(), read)
    }

    /// Notes an input that is no file, so that it is listed like one.
    pub fn note(&self, name: &str, text: &Arc<Source>) {
        self.texts.borrow_mut().insert(name.into(), Arc::clone(text));
    }

    /// Every text that has been read, by name.
    pub fn inputs(&self) -> Vec<(String, Arc<Source>)> {
        self.texts.borrow().iter().map(|(name, text)| (name.clone(), Arc::clone(text))).collect()
    }
}

fn keep<K: std::hash::Hash + Eq, V: ?Sized>(
    kept: &Kept<K, V>,
    key: K,
    read: impl FnOnce() -> Checked<Arc<V>>,
) -> Checked<Arc<V>> {
    if let Some(value) = kept.borrow().get(&key) {
        return Ok(Arc::clone(value));
    }
    let value = read()?;
    kept.borrow_mut().insert(key, Arc::clone(&value));
    Ok(value)
}
