//! Whatever ends a run, the next one ends with the bytes of an undisturbed one.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use rand::RngExt;
use rand::SeedableRng;
use tempfile::TempDir;

use gilsim::experiment::journal::Journal;
use gilsim::experiment::output::DataDirectory;
use gilsim::experiment::plan::{self, Overrides};
use gilsim::experiment::{provenance, results as tables, runner};
use gilsim::simulation;

use crate::support::{assert_same, command, directory_with, echo, files, gilsim, results, texts};

fn directory() -> TempDir {
    directory_with("echo.toml", &echo("0.2s", 10))
}

#[track_caller]
fn run(directory: &Path) -> Output {
    let output = gilsim(directory, &["run", "echo.toml"]);
    assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
    output
}

/// What an undisturbed run writes, and how long it takes.
fn undisturbed() -> (Vec<(String, Vec<u8>)>, Duration) {
    let directory = directory();
    let began = Instant::now();
    run(directory.path());
    (results(directory.path()), began.elapsed())
}

/// Asserts that the next run ends as if nothing had been before.
#[track_caller]
fn assert_goes_on(directory: &Path, undisturbed: &[(String, Vec<u8>)]) -> Output {
    let output = run(directory);
    assert_same(undisturbed, &results(directory));
    output
}

#[test]
fn a_process_killed_a_hundred_times_at_random_moments_goes_on_each_time() {
    let (expected, duration) = undisturbed();
    let mut random = rand_pcg::Pcg64Dxsm::seed_from_u64(1);
    let mut kills = 0;
    let mut place = directory();
    while kills < 100 {
        let mut child = command(place.path()).args(["run", "echo.toml"]).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(duration.mul_f64(random.random_range(0.0..0.5)));
        child.kill().unwrap();
        if child.wait().unwrap().success() {
            // It was faster: this directory is done.
            assert_goes_on(place.path(), &expected);
            place = directory();
        } else {
            kills += 1;
        }
    }
    println!("{kills} kills survived");
    assert_goes_on(place.path(), &expected);
}

#[test]
#[cfg(unix)]
fn a_process_told_to_end_keeps_what_is_done_and_asks_to_be_run_again() {
    let (expected, _) = undisturbed();
    let place = directory();
    let kept = || {
        let journals = std::fs::read_dir(place.path().join("data/.runs/echo")).into_iter().flatten();
        journals.map(|path| std::fs::read_to_string(path.unwrap().path()).unwrap().lines().count()).sum::<usize>()
    };
    for signal in ["-TERM", "-INT"] {
        let before = kept();
        let mut child = command(place.path());
        child.args(["run", "--jobs", "1", "--set", "run.replications=1000", "echo.toml"]);
        let child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        while kept() < before + 5 {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(75), "{}", texts(&output).1);
        assert!(texts(&output).1.contains("the same command goes on"), "{}", texts(&output).1);
    }
    let told = texts(&assert_goes_on(place.path(), &expected)).0;
    assert!(told.contains("kept "), "nothing was kept: {told}");
}

#[test]
#[cfg(unix)]
fn a_full_disk_is_told_and_when_there_is_room_again_the_run_goes_on() {
    let (expected, _) = undisturbed();
    let place = directory();
    // A limit on the size of files: like a full disk, it lets a part of a line through.
    for blocks in [1, 20, 60] {
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec {} run echo.toml", env!("CARGO_BIN_EXE_gilsim"));
        let output = Command::new("sh").args(["-c", &script]).current_dir(place.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", texts(&output).1);
        assert!(texts(&output).1.contains("cannot write"), "{}", texts(&output).1);
    }
    let output = assert_goes_on(place.path(), &expected);
    assert_eq!(texts(&output).1, "", "no journal has suffered");
    assert!(texts(&output).0.contains("kept "), "nothing was kept: {}", texts(&output).0);
}

#[test]
#[cfg(target_os = "linux")]
fn a_folder_that_cannot_be_written_is_told_before_anything_runs() {
    let (expected, _) = undisturbed();
    let place = directory();
    // Nobody can make files there, not even the one whom permissions do not bind.
    let output = gilsim(place.path(), &["run", "--data", "/proc/gilsim", "echo.toml"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(texts(&output).1.contains("cannot write /proc/gilsim"), "{}", texts(&output).1);
    assert_goes_on(place.path(), &expected);
}

#[test]
fn a_run_that_panics_is_done_again_by_the_next_process_and_the_others_are_not() {
    let place = directory();
    let plan = plan::load(&place.path().join("echo.toml"), &Overrides::default()).unwrap();
    let write = |found: &runner::Results| {
        let data = DataDirectory(place.path().join("data"));
        tables::write(&plan, found, &data).unwrap();
        provenance::write(&plan, found, 1, &data).unwrap();
        results(place.path())
    };
    let expected = write(&runner::run(&plan, 2).unwrap());
    let journal = || Journal::new(&place.path().join("data/.runs"), &plan.stem, None);
    let disturbed = runner::run_with(&plan, 2, Some(&journal()), |scenario, seed, replication| {
        assert_ne!((scenario, replication), (&plan.cells[3].scenario, 7), "not this one");
        simulation::run(scenario, seed, replication)
    });
    let disturbed = disturbed.unwrap();
    assert_eq!((disturbed.records().count(), disturbed.failures().count()), (59, 1));
    // Whoever puts shards together learns of it, too.
    let merged = runner::merge(&plan, &journal()).unwrap().unwrap();
    let told = |found: &runner::Results| found.failures().map(|(_, error)| error.to_string()).collect::<Vec<_>>();
    assert_eq!(told(&merged), told(&disturbed));
    assert!(told(&merged)[0].contains("not this one"));
    let next = runner::resume(&plan, 2, &journal()).unwrap();
    assert_eq!(next.done.runs, 1);
    assert_same(&expected, &write(&next));
}

#[test]
fn processes_that_run_the_same_experiment_at_once_do_not_disturb_each_other() {
    let (expected, _) = undisturbed();
    let place = directory();
    let start = |_| command(place.path()).args(["run", "echo.toml"]).stdout(Stdio::null()).spawn().unwrap();
    let children: Vec<_> = (0..4).map(start).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_same(&expected, &results(place.path()));
    assert_goes_on(place.path(), &expected);
    let journals = files(&place.path().join("data/.runs/echo"));
    assert!(journals.len() >= 4, "each process has its own journal");
}
