//! The kinds of figures, from a table to SVG: a gallery whose text is stored in `tests/figures/`, and the figures in
//! `plots/`, which must be what the results in `data/` make them.
//!
//! A change that is meant changes the gallery too: `GILSIM_UPDATE=1 cargo test --test integration figures`. That puts
//! PNG files into `target/figures/` as well: look at them before you commit the text.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use gilsim::calibration::picture;
use gilsim::experiment::output::DataDirectory;
use gilsim::experiment::plan::{Overrides, load};
use gilsim::experiment::provenance::figure_name;
use gilsim::figure::look::style::Shape;
use gilsim::figure::spec::{Better, ColorSpec, Part};
use gilsim::figure::timeline::{Bar, Paint, Row, Symbol, Timeline};
use gilsim::figure::{self, Beside, Drawing, FigureSpec, Font, Plot, Reference, Scale, Size, Table, Theme, check};
use gilsim::tuning::figures::{Figure, Results};
use plotters::style::{RGBColor, WHITE};

use crate::shipped;
use crate::support::{gilsim, plan, texts};

/// Replications of three locks under 1 to 16 threads, with made-up but plausible values that vary a little.
fn table() -> Table {
    let mut text = String::from(
        "lock,threads,replication,end,events,fingerprint,rate_per_s,held_s,handoff_s,idle_s,wait_mean_us,wait_p50_us,\
         wait_p90_us,wait_p99_us,wait_p999_us,wait_max_us\n",
    );
    for (index, (lock, cost)) in [("fifo", 4.0), ("barging", 1.0), ("spin", 0.5)].into_iter().enumerate() {
        for threads in [1, 2, 4, 8, 16] {
            for replication in 0..8_u32 {
                // The fractions of multiples of the golden ratio scatter evenly.
                let number = f64::from(replication + 10 * threads + 1000 * index as u32 + 1);
                let noise = 0.9 + 0.2 * (number * 0.618_033_988_749_895).fract();
                let n = f64::from(threads);
                let handoff = cost * (n - 1.0) / n * noise;
                let rate = 1e6 / (10.0 + handoff) * noise;
                let wait = (n - 1.0) * (10.0 + handoff) + 0.1;
                let held = 1e-5 * rate;
                let handed = 1e-6 * handoff * rate;
                let idle = (1.0 - held - handed).max(0.0);
                write!(text, "{lock},{threads},{replication},finished,1,a,{rate},{held},{handed},{idle},{wait}")
                    .unwrap();
                for (factor, power) in [(0.7, 0.0), (2.0, 0.2), (4.0, 0.5), (7.0, 1.0), (9.0, 1.2)] {
                    write!(text, ",{}", wait * factor * (1.0 + cost * power)).unwrap();
                }
                text.push('\n');
            }
        }
    }
    Table::parse(&text).unwrap()
}

fn published() -> Table {
    Table::parse("# made up\nlock,threads,rate_per_s\nfifo,1,98000\nfifo,4,70000\nfifo,16,66000\nbarging,8,95000\n")
        .unwrap()
}

fn quantiles() -> Table {
    Table::parse(
        "# made up\nlock,threads,quantile,wait_us\nfifo,8,0.5,90\nfifo,8,0.99,520\nfifo,8,1,900\nspin,8,0.9,170\n",
    )
    .unwrap()
}

fn theory() -> Table {
    Table::parse("threads,rate_per_s\n1,100000\n2,83000\n4,77000\n16,72500\n").unwrap()
}

fn source(label: &str) -> Reference {
    Reference { file: "here.csv".into(), y: None, label: label.into() }
}

fn over_threads(kind: Plot) -> FigureSpec {
    FigureSpec {
        series: Some("lock".into()),
        x_label: Some("Threads".into()),
        y_label: Some("Acquisitions per second".into()),
        ..FigureSpec::new(kind, "threads", "rate_per_s")
    }
}

fn only(lock: &str) -> Vec<(String, String)> {
    vec![("lock".into(), lock.into())]
}

fn parts(names: &[(&str, bool, &str)]) -> Vec<Part> {
    let part =
        |&(metric, negative, name): &(&str, bool, &str)| Part { metric: metric.into(), negative, name: name.into() };
    names.iter().map(part).collect()
}

