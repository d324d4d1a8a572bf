//! The figures of a tuning: the response over a single number, the front, the tornado and the regret.

use super::Stage;
use super::answer::Answer;
use super::evaluator::{Evaluator, Trial};
use super::report::{regret, values};
use crate::experiment::sweep::ParamValue;
use crate::figure::chart::{Axis, Chart, Kind, Panel, Point, Series};
use crate::figure::{Scale, Size};
use crate::statistics::interval::Estimate;

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

/// All figures that the tuning allows.
pub fn figures(evaluator: &Evaluator, answer: &Answer) -> Vec<Figure> {
    [response(evaluator, answer), front(evaluator, answer), tornado(evaluator, answer), regrets(evaluator, answer)]
        .into_iter()
        .flatten()
        .collect()
}

/// The objectives over the only parameter, if that is a number.
fn response(evaluator: &Evaluator, answer: &Answer) -> Option<Figure> {
    let tune = evaluator.study.tune;
    let space = &tune.space;
    if space.dimensions().len() != 1 || space.alternatives(0).is_some() {
        return None;
    }
    let place = |trial: &Trial| match values(evaluator, &trial.setting).first()? {
        ParamValue::Time(nanos) => Some(*nanos as f64 / 1e9),
        ParamValue::Integer(value) => Some(*value as f64),
        ParamValue::Number(value) => Some(*value),
        ParamValue::Flag(_) | ParamValue::Text(_) => None,
    };
    let scale = if space.is_logarithmic(0) { Scale::Log } else { Scale::Linear };
    let mut x = Axis::new(space.columns().first()?.replace("_s", " (s)"), scale);
    x.rules = [answer.found.best, answer.default].iter().filter_map(|&trial| place(&evaluator.trials[trial])).collect();
    let mut chart = Chart::new(Kind::Line, x, objective_axis(evaluator, 0));
    let tried = evaluator.trials.iter().filter(|trial| trial.is_valid() && trial.stage != Stage::Sensitivity);
    let tried: Vec<&Trial> = tried.collect();
    let point = |trial: &&Trial| Some(at(place(trial)?, trial.objective(0)));
    let mut series = Vec::new();
    let (kept, broken): (Vec<&Trial>, Vec<&Trial>) = tried.into_iter().partition(|trial| trial.keeps());
    for (label, trials) in [("tried", kept), ("breaks a constraint", broken)] {
        let mut points: Vec<Point> = trials.iter().filter_map(point).collect();
        points.sort_by(|a, b| a.x.total_cmp(&b.x));
        if !points.is_empty() {
            series.push(Series::new(label, points));
        }
    }
    chart.panels.push(Panel { series, ..Panel::default() });
    let caption = "Every setting that was tried, with 95 % intervals over its replications; dashed: the recommended setting and the \
                   default.";
    Some(Figure { name: "response", caption: caption.into(), chart })
}

fn at(x: f64, estimate: Estimate) -> Point {
    estimate.half_width.map_or(Point::new(x, estimate.mean), |half| Point::within(x, estimate.mean, half))
}

/// The axis of an objective.
fn objective_axis(evaluator: &Evaluator, index: usize) -> Axis {
    let tried = evaluator.trials.iter().filter(|trial| trial.stage != Stage::Sensitivity && trial.is_valid());
    let means = tried.map(|trial| trial.objective(index).mean);
    let (low, high) = means.fold((f64::INFINITY, 0.0_f64), |(low, high), mean| (mean.min(low), mean.max(high)));
    let scale = if low > 0.0 && high > WIDE * low { Scale::Log } else { Scale::Linear };
    Axis::new(evaluator.study.tune.objectives[index].text.clone(), scale)
}

