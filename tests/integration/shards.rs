//! Shards of an experiment, put together, give the bytes of a local run.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::support::{assert_same, command, directory_with, gilsim, hogs, results, texts};

const FIGURE: &str = "
[[figure]]
x = \"thread.hog.count\"
y = \"run.wall_s\"
";

fn directory() -> TempDir {
    directory_with("hogs.toml", &(hogs("[1, 2, 3, 4, 5]", 5) + FIGURE))
}

fn shard(directory: &Path, shard: &str) -> Output {
    gilsim(directory, &["run", "--shard", shard, "hogs.toml"])
}

#[test]
fn shards_in_any_order_and_any_number_merge_to_the_bytes_of_a_local_run() {
    let local = directory();
    assert!(gilsim(local.path(), &["run", "hogs.toml"]).status.success());
    for count in [1, 3, 8, 40] {
        let place = directory();
        for index in (0..count).rev() {
            let output = shard(place.path(), &format!("{index}/{count}"));
            assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
        }
        assert_eq!(results(place.path()).len(), 1, "shards write no results");
        let output = gilsim(place.path(), &["merge", "hogs.toml"]);
        assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
        assert_same(&results(local.path()), &results(place.path()));
    }
}

#[test]
fn shards_of_a_part_merge_to_the_bytes_of_that_part() {
    let part = ["--only", "thread.hog.count > 2", "--replication", "3"];
    let run = |directory: &Path, arguments: &[&str]| {
        let output = gilsim(directory, &[arguments, &part, &["hogs.toml"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
    };
    let local = directory();
    run(local.path(), &["run"]);
    let place = directory();
    run(place.path(), &["run", "--shard", "1/2"]);
    run(place.path(), &["run", "--shard", "0/2"]);
    run(place.path(), &["merge"]);
    assert_same(&results(local.path()), &results(place.path()));
    assert_eq!(gilsim(place.path(), &["merge", "hogs.toml"]).status.code(), Some(1), "the rest is missing");
}

#[test]
fn a_merge_names_the_shards_that_are_missing_and_writes_nothing() {
    let place = directory();
    let merge = |parts: &[&str]| {
        let output = gilsim(place.path(), &["merge", "hogs.toml"]);
        assert_eq!(output.status.code(), Some(1));
        let told = texts(&output).1;
        for part in parts {
            assert!(told.contains(part), "`{part}` is missing from {told}");
        }
        assert_eq!(results(place.path()).len(), 1);
    };
    merge(&["25 runs of 25 are missing"]);
    for index in [0, 2, 4] {
        assert!(shard(place.path(), &format!("{index}/5")).status.success());
    }
    merge(&["10 runs of 25 are missing", "1/5, 3/5"]);
    // Another division, or a local run, can do the rest.
    assert!(shard(place.path(), "0/1").status.success());
    assert!(gilsim(place.path(), &["merge", "hogs.toml"]).status.success());
}

#[test]
fn a_run_that_fails_in_a_shard_is_told_by_the_merge_as_by_a_local_run() {
    let (local, place) = (directory(), directory());
    let overrides = ["--max-events", "9", "hogs.toml"];
    let alone = gilsim(local.path(), &[&["run"], overrides.as_slice()].concat());
    for index in ["0/2", "1/2"] {
        let output = gilsim(place.path(), &[&["run", "--shard", index], overrides.as_slice()].concat());
        assert_eq!(output.status.code(), Some(1));
    }
    let merged = gilsim(place.path(), &[&["merge"], overrides.as_slice()].concat());
    assert_eq!((alone.status.code(), merged.status.code()), (Some(1), Some(1)));
    assert_eq!(texts(&alone).1, texts(&merged).1);
    assert_same(&results(local.path()), &results(place.path()));
}

#[test]
fn a_shard_that_does_not_exist_is_wrong_usage() {
    let place = directory();
    for (wrong, told) in [("5/5", "0/5 to 4/5"), ("5", "index/count"), ("0/0", "at least one shard")] {
        let output = shard(place.path(), wrong);
        assert_eq!(output.status.code(), Some(2));
        assert!(texts(&output).1.contains(told), "{}", texts(&output).1);
    }
    assert_eq!(gilsim(place.path(), &["run", "--fresh", "--shard", "0/2", "hogs.toml"]).status.code(), Some(2));
}

#[test]
fn a_slurm_script_has_an_array_of_all_shards_and_a_merge_after_it() {
    let place = directory();
    let script = |arguments: &[&str]| {
        let output = gilsim(place.path(), &[&["slurm", "hogs.toml"], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
        texts(&output).0
    };
    let text = script(&["--tasks", "8", "--time", "0:10", "--partition", "short", "--set", "run.seed=3"]);
    for part in [
        "#SBATCH --array=0-7\n",
        "#SBATCH --time=0:10\n",
        "#SBATCH --partition=short\n",
        "run --set run.seed=3 --data data",
        "--shard \"$SLURM_ARRAY_TASK_ID/8\"",
        "afterany:",
        "merge --set run.seed=3 --data data",
    ] {
        assert!(text.contains(part), "`{part}` is missing from\n{text}");
    }
    // More tasks than a cluster takes: an element does several. More tasks than runs: no more than those.
    let packed = script(&["--tasks", "10", "--max-array-size", "4"]);
    assert!(packed.contains("--array=0-3\n") && packed.contains("\"$shard/10\""), "{packed}");
    assert!(script(&["--tasks", "1000"]).contains("--array=0-24\n"));
}

/// A search path on which a script is found under a name, and the program, as long as the directory is there.
#[cfg(unix)]
fn path_with(name: &str, script: &str) -> (TempDir, String) {
    let bin = directory_with(name, script);
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(bin.path().join(name), permissions).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_gilsim"), bin.path().join("gilsim")).unwrap();
    let path = format!("{}:{}", bin.path().display(), std::env::var("PATH").unwrap());
    (bin, path)
}

/// Does what GNU parallel, `HTCondor` and Kubernetes would do with the lines of the README.
#[test]
#[cfg(unix)]
fn the_lines_of_the_readme_for_other_clusters_give_the_bytes_of_a_local_run() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    // The last code of the row but for what only describes the job.
    let line = |with: &str| {
        let row = readme.lines().find(|line| line.starts_with(&format!("| {with} |"))).unwrap();
        let code = row.split('`').find(|part| part.contains("--shard")).unwrap();
        code.replace("FILE", "hogs.toml").replace("arguments = ", "gilsim ")
    };
    // Runs the command for each argument after `:::`.
    let parallel = "#!/bin/sh\ncommand=\nwhile [ \"$1\" != ::: ]; do [ \"$1\" = -j8 ] || command=\"$command $1\"; shift; done\nshift\n\
        for item; do sh -c \"$(echo \"$command\" | sed \"s/{}/$item/\")\" >&2 || exit; done\n";
    let (_bin, path) = path_with("parallel", parallel);
    let local = directory();
    assert!(gilsim(local.path(), &["run", "hogs.toml"]).status.success());
    for (with, variable) in
        [("GNU parallel", None), ("HTCondor", Some("$(Process)")), ("Kubernetes", Some("$JOB_COMPLETION_INDEX"))]
    {
        let place = directory();
        let shell = |line: &str| {
            let output =
                Command::new("sh").args(["-c", line]).env("PATH", &path).current_dir(place.path()).output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{line}: {}", texts(&output).1);
        };
        let line = line(with);
        match variable {
            None => shell(&line),
            Some(variable) => {
                assert!(line.contains(variable), "{line}");
                (0..64).for_each(|task| shell(&line.replace(variable, &task.to_string())));
                shell("gilsim merge hogs.toml");
            }
        }
        assert_same(&results(local.path()), &results(place.path()));
    }
}

/// Runs the array of a script without a cluster, as `sbatch` would one element after another.
#[test]
#[cfg(unix)]
fn the_elements_of_a_packed_array_do_all_shards() {
    let (local, place) = (directory(), directory());
    assert!(gilsim(local.path(), &["run", "hogs.toml"]).status.success());
    let sbatch = "#!/bin/sh\nscript=$(cat)\nlast=$(echo \"$script\" | sed -n 's/^#SBATCH --array=0-//p')\n\
        for id in $(seq 0 ${last:-0}); do echo \"$script\" | SLURM_ARRAY_TASK_ID=$id sh >&2 || exit; done\necho 17\n";
    let (_bin, path) = path_with("sbatch", sbatch);
    let mut submit = command(place.path());
    submit.args(["slurm", "--tasks", "10", "--max-array-size", "4", "--submit", "hogs.toml"]).env("PATH", path);
    let output = submit.output().unwrap();
    assert_eq!(texts(&output).0, "array job 17, merge job 17\n", "{}", texts(&output).1);
    assert_same(&results(local.path()), &results(place.path()));
}
