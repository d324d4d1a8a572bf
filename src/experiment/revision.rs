//! What git knows of the current directory.
//!
//! Asked once in a process. git takes as long to start as gilsim, so [`look`] has it look while the experiments run.

use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::thread;

use serde_json::{Value, json};

static STATUS: LazyLock<Option<String>> = LazyLock::new(status);

/// Begins to find out, without waiting for the answer.
pub fn look() {
    // Without another thread it is found out when it is wanted.
    let _ = thread::Builder::new().name("revision".into()).spawn(|| LazyLock::force(&STATUS));
}

/// The commit, and whether files differ from it; nulls where there is no git, no repository or no commit.
pub(super) fn found() -> (Value, Value) {
    let Some(status) = STATUS.as_deref() else { return (Value::Null, Value::Null) };
    let commit = status.lines().find_map(|line| line.strip_prefix("# branch.oid "));
    let dirty = status.lines().any(|line| !line.starts_with('#'));
    (json!(commit.filter(|commit| *commit != "(initial)")), json!(dirty))
}

fn status() -> Option<String> {
    let mut git = Command::new("git");
    // Whoever works in the repository meanwhile must not find its index locked.
    git.args(["--no-optional-locks", "status", "--porcelain=v2", "--branch", "--untracked-files=no"]);
    let output = git.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).ok())?
}