/// A spec of each kind.
fn specs() -> Vec<(&'static str, FigureSpec)> {
    let waits = |kind| FigureSpec {
        filter: vec![("threads".into(), "8".into())],
        series: Some("lock".into()),
        x_label: Some("Wait (µs)".into()),
        x_scale: Scale::Log,
        ..FigureSpec::new(kind, "wait", "wait")
    };
    let color = ColorSpec {
        metric: "wait_mean_us".into(),
        label: Some("Mean wait (µs)".into()),
        scale: Scale::Log,
        factor: 1.0,
        range: None,
    };
    let shares = parts(&[("held_s", false, "held"), ("handoff_s", false, "handed over"), ("idle_s", false, "idle")]);
    let steps = parts(&[("held_s", false, "held"), ("idle_s", false, "idle"), ("handoff_s", true, "handed over")]);
    vec![
        (
            "line",
            FigureSpec {
                x_scale: Scale::Log,
                reference: Some(source("published")),
                theory: Some(source("1 / (C + h)")),
                rules_x: vec![4.0],
                ..over_threads(Plot::Line)
            },
        ),
        (
            "panels",
            FigureSpec {
                series: None,
                panel: Some("lock".into()),
                panel_names: vec![("fifo".into(), "first in, first out".into())],
                y_scale: Scale::Log,
                y: "wait_mean_us".into(),
                y_label: None,
                size: Size::Double,
                ..over_threads(Plot::Line)
            },
        ),
        (
            "scatter",
            FigureSpec { x: "wait_mean_us".into(), x_label: None, x_scale: Scale::Log, ..over_threads(Plot::Scatter) },
        ),
        (
            "pareto",
            FigureSpec {
                x: "wait_p99_us".into(),
                x_label: None,
                x_scale: Scale::Log,
                better: (Better::High, Better::High),
                ..over_threads(Plot::Pareto)
            },
        ),
        ("bars", FigureSpec { reference: Some(source("published")), ..over_threads(Plot::Bars) }),
        ("box", over_threads(Plot::Box)),
        (
            "heatmap",
            FigureSpec {
                series: None,
                color: Some(color),
                x_scale: Scale::Category,
                y_scale: Scale::Category,
                y: "lock".into(),
                y_label: Some("Lock".into()),
                ..over_threads(Plot::HeatMap)
            },
        ),
        (
            "cdf",
            FigureSpec {
                y: "rate_per_s".into(),
                x: "rate_per_s".into(),
                x_label: None,
                x_scale: Scale::Linear,
                ..waits(Plot::Cdf)
            },
        ),
        ("ccdf", FigureSpec { y_scale: Scale::Log, reference: Some(source("measured")), ..waits(Plot::Ccdf) }),
        (
            "stacked",
            FigureSpec {
                series: None,
                filter: only("fifo"),
                parts: shares,
                share: true,
                y_label: Some("Share of time".into()),
                ..over_threads(Plot::Stacked)
            },
        ),
        (
            "waterfall",
            FigureSpec {
                filter: [only("fifo"), vec![("threads".into(), "16".into())]].concat(),
                parts: steps,
                total: Some("the rest".into()),
                ..FigureSpec::new(Plot::Waterfall, "", "")
            },
        ),
    ]
}

/// Two threads that hand a lock to each other.
fn timeline() -> Timeline {
    let (green, pink, grey) = (RGBColor(0, 158, 115), RGBColor(242, 163, 155), RGBColor(51, 34, 136));
    let paint = |name: &str, color, listed| Paint { name: name.into(), color, listed };
    let bars = |bars: &[(f64, f64, usize)]| bars.iter().map(|&(begin, end, paint)| Bar { begin, end, paint }).collect();
    let thread = |name: &str, color, list: &[(f64, f64, usize)], marks: &[f64]| Row {
        name: name.into(),
        color: Some(color),
        bars: bars(list),
        marks: marks.iter().map(|&at| (at, 0)).collect(),
        ..Row::default()
    };
    Timeline {
        size: Size::Double,
        x_label: "Time (ms)".into(),
        range: (0.0, 12.0),
        paints: vec![
            paint("runs", green, true),
            paint("waits", pink, true),
            paint("1", grey, false),
            paint("2", pink, false),
        ],
        symbols: vec![Symbol { name: "drop request".into(), shape: Shape::Down, color: WHITE }],
        rows: vec![
            thread("thread 1", grey, &[(0.0, 5.0, 0), (5.2, 10.2, 1), (10.4, 12.0, 0)], &[10.2]),
            thread("thread 2", pink, &[(0.0, 5.0, 1), (5.2, 10.2, 0)], &[5.0]),
            Row {
                name: "lock".into(),
                strip: true,
                apart: true,
                bars: bars(&[(0.0, 5.0, 2), (5.2, 10.2, 3), (10.4, 12.0, 2)]),
                ..Row::default()
            },
        ],
        description: Some("Two threads hand a lock to each other".into()),
    }
}

