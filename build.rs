//! Notes the compiler and the target, for the record beside results, and which model this is, for what is kept of runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The layers on which the way of a run depends.
const MODEL: [&str; 5] = ["kernel", "machine", "lock", "workload", "simulation"];

fn main() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().ok();
    let version = version.and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    println!("cargo::rustc-env=GILSIM_RUSTC={}", version.trim());
    println!("cargo::rustc-env=GILSIM_TARGET={}", std::env::var("TARGET").unwrap_or_default());
    println!("cargo::rustc-env=GILSIM_MODEL={:016x}", hash_of_model());
    println!("cargo::rerun-if-changed=build.rs");
}

/// FNV-1a of the sources of the model: equal for equal sources.
fn hash_of_model() -> u64 {
    let mut files = Vec::new();
    for layer in MODEL {
        sources(&Path::new("src").join(layer), &mut files);
        files.push(Path::new("src").join(layer).with_extension("rs"));
    }
    files.sort();
    let bytes = files.iter().filter_map(|file| fs::read(file).ok()).flatten();
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn sources(directory: &Path, files: &mut Vec<PathBuf>) {
    println!("cargo::rerun-if-changed={}", directory.display());
    println!("cargo::rerun-if-changed={}", directory.with_extension("rs").display());
    for path in fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            sources(&path, files);
        } else {
            files.push(path);
        }
    }
}
