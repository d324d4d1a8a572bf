//! The tables of the README are those that the program prints from the committed results.

use std::path::Path;
use std::process::Command;

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
const MARKS: [&str; 2] = ["<!-- compare -->\n", "<!-- /compare -->\n"];

/// What `make compare` prints.
fn compared() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<_> = std::fs::read_dir(root.join("experiments"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    let output = Command::new(env!("CARGO_BIN_EXE_gilsim")).current_dir(root).arg("compare").args(files).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_tables_are_those_that_compare_prints() {
    let readme = std::fs::read_to_string(README).unwrap();
    let (before, rest) = readme.split_once(MARKS[0]).unwrap();
    let (tables, after) = rest.split_once(MARKS[1]).unwrap();
    let compared = compared();
    if std::env::var_os("GILSIM_UPDATE").is_some() {
        std::fs::write(README, [before, MARKS[0], &compared, MARKS[1], after].concat()).unwrap();
        return;
    }
    assert!(tables == compared, "store them with: GILSIM_UPDATE=1 cargo test --test integration readme");
}
