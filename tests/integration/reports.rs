//! A report is one page that needs nothing else, and its timeline answers to wheel, pointer and buttons.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{gilsim, texts};

const EXPERIMENT: &str = r#"
title = "Hogs & a <reader>"
question = "Who has the lock when?"
source = "nobody"
machine = { cores = 2 }
lock = { policy = "cpython", switch_interval = "100us" }
thread = [
  { name = "hog", count = 2, steps = [{ compute = "forever" }] },
  { name = "reader", steps = [{ repeat = "forever", steps = [{ io = "exp(200us)" }, { compute = "20us", counts = "r" }] }] },
]
sweep = { "thread.hog.count" = [1, 2] }
run = { duration = "1500ms", warm_up = "100ms", replications = 2 }
figure = [{ x = "thread.hog.count", y = "r.rate_per_s" }]
"#;

/// The report of an experiment that has been run, and what the program said.
fn report(directory: &Path, arguments: &[&str]) -> String {
    let path = directory.join("hogs.toml");
    if !path.exists() {
        std::fs::write(path, EXPERIMENT).unwrap();
        assert!(gilsim(directory, &["run", "--no-plots", "hogs.toml"]).status.success());
    }
    let output = gilsim(directory, &[&["report", "hogs.toml", "--cell", "thread.hog.count=2"], arguments].concat());
    assert!(output.status.success(), "{}", texts(&output).1);
    std::fs::read_to_string(directory.join("reports/hogs.html")).unwrap()
}

/// The data of its timeline.
fn data(page: &str) -> Value {
    let (_, rest) = page.split_once("id=\"data\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn a_report_needs_nothing_but_itself_and_is_the_same_each_time() {
    let directory = tempfile::tempdir().unwrap();
    let page = report(directory.path(), &[]);
    for part in [
        "<title>Hogs &amp; a &lt;reader&gt;</title>",
        "Who has the lock when?",
        "Source: nobody",
        "src=\"data:image/png;base64,",
        "<th>fingerprint of all events</th>",
        "exchanged the lock",
        "cell 1 (thread.hog.count = 2), replication 0, seed 1",
    ] {
        assert!(page.contains(part), "{part}");
    }
    // Nothing is fetched: no address, no file, no style sheet from elsewhere.
    for foreign in ["http", "//cdn", "src=\"/", "@import", "url("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert_eq!(page, report(directory.path(), &[]));
    let data = data(&page);
    assert_eq!(data["from"], 100_000_000);
    for row in data["rows"].as_array().unwrap() {
        let lengths = ["gap", "length", "paint"].map(|key| row[key].as_array().unwrap().len());
        assert!(lengths[0] > 0 && lengths.iter().all(|&length| length == lengths[0]), "{}: {lengths:?}", row["name"]);
    }
}

#[test]
fn a_report_of_what_was_not_run_says_so() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("hogs.toml"), EXPERIMENT).unwrap();
    let output = gilsim(directory.path(), &["report", "hogs.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(texts(&output).1.contains("run the experiment `hogs` first"), "{}", texts(&output).1);
}

/// Does with the page what a reader does, and writes what comes of it into the page. A browser without a screen paints no
/// frames: timers stand for them.
const READER: &str = r#"
<pre id="result"></pre>
<script>
window.requestAnimationFrame = (does) => setTimeout(does, 10);
const canvas = document.getElementById("timeline"), box = canvas.getBoundingClientRect(), seen = { errors: [] };
window.onerror = (message) => seen.errors.push(message);
const view = () => [+canvas.dataset.from, +canvas.dataset.to];
const does = (Kind, type, x, y, more) => canvas.dispatchEvent(
  new Kind(type, { clientX: box.left + x, clientY: box.top + y, bubbles: true, cancelable: true, ...more }));
const steps = [
  () => { seen.before = view(); does(WheelEvent, "wheel", 500, 15, { deltaY: -400 }); },
  () => { seen.zoomed = view(); does(PointerEvent, "pointermove", 500, 15); seen.tip = document.getElementById("tip").textContent; },
  () => { does(PointerEvent, "pointerdown", 500, 15); does(PointerEvent, "pointermove", 300, 15); does(PointerEvent, "pointerup", 300, 15); },
  () => { seen.panned = view(); document.getElementById("all").click(); },
  () => { seen.all = view(); seen.steps = +canvas.dataset.steps; seen.width = canvas.clientWidth; },
  () => { document.getElementById("result").textContent = JSON.stringify(seen); },
];
const next = () => { const step = steps.shift(); if (step) { step(); setTimeout(next, 50); } };
setTimeout(next, 50);
</script>
"#;

/// What a browser makes of a page: the document in the end, and what its console says; nothing where there is none.
fn browsed(page: &Path) -> Option<(String, String)> {
    let program = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|program| Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success()))?;
    let profile = tempfile::tempdir().unwrap();
    let flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-logging=stderr"];
    let mut child = Command::new("timeout");
    child.arg("240").arg(program).args(flags);
    child.arg(format!("--user-data-dir={}", profile.path().display()));
    child.args(["--window-size=1200,900", "--virtual-time-budget=20000", "--dump-dom"]);
    let output = child.arg(format!("file://{}", page.display())).output().unwrap();
    assert!(output.status.success(), "{}", texts(&output).1);
    Some(texts(&output))
}

#[test]
#[ignore = "needs a browser: make test-all"]
fn in_a_browser_the_timeline_zooms_moves_and_tells_what_it_shows() {
    let directory = tempfile::tempdir().unwrap();
    let page = report(directory.path(), &["--window", "100ms..1500ms"]);
    let rows = data(&page)["rows"].as_array().unwrap().clone();
    let bars: usize = rows.iter().map(|row| row["gap"].as_array().unwrap().len()).sum();
    assert!(bars > 100_000, "{bars}");
    let path = directory.path().join("read.html");
    std::fs::write(&path, page.replace("</body>", &format!("{READER}</body>"))).unwrap();
    let Some((document, console)) = browsed(&path) else {
        eprintln!("skipped: there is no chromium here (apt-get install chromium)");
        return;
    };
    let said: Vec<&str> = console.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert!(said.is_empty(), "{said:?}");
    let result = document.split_once("<pre id=\"result\">").unwrap().1.split_once("</pre>").unwrap().0;
    let seen: Value = serde_json::from_str(&result.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">"))
        .unwrap_or_else(|error| panic!("{error}: {result:?}"));
    let view = |key: &str| [0, 1].map(|end| seen[key][end].as_f64().unwrap());
    let span = |[from, to]: [f64; 2]| to - from;
    assert_eq!(seen["errors"], serde_json::json!([]));
    let ratio = span(view("zoomed")) / span(view("before"));
    assert!((ratio - (-1.0_f64).exp()).abs() < 1e-6, "{ratio}");
    let tip = seen["tip"].as_str().unwrap();
    assert!(tip.starts_with("hog-1: ") && tip.contains("\nstate ") && tip.contains(" to "), "{tip}");
    assert!(view("panned")[0] > view("zoomed")[0], "{seen}");
    assert!((span(view("panned")) / span(view("zoomed")) - 1.0).abs() < 1e-9, "{seen}");
    assert_eq!(span(view("all")), 1.4e9);
    // The work of a frame goes with the width of the page, not with the number of bars.
    // A row has at most two steps for each column of pixels.
    let most = 2.0 * seen["width"].as_f64().unwrap() * (rows.len() + 1) as f64;
    assert!(seen["steps"].as_f64().unwrap() < most, "{seen}");
}
