//! The figures of a tuning, from its files alone: the response over a single number, the front, the tornado and the regret.

use serde_json::Value;

use super::report::{FAILED, path};
use crate::experiment::output::DataDirectory;
use crate::experiment::tune::{Constraint, Sense, Tune};
use crate::figure::chart::{Axis, Chart, Kind, Panel, Point, Series};
use crate::figure::spec::Better;
use crate::figure::table::values::label;
use crate::figure::{FigureError, Scale, Size, Table, front};

/// From this ratio of the largest to the smallest value on an axis is logarithmic.
const WIDE: f64 = 20.0;

/// A figure.
#[derive(Debug, Clone)]
pub struct Figure {
    /// What its name ends in.
    pub name: &'static str,
    /// What it shows, in a sentence.
    pub caption: String,
    /// The figure.
    pub chart: Chart,
}

/// What the files of a tuning say.
#[derive(Debug)]
pub struct Results<'t> {
    tune: &'t Tune,
    settings: Vec<Tried>,
    /// The settings on the front; none where there is one objective.
    front: Vec<Tried>,
    regret: Option<Table>,
    sensitivity: Option<Table>,
    /// Runs of the whole tuning.
    runs: Option<f64>,
}

/// The mean of an objective, and the ends of its interval.
type Objective = (f64, Option<(f64, f64)>);

/// A setting that was tried.
#[derive(Debug)]
struct Tried {
    /// The value of its first parameter, if that is a number.
    first: Option<f64>,
    role: String,
    /// The objectives, each with its interval.
    objectives: Vec<Objective>,
    /// Whether the means keep all constraints.
    keeps: bool,
}

impl Tried {
    /// Whether it is what is recommended, or the default; it may be both.
    fn is(&self, role: &str) -> bool {
        self.role.split('-').any(|part| part == role)
    }

    /// Whether it is on the front, recommended or the default.
    fn is_marked(&self) -> bool {
        ["front", "recommended", "default"].iter().any(|role| self.is(role))
    }

    /// A point at this x for an objective, with its interval.
    fn point(&self, x: f64, objective: usize) -> Point {
        let (mean, interval) = self.objectives[objective];
        Point::within(x, mean, interval)
    }
}

/// The number in a cell that is not empty.
fn number(table: &Table, row: &[String], column: &str) -> Option<f64> {
    row[table.column(column)?].parse().ok()
}

/// The settings of a table that have all objectives.
fn tried(tune: &Tune, table: &Table) -> Vec<Tried> {
    let columns = tune.space.columns();
    let objectives = |row: &[String]| -> Option<Vec<Objective>> {
        let objective = |name: &str| {
            let mean = number(table, row, name).filter(|mean| mean.is_finite())?;
            let end = |end: &str| number(table, row, &format!("{name} {end}"));
            Some((mean, end("low_95").zip(end("high_95"))))
        };
        tune.objectives.iter().map(|of| objective(&of.text)).collect()
    };
    let keeps = |row: &[String]| {
        let margin = |of: &Constraint| number(table, row, &format!("{} margin", of.text));
        tune.constraints.iter().all(|constraint| margin(constraint).is_some_and(|margin| margin >= 0.0))
    };
    let tried = |row: &Vec<String>| {
        Some(Tried {
            first: columns.first().and_then(|column| number(table, row, column)),
            role: table.column("role").map_or_else(String::new, |column| row[column].clone()),
            objectives: objectives(row)?,
            keeps: keeps(row),
        })
    };
    table.rows.iter().filter_map(tried).filter(|tried| tried.role != FAILED).collect()
}