/// The first two objectives of all settings, and the front.
fn front(evaluator: &Evaluator, answer: &Answer) -> Option<Figure> {
    if answer.found.front.is_empty() {
        return None;
    }
    let mut chart = Chart::new(Kind::Scatter, objective_axis(evaluator, 0), objective_axis(evaluator, 1));
    let point = |trial: usize| {
        let trial = &evaluator.trials[trial];
        at(trial.objective(0).mean, trial.objective(1))
    };
    let is_special =
        |trial: usize| trial == answer.default || trial == answer.found.best || answer.found.front.contains(&trial);
    let others = (0..evaluator.trials.len()).filter(|&trial| {
        let of = &evaluator.trials[trial];
        of.is_valid() && of.stage != Stage::Sensitivity && !is_special(trial)
    });
    let on_front = answer.found.front.iter().copied().filter(|&trial| trial != answer.found.best);
    let bare = |trial: usize| Point { interval: None, ..point(trial) };
    let series = [
        Series::new("tried", others.map(bare).collect()),
        Series::new("front", on_front.map(point).collect()),
        Series::new("recommended", vec![point(answer.found.best)]),
        Series::new("default", vec![point(answer.default)]),
    ];
    let line = answer.found.front.iter().map(|&trial| bare(trial)).collect();
    let series = series.into_iter().filter(|series| !series.points.is_empty()).collect();
    chart.panels.push(Panel { series, curves: vec![Series::new("", line)], ..Panel::default() });
    let caption = "The first two objectives of every setting that was tried; the line joins those of which no other is better in all \
                   objectives.";
    Some(Figure { name: "front", caption: caption.into(), chart })
}

/// How far the first objective moves with each parameter, the widest on top, and the Sobol indices beside it.
fn tornado(evaluator: &Evaluator, answer: &Answer) -> Option<Figure> {
    let tune = evaluator.study.tune;
    let mut influences: Vec<_> = answer.influences.iter().filter(|influence| influence.objective == 0).collect();
    let width = |(low, high): (f64, f64)| if high >= low { high - low } else { 0.0 };
    influences.retain(|influence| width(influence.swing) > 0.0);
    if influences.is_empty() {
        return None;
    }
    // The first row is the lowest.
    influences.sort_by(|a, b| width(a.swing).total_cmp(&width(b.swing)));
    let share = |value: f64| format!("{:.0} %", (100.0 * value).clamp(0.0, 100.0));
    let name = |influence: &&super::sensitivity::Influence| {
        let name = &tune.space.dimensions()[influence.dimension].name;
        let total = influence.total.value;
        if total.is_nan() { name.clone() } else { format!("{name}: {}", share(total)) }
    };
    let categories = influences.iter().map(name).collect();
    let mut x = Axis::new(tune.objectives[0].text.clone(), Scale::Linear);
    x.rules = vec![evaluator.trials[answer.found.best].objective(0).mean];
    let mut chart = Chart::new(Kind::Spans, x, Axis::of_categories("", categories));
    let bar = |(row, influence): (usize, &&super::sensitivity::Influence)| Point {
        x: influence.swing.1,
        y: row as f64,
        base: Some(influence.swing.0),
        ..Point::default()
    };
    let points = influences.iter().enumerate().map(bar).collect();
    chart.panels.push(Panel { series: vec![Series::new("", points)], ..Panel::default() });
    chart.size = Size::Double;
    chart.height = Some(0.9 + 0.3 * influences.len() as f64);
    let caption = "The range of the first objective as one parameter moves over its range or its alternatives and the others stay \
                   as recommended (dashed). Per cent: the parameter's total Sobol index over the whole space.";
    Some(Figure { name: "tornado", caption: caption.into(), chart })
}

/// What the best so far lacked of the recommended setting.
fn regrets(evaluator: &Evaluator, answer: &Answer) -> Option<Figure> {
    let scale = evaluator.scoring.as_ref()?.mean(&evaluator.trials[answer.found.best]).abs();
    let changes = regret(evaluator, answer);
    if evaluator.history.is_empty() || changes.len() < 2 {
        return None;
    }
    let y = Axis::new("Regret (%)", Scale::Linear);
    let mut chart = Chart::new(Kind::Steps, Axis::new("Runs", Scale::Linear), y);
    let mut points: Vec<Point> =
        changes.iter().map(|(runs, _, lack)| Point::new(*runs as f64, 100.0 * lack / scale)).collect();
    if let Some(last) = points.last().copied() {
        points.push(Point::new(evaluator.spent as f64, last.y));
    }
    chart.panels.push(Panel { series: vec![Series::new("", points)], ..Panel::default() });
    let caption = "What the best setting so far lacks of the recommended one, by what is known of both in the end.";
    Some(Figure { name: "regret", caption: caption.into(), chart })
}