fn gallery() -> Vec<(&'static str, Drawing)> {
    let (table, published, quantiles, theory) = (table(), published(), quantiles(), theory());
    let theme = Theme::default();
    let draw = |(name, spec): (&'static str, FigureSpec)| {
        let reference = Some(if spec.kind == Plot::Ccdf { &quantiles } else { &published });
        let beside = Beside { reference, theory: Some(&theory), ..Beside::default() };
        (name, figure::draw(&spec, &table, beside, &theme).unwrap_or_else(|error| panic!("{name}: {error}")))
    };
    let mut drawn: Vec<(&str, Drawing)> = specs().into_iter().map(draw).collect();
    drawn.push(("timeline", figure::timeline::draw(&timeline(), &theme).unwrap()));
    drawn
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_kind_is_drawn_as_stored_and_has_no_problems() {
    for (name, drawing) in gallery() {
        assert_eq!(check::problems(&drawing.layout), Vec::<String>::new(), "{name}");
        assert_eq!(drawing.warnings, Vec::<String>::new(), "{name}");
        let path = root().join("tests/figures").join(name).with_extension("svg");
        if std::env::var_os("GILSIM_UPDATE").is_some() {
            std::fs::write(&path, &drawing.svg).unwrap();
            let pictures = root().join("target/figures");
            std::fs::create_dir_all(&pictures).unwrap();
            let png = figure::png(&drawing.svg, &Font::embedded()).unwrap();
            std::fs::write(pictures.join(name).with_extension("png"), png).unwrap();
        }
        let stored = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(stored == drawing.svg, "{name} differs from {}: GILSIM_UPDATE=1 stores it", path.display());
    }
}

#[test]
fn the_numbers_of_a_figure_are_those_it_draws() {
    let gallery = gallery();
    let numbers = |name: &str| &gallery.iter().find(|(other, _)| *other == name).unwrap().1.numbers_csv;
    assert!(numbers("bars").starts_with("panel,series,x,y,low,high,kind\n,fifo,1,"));
    assert!(numbers("box").starts_with("panel,series,x,y,low,high,kind,q1,q3\n"));
    assert!(numbers("heatmap").starts_with("panel,series,x,y,low,high,kind,value\n,,1,fifo,,,cell,"));
    assert!(numbers("stacked").starts_with("panel,series,x,y,low,high,kind,base\n,held,1,"));
    let rows = |text: &str, word: &str| text.lines().filter(|line| line.contains(word)).count();
    assert_eq!(rows(numbers("line"), "simulated"), 15);
    assert_eq!(rows(numbers("line"), "reference"), 4);
    assert_eq!(rows(numbers("line"), "1 / (C + h)"), 4);
    assert_eq!(rows(numbers("cdf"), "simulated"), 24);
    // The maximum has no place in a complement: nothing is above it.
    assert_eq!(rows(numbers("ccdf"), "simulated"), 12);
    assert_eq!(rows(numbers("ccdf"), "reference"), 3);
    assert!(numbers("ccdf").contains(",fifo,520,0.010000000000000009,,,reference"), "{}", numbers("ccdf"));
    let last: Vec<&str> = numbers("waterfall").lines().filter(|line| line.contains("the rest")).collect();
    let sum: f64 = last[0].split(',').nth(3).unwrap().parse().unwrap();
    let of = |name: &str| -> f64 {
        let line = numbers("waterfall").lines().find(|line| line.contains(name)).unwrap().to_owned();
        let cells: Vec<&str> = line.split(',').collect();
        cells[3].parse::<f64>().unwrap() - cells[7].parse::<f64>().unwrap()
    };
    assert!((sum - of("held") - of("idle") - of("handed over")).abs() < 1e-12);
}

const SWEPT: &str = "\
machine.profile = \"ideal\"
lock.policy = \"cpython\"
thread = [{ name = \"hog\", count = 2, steps = [{ compute = \"20ms\" }] }]
[sweep]
\"thread.hog.count\" = [1, 2]
\"machine.cores\" = [1, 2]
[run]
replications = 1
[[figure]]
";

fn read(figure: &str) -> FigureSpec {
    plan(&format!("{SWEPT}{figure}")).figures[0].clone()
}

#[test]
fn an_experiment_asks_for_each_kind() {
    let map = read("kind = \"heatmap\"\nx = \"machine.cores\"\ny = \"thread.hog.count\"\ncolor = \"run.wall_s\"");
    assert_eq!((map.kind, map.metric(), map.y.as_str()), (Plot::HeatMap, "run.wall_s", "thread.hog.count"));
    assert_eq!((map.x_scale, map.y_scale), (Scale::Category, Scale::Category));
    let stack = read("kind = \"stacked\"\nx = \"machine.cores\"\ny = [\"a_s\", \"b.c_d_s\"]\nshare = true");
    assert_eq!(stack.parts, parts(&[("a_s", false, "a"), ("b.c_d_s", false, "b.c d")]));
    let fall = read("kind = \"waterfall\"\ny = [\"a_s\", \"-b_s\"]\ny_names = { b_s = \"lost\" }\ntotal = \"left\"");
    assert_eq!(fall.parts, parts(&[("a_s", false, "a"), ("b_s", true, "lost")]));
    let cdf = read("kind = \"ccdf\"\nx = \"lock.wait\"\nseries = \"machine.cores\"");
    assert_eq!((cdf.x.as_str(), cdf.y.as_str()), ("lock.wait", "lock.wait"));
    let front = read("kind = \"pareto\"\nx = \"a\"\ny = \"b\"\ny_better = \"high\"\nsize = \"slide\"");
    assert_eq!((front.better, front.size), ((Better::Low, Better::High), Size::Slide));
}

/// What the program says of an experiment with this figure.
fn complaint(figure: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let text = format!("title = \"T\"\nquestion = \"Q\"\n{SWEPT}{figure}\n");
    std::fs::write(directory.path().join("bad.toml"), text).unwrap();
    let output = gilsim(directory.path(), &["check", "bad.toml"]);
    assert_eq!(output.status.code(), Some(2));
    texts(&output).1
}

#[test]
fn a_key_that_a_kind_has_no_use_for_is_refused_with_its_place() {
    for (figure, parts) in [
        (
            "x = \"machine.cores\"\ny = \"a\"\ncolor = \"b\"",
            ["bad.toml:14:9", "a figure of kind `line` has no `color`", "`color` is for heatmap"],
        ),
        (
            "kind = \"waterfall\"\nx = \"machine.cores\"\ny = [\"a\"]",
            ["bad.toml:13:5", "a figure of kind `waterfall` has no `x`", "`x` is for line, scatter"],
        ),
        (
            "kind = \"heatmap\"\nx = \"machine.cores\"\ny = \"thread.hug.count\"\ncolor = \"b\"",
            ["bad.toml:14:5", "unknown column `thread.hug.count`", "did you mean `thread.hog.count`?"],
        ),
        ("kind = \"stacked\"\nx = \"machine.cores\"\ny = \"a\"", ["bad.toml:14:5", "`y`", "list"]),
        ("kind = \"pie\"\nx = \"machine.cores\"\ny = \"a\"", ["bad.toml:12:8", "pie", "heatmap"]),
    ] {
        let told = complaint(figure);
        for part in parts {
            assert!(told.contains(part), "`{part}` is missing from\n{told}");
        }
    }
}

#[test]
fn plot_writes_every_format_in_the_style_font_and_width_that_it_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let text = format!(
        "title = \"T\"\nquestion = \"Q\"\nsource = \"here\"\n{SWEPT}x = \"machine.cores\"\ny = \"run.wall_s\"\nseries = \"thread.hog.count\"\n"
    );
    std::fs::write(directory.path().join("hogs.toml"), text).unwrap();
    let run = |arguments: &[&str]| {
        let output = gilsim(directory.path(), arguments);
        (output.status.code(), texts(&output))
    };
    assert_eq!(run(&["run", "--no-plots", "hogs.toml"]).0, Some(0));
    let (code, (told, _)) = run(&["plot", "--format", "pdf,svg,png", "--style", "acm", "hogs.toml"]);
    assert_eq!((code, told.as_str()), (Some(0), "plots/hogs.pdf\nplots/hogs.svg\nplots/hogs.png\n"));
    let bytes = |ending: &str| std::fs::read(directory.path().join("plots/hogs").with_extension(ending)).unwrap();
    assert!(bytes("pdf").starts_with(b"%PDF-1") && bytes("png").starts_with(b"\x89PNG"));
    assert!(String::from_utf8(bytes("svg")).unwrap().contains("width=\"3.330in\""));
    let caption = String::from_utf8(bytes("txt")).unwrap();
    assert_eq!(caption, "T.\nQ\nSource: here.\nOne run a point (n = 1), no interval.\nSeed 1.\n");
    let font = root().join("assets/fonts/DejaVuSans.ttf");
    let arguments = ["plot", "--format", "svg", "--style", "slide", "--font", font.to_str().unwrap(), "hogs.toml"];
    assert_eq!(run(&arguments).0, Some(0));
    assert!(String::from_utf8(bytes("svg")).unwrap().contains("width=\"10.000in\""));
    for (arguments, told) in [
        (["--width", "0.1"], "a figure cannot be 0.1 inches wide; allowed are 1.5 to 40 inches"),
        (["--font", "hogs.toml"], "cannot use the font hogs.toml"),
        (["--format", "gif"], "png, svg, pdf"),
        (["--style", "acn"], "ieee, acm, slide, grey"),
    ] {
        let (code, (_, complaint)) = run(&[&["plot"], &arguments[..], &["hogs.toml"]].concat());
        assert_eq!(code, Some(2), "{arguments:?}");
        assert!(complaint.contains(told), "{complaint}");
    }
}

#[test]
fn a_figure_that_cannot_be_drawn_says_why() {
    let table = table();
    let told =
        |spec: &FigureSpec| figure::draw(spec, &table, Beside::default(), &Theme::default()).unwrap_err().to_string();
    let missing = FigureSpec { y: "rate_per_m".into(), ..over_threads(Plot::Line) };
    assert!(told(&missing).contains("did you mean `rate_per_s`?"), "{}", told(&missing));
    let ambiguous = FigureSpec { x: "rate_per_s".into(), series: None, ..over_threads(Plot::Cdf) };
    assert!(told(&ambiguous).contains("`lock`, `threads`"), "{}", told(&ambiguous));
    let eight = vec![("threads".into(), "8".into())];
    let rows: Vec<String> = (0..400).map(|k| format!("{k},0,finished,1,a,{k}")).collect();
    let many = Table::parse(&format!("n,replication,end,events,fingerprint,time_s\n{}\n", rows.join("\n"))).unwrap();
    let bars = FigureSpec::new(Plot::Bars, "n", "time_s");
    let error = figure::draw(&bars, &many, Beside::default(), &Theme::default()).unwrap_err().to_string();
    assert!(error.contains("`n` has 400 values") && error.contains("`where`"), "{error}");
    let words = FigureSpec { x: "lock".into(), series: None, filter: eight, ..over_threads(Plot::Line) };
    assert!(told(&words).contains("column `lock` has `fifo`"), "{}", told(&words));
}

/// All figures of the shipped experiments, drawn from the results in `data/`.
fn shipped_figures() -> Vec<(String, Drawing)> {
    let mut found = Vec::new();
    for path in shipped::experiments() {
        let plan = load(&path, &Overrides::default()).unwrap();
        if let Some(tune) = &plan.tune {
            let results = Results::read(tune, &DataDirectory(root().join("data")), &plan.stem).unwrap();
            for Figure { name, chart, .. } in results.figures() {
                let drawing = figure::draw_chart(&chart, &Theme::default()).unwrap();
                found.push((format!("{}-{name}", plan.stem), drawing));
            }
        }
        if plan.figures.is_empty() {
            continue;
        }
        let data = |ending: &str| Table::read(&root().join("data").join(format!("{}.{ending}", plan.stem))).unwrap();
        let (table, summary) = (data("runs.csv"), data("csv"));
        for spec in &plan.figures {
            let read = |source: &Option<Reference>| source.as_ref().map(|source| Table::read(&source.file).unwrap());
            let (reference, theory) = (read(&spec.reference), read(&spec.theory));
            let (reference, theory) = (reference.as_ref(), theory.as_ref());
            let beside = Beside { summary: Some(&summary), reference, theory };
            let drawing = figure::draw(spec, &table, beside, &Theme::default()).unwrap();
            found.push((figure_name(&plan.stem, spec), drawing));
        }
    }
    let rows = Table::read(&root().join("data/validation.csv")).unwrap();
    let drawing = figure::draw_chart(&picture::chart(&rows).unwrap(), &Theme::default()).unwrap();
    found.push(("validation".into(), drawing));
    found
}

#[test]
fn the_figures_in_plots_are_what_the_results_make_them_and_have_no_problems() {
    let mut wrong = Vec::new();
    for (name, drawing) in shipped_figures() {
        wrong.extend(check::problems(&drawing.layout).into_iter().map(|problem| format!("{name}: {problem}")));
        let file = |ending: &str| -> PathBuf { root().join("plots").join(format!("{name}.{ending}")) };
        let png = figure::png(&drawing.svg, &Font::embedded()).unwrap();
        let same = std::fs::read(file("png")).is_ok_and(|stored| stored == png)
            && std::fs::read(file("csv")).is_ok_and(|stored| stored == drawing.numbers_csv.as_bytes());
        if !same || !file("txt").exists() {
            wrong.push(format!("{name}: plots/ is out of date, draw again with `make figures`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