impl<'t> Results<'t> {
    /// Reads the files of an experiment that has been tuned.
    ///
    /// # Errors
    /// There is no table of settings, or a file is no table.
    pub fn read(tune: &'t Tune, data: &DataDirectory, stem: &str) -> Result<Self, FigureError> {
        let maybe = |ending: &str| {
            let path = path(data, stem, ending);
            path.exists().then(|| Table::read(&path)).transpose()
        };
        let document = std::fs::read_to_string(path(data, stem, "tune.json")).unwrap_or_default();
        let document: Value = serde_json::from_str(&document).unwrap_or_default();
        let table = Table::read(&path(data, stem, "settings.csv"))?;
        for objective in &tune.objectives {
            table.require(&objective.text, "the table of settings")?;
        }
        let settings = tried(tune, &table);
        let front = maybe("front.csv")?.map_or_else(Vec::new, |table| tried(tune, &table));
        let (regret, sensitivity) = (maybe("regret.csv")?, maybe("sensitivity.csv")?);
        Ok(Self { tune, settings, front, regret, sensitivity, runs: document["runs"].as_f64() })
    }

    /// All figures that the tuning allows.
    pub fn figures(&self) -> Vec<Figure> {
        [self.response(), self.front(), self.tornado(), self.regrets()].into_iter().flatten().collect()
    }

    fn of_role(&self, role: &str) -> impl Iterator<Item = &Tried> {
        self.settings.iter().filter(move |tried| tried.is(role))
    }

    /// The objectives over the only parameter, if that is a number.
    fn response(&self) -> Option<Figure> {
        let space = &self.tune.space;
        if space.dimensions().len() != 1 || space.alternatives(0).is_some() {
            return None;
        }
        let scale = if space.is_logarithmic(0) { Scale::Log } else { Scale::Linear };
        let mut x = Axis::new(column_label(space.columns().first()?), scale);
        x.rules = self.of_role("recommended").chain(self.of_role("default")).filter_map(|tried| tried.first).collect();
        let mut chart = Chart::new(Kind::Line, x, self.objective_axis(0));
        let mut series = Vec::new();
        for (label, keeps) in [("tried", true), ("breaks a constraint", false)] {
            let of = self.settings.iter().filter(|tried| tried.keeps == keeps);
            let mut points: Vec<Point> = of.filter_map(|tried| Some(tried.point(tried.first?, 0))).collect();
            points.sort_by(|a, b| a.x.total_cmp(&b.x));
            if !points.is_empty() {
                series.push(Series::new(label, points));
            }
        }
        chart.panels.push(Panel { series, ..Panel::default() });
        let caption = "Every setting that was tried, with 95 % intervals over its replications; dashed: the recommended setting and \
                       the default.";
        Some(Figure { name: "response", caption: caption.into(), chart })
    }

    /// The axis of an objective.
    fn objective_axis(&self, index: usize) -> Axis {
        let means = self.settings.iter().map(|tried| tried.objectives[index].0);
        let (low, high) = means.fold((f64::INFINITY, 0.0_f64), |(low, high), mean| (mean.min(low), mean.max(high)));
        let scale = if low > 0.0 && high > WIDE * low { Scale::Log } else { Scale::Linear };
        Axis::new(column_label(&self.tune.objectives[index].text), scale)
    }

    /// The first two objectives of all settings, and the front.
    fn front(&self) -> Option<Figure> {
        let [first, second, ..] = self.tune.objectives.as_slice() else { return None };
        if self.front.is_empty() {
            return None;
        }
        let mut chart = Chart::new(Kind::Scatter, self.objective_axis(0), self.objective_axis(1));
        let point = |tried: &Tried| tried.point(tried.objectives[0].0, 1);
        let bare = |tried: &Tried| Point { interval: None, ..point(tried) };
        let series = [
            Series::new("tried", self.settings.iter().filter(|tried| !tried.is_marked()).map(bare).collect()),
            Series::new("front", self.of_role("front").map(point).collect()),
            Series::new("recommended", self.of_role("recommended").map(point).collect()),
            Series::new("default", self.of_role("default").map(point).collect()),
        ];
        let better = [first, second].map(|objective| match objective.sense {
            Sense::Maximise => Better::High,
            Sense::Minimise => Better::Low,
        });
        let members: Vec<Point> = self.front.iter().map(bare).collect();
        let line = front::front(&members, better.into());
        let series = series.into_iter().filter(|series| !series.points.is_empty()).collect();
        chart.panels.push(Panel { series, curves: vec![Series::new("", line)], ..Panel::default() });
        let caption = "The first two objectives of every setting that was tried; front: those of which no other is better in all \
                       objectives; the line bounds what these reach.";
        Some(Figure { name: "front", caption: caption.into(), chart })
    }

