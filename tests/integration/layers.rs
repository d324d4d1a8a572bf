//! The modules of the crate are layers: each imports only from those above it in `src/lib.rs`.

use std::path::{Path, PathBuf};

fn sources(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

#[test]
fn layers_import_only_downwards() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let library = std::fs::read_to_string(src.join("lib.rs")).unwrap();
    let modules = library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let layers: Vec<&str> = modules.collect();
    assert!(layers.len() > 5, "{layers:?}");
    let mut wrong = Vec::new();
    for path in sources(&src) {
        let inside = path.strip_prefix(&src).unwrap().to_string_lossy().into_owned();
        let layer = inside.split(['/', '.']).next().unwrap_or_default();
        let Some(own) = layers.iter().position(|other| *other == layer) else { continue };
        let text = std::fs::read_to_string(&path).unwrap();
        let above = layers[own + 1..].iter().filter(|other| text.contains(&format!("crate::{other}::")));
        wrong.extend(above.map(|other| format!("{inside} imports from {other}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
