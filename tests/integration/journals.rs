//! Finished runs are kept, and what is kept is neither done again nor trusted blindly.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::{assert_same, directory_with, files, gilsim, hogs, results, texts};

fn directory() -> TempDir {
    directory_with("hogs.toml", &hogs("[1, 2, 3]", 4))
}

/// Runs the experiment and gives how many runs there were, how many of them had been kept, and the complaints.
#[track_caller]
fn run(directory: &Path, arguments: &[&str]) -> (u64, u64, String) {
    let output = gilsim(directory, &[&["run", "hogs.toml"], arguments].concat());
    let (told, complaints) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{complaints}");
    let number = |name: &str| {
        let line = told.lines().find_map(|line| line.trim().strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    (number("runs").unwrap(), number("kept").unwrap_or(0), complaints)
}

/// Changes the text of the experiment.
fn edit(directory: &Path, from: &str, to: &str) {
    let path = directory.join("hogs.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
}

/// The journals of the experiment.
fn journals(directory: &Path) -> Vec<PathBuf> {
    let folder = directory.join("data/.runs/hogs");
    files(&folder).into_iter().map(|(name, _)| folder.join(name)).collect()
}

#[test]
fn only_what_is_missing_is_run() {
    let place = directory();
    let kept = |arguments: &[&str]| {
        let (runs, kept, complaints) = run(place.path(), arguments);
        assert_eq!(complaints, "");
        (runs, kept)
    };
    assert_eq!(kept(&[]), (12, 0));
    assert_eq!(kept(&[]), (12, 12));
    // More replications, more values, other values.
    assert_eq!(kept(&["--set", "run.replications=6"]), (18, 12));
    assert_eq!(kept(&["--set", "sweep.thread.hog.count=[1, 2, 3, 5]"]), (16, 12));
    assert_eq!(kept(&["--set", "sweep.thread.hog.count=[5, 3]", "--set", "run.replications=5"]), (10, 9));
    // What changes the runs makes new ones, and the old ones stay.
    assert_eq!(kept(&["--set", "run.seed=2"]), (12, 0));
    assert_eq!(kept(&["--set", "lock.switch_interval=1ms"]), (12, 0));
    assert_eq!(kept(&[]), (12, 12));
    // Spelling, titles, figures, derived metrics, comparisons and budgets change no run.
    edit(place.path(), "exp(5ms)", "exp(5000us)");
    edit(place.path(), "title = \"Hogs\"", "title = \"Other hogs\"");
    edit(
        place.path(),
        "[run]",
        "[[figure]]\nx = \"thread.hog.count\"\ny = \"run.wall_s\"\n[metrics]\neach = \"run.wall_s / \
         thread.hog.count\"\n[baseline]\n\"thread.hog.count\" = 1\n[run]\nmax_events = 1_000_000",
    );
    assert_eq!(kept(&["--max-memory", "1GB"]), (12, 12));
    assert_eq!(kept(&["--fresh"]), (12, 0));
    assert_eq!(kept(&["--set", "run.replications=6"]), (18, 12));
}

#[test]
fn a_kept_run_that_took_more_events_than_are_allowed_now_is_no_result() {
    let place = directory();
    run(place.path(), &[]);
    let output = gilsim(place.path(), &["run", "--max-events", "9", "hogs.toml"]);
    assert_eq!(output.status.code(), Some(1));
    let undisturbed = directory();
    gilsim(undisturbed.path(), &["run", "--max-events", "9", "hogs.toml"]);
    assert_same(&results(undisturbed.path()), &results(place.path()));
}

#[test]
fn a_torn_last_line_is_cut_off_and_its_run_done_again() {
    let place = directory();
    run(place.path(), &[]);
    let expected = results(place.path());
    let journal = journals(place.path()).remove(0);
    let whole = std::fs::read(&journal).unwrap();
    let lines: Vec<usize> = (0..whole.len()).filter(|&at| whole[at] == b'\n').collect();
    let (before, after) = (lines[lines.len() - 2] + 1, lines[lines.len() - 1]);
    // Wherever it is torn: within the checksum, within the text, just before its end.
    for cut in [before + 1, before + 8, before + 9, before.midpoint(after), after] {
        std::fs::write(&journal, &whole[..cut]).unwrap();
        assert_eq!(run(place.path(), &[]), (12, 11, String::new()), "cut at {cut} of {}", whole.len());
        assert_eq!(std::fs::read(&journal).unwrap(), whole[..before], "the journal is repaired");
        assert_same(&expected, &results(place.path()));
        journals(place.path())
            .into_iter()
            .filter(|path| *path != journal)
            .for_each(|path| std::fs::remove_file(path).unwrap());
    }
}

#[test]
fn a_journal_that_was_changed_is_named_with_its_line_and_the_run_is_done_again() {
    let place = directory();
    run(place.path(), &[]);
    let expected = results(place.path());
    let journal = journals(place.path()).remove(0);
    let text = std::fs::read_to_string(&journal).unwrap();
    let changed: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(at, line)| if at == 5 { line.replacen("\"events\":", "\"events\":1", 1) } else { line.into() })
        .collect();
    std::fs::write(&journal, changed.join("\n") + "\n").unwrap();
    let (runs, kept, complaints) = run(place.path(), &[]);
    assert_eq!((runs, kept), (12, 11));
    assert!(complaints.contains("data/.runs/hogs/1.journal:6:"), "{complaints}");
    assert_same(&expected, &results(place.path()));
    assert_eq!(run(place.path(), &[]).1, 12);
}

#[test]
fn many_journals_become_one_that_has_everything() {
    let place = directory();
    for replications in 1..=8 {
        run(place.path(), &["--set", &format!("run.replications={replications}")]);
    }
    assert_eq!(journals(place.path()).len(), 8);
    run(place.path(), &["--set", "run.replications=9"]);
    assert_eq!(journals(place.path()).len(), 1);
    assert_eq!(run(place.path(), &["--set", "run.replications=10"]), (30, 27, String::new()));
}

#[test]
fn a_part_of_an_experiment_is_done_once_and_the_rest_of_it_stays() {
    let place = directory();
    let whole = directory();
    run(whole.path(), &[]);
    // So many journals that they are put together meanwhile.
    for cell in 0..3 {
        for replication in 0..4 {
            let part = [format!("cell == {cell}"), replication.to_string()];
            let arguments = ["--only", &part[0], "--replication", &part[1]];
            assert_eq!(run(place.path(), &arguments), (1, 0, String::new()));
            assert_eq!(run(place.path(), &arguments), (1, 1, String::new()));
        }
    }
    assert!(journals(place.path()).len() < 12);
    assert_eq!(run(place.path(), &[]), (12, 12, String::new()));
    assert_same(&results(whole.path()), &results(place.path()));
    let output = gilsim(place.path(), &["run", "--fresh", "--replication", "1", "hogs.toml"]);
    assert_eq!(output.status.code(), Some(2), "what is left out would be forgotten");
}

#[test]
fn journals_can_stand_elsewhere() {
    let place = directory();
    assert_eq!(run(place.path(), &["--cache", "elsewhere"]), (12, 0, String::new()));
    assert!(!place.path().join("data/.runs").exists());
    assert_eq!(run(place.path(), &["--cache", "elsewhere", "--data", "other"]), (12, 12, String::new()));
}

/// Makes a journal that of another build of the same version of the model, with its text changed.
fn kept_by_another_build(journal: &Path, change: impl Fn(&str) -> String) {
    let text = std::fs::read_to_string(journal).unwrap();
    let lines = text.lines().map(|line| {
        let json = change(&line[9..]);
        let json = match json.split_once("\"build\":\"") {
            Some((before, after)) => format!("{before}\"build\":\"another{after}"),
            None => json,
        };
        format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes()))
    });
    std::fs::write(journal, lines.collect::<String>()).unwrap();
}