    /// How far the first objective moves with each parameter, the widest on top, and the Sobol indices beside it.
    fn tornado(&self) -> Option<Figure> {
        let (table, objective) = (self.sensitivity.as_ref()?, &self.tune.objectives.first()?.text);
        let (of, parameter) = (table.column("objective")?, table.column("parameter")?);
        let swing = |row: &[String]| Some((number(table, row, "swing_low")?, number(table, row, "swing_high")?));
        let rows = table.rows.iter().filter(|row| row[of] == *objective);
        let mut bars: Vec<(&Vec<String>, (f64, f64))> = rows.filter_map(|row| Some((row, swing(row)?))).collect();
        bars.retain(|(_, (low, high))| high > low);
        if bars.is_empty() {
            return None;
        }
        // The first row is the lowest.
        let width = |&(_, (low, high)): &(&Vec<String>, (f64, f64))| high - low;
        bars.sort_by(|a, b| width(a).total_cmp(&width(b)));
        let name = |(row, _): &(&Vec<String>, (f64, f64))| match number(table, row, "sobol_total") {
            Some(total) => format!("{}: {:.0} %", row[parameter], (100.0 * total).clamp(0.0, 100.0)),
            None => row[parameter].clone(),
        };
        let categories = bars.iter().map(name).collect();
        let mut x = Axis::new(column_label(objective), Scale::Linear);
        x.rules = self.of_role("recommended").map(|tried| tried.objectives[0].0).collect();
        let mut chart = Chart::new(Kind::Spans, x, Axis::of_categories("", categories));
        let bar = |(row, (_, (low, high))): (usize, &(&Vec<String>, (f64, f64)))| Point {
            x: *high,
            y: row as f64,
            base: Some(*low),
            ..Point::default()
        };
        let points = bars.iter().enumerate().map(bar).collect();
        chart.panels.push(Panel { series: vec![Series::new("", points)], ..Panel::default() });
        chart.size = Size::Double;
        chart.height = Some(0.9 + 0.3 * bars.len() as f64);
        let caption = "The range of the first objective as one parameter moves over its range or its alternatives and the others \
                       stay as recommended (dashed). Per cent: the parameter's total Sobol index over the whole space.";
        Some(Figure { name: "tornado", caption: caption.into(), chart })
    }

    /// What the best so far lacked of the recommended setting.
    fn regrets(&self) -> Option<Figure> {
        let table = self.regret.as_ref()?;
        let point = |row: &Vec<String>| {
            Some(Point::new(number(table, row, "runs")?, 100.0 * number(table, row, "relative_regret")?))
        };
        let mut points: Vec<Point> = table.rows.iter().filter_map(point).collect();
        if points.len() < 2 {
            return None;
        }
        points.extend(points.last().zip(self.runs).map(|(last, runs)| Point::new(runs, last.y)));
        let y = Axis::new("Regret (%)", Scale::Linear);
        let mut chart = Chart::new(Kind::Steps, Axis::new("Runs", Scale::Linear), y);
        chart.panels.push(Panel { series: vec![Series::new("", points)], ..Panel::default() });
        let caption = "What the best setting so far lacks of the recommended one, by what is known of both in the end.";
        Some(Figure { name: "regret", caption: caption.into(), chart })
    }
}

/// What an axis calls a column, with its unit; an expression stands as it is written.
fn column_label(text: &str) -> String {
    let is_column = text.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_'));
    if is_column { label(text, 1.0) } else { text.to_owned() }
}