#[test]
fn what_another_build_kept_is_used_when_one_run_of_each_cell_goes_the_same_way() {
    let place = directory();
    run(place.path(), &[]);
    let expected = results(place.path());
    kept_by_another_build(&journals(place.path())[0], str::to_owned);
    let output = gilsim(place.path(), &["merge", "hogs.toml"]);
    assert_eq!(output.status.code(), Some(1), "a merge cannot find out whether to trust it");
    assert_eq!(run(place.path(), &[]), (12, 9, String::new()), "one run of each of three cells is done again");
    assert_same(&expected, &results(place.path()));
    assert_eq!(run(place.path(), &[]), (12, 12, String::new()));
    assert_eq!(gilsim(place.path(), &["merge", "hogs.toml"]).status.code(), Some(0));
}

#[test]
fn what_another_build_kept_is_not_used_when_a_run_goes_another_way() {
    let place = directory();
    run(place.path(), &[]);
    let expected = results(place.path());
    kept_by_another_build(&journals(place.path())[0], |line| line.replace("\"values\":\"0.0", "\"values\":\"1.0"));
    let (runs, kept, complaints) = run(place.path(), &[]);
    assert_eq!((runs, kept), (12, 0));
    assert!(complaints.contains("another build go another way"), "{complaints}");
    assert_same(&expected, &results(place.path()));
    assert_eq!(run(place.path(), &[]), (12, 12, String::new()));
}
