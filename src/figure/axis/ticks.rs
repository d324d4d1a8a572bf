//! Which values of an axis get a tick, and what stands beside it.
//!
//! Labels never touch: a coarser step is taken, or labels are left out evenly from the first on. A log axis has a tick
//! at every decade in its range, the first included, and minor ticks at 2 to 9.

use crate::figure::axis::span::{Side, Span};
use crate::figure::canvas::font::Font;
use crate::figure::chart::Scale;
use crate::figure::look::style::{PT, SMALL};

/// A major tick.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Where it is.
    pub value: f64,
    /// What stands beside it; empty when there is no room.
    pub label: String,
}

/// The ticks of an axis.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ticks {
    /// Long ticks with labels.
    pub major: Vec<Tick>,
    /// Short ticks.
    pub minor: Vec<f64>,
}

/// Minor ticks closer than this are a grey smear.
const MINOR_ROOM: f64 = 0.7 * PT;

/// Slack for values that rounding has put just outside a range, in units of what is counted.
const SLACK: f64 = 1e-9;

/// What ticks are put along.
#[derive(Debug, Clone, Copy)]
pub struct Ruler<'f> {
    /// Which way it lies.
    pub side: Side,
    /// Its length in canvas units.
    pub length: f64,
    /// The font of the labels.
    pub font: &'f Font,
}

impl Ruler<'_> {
    /// Room that a label takes along the axis.
    fn extent(&self, label: &str) -> f64 {
        match self.side {
            Side::X => self.font.width(label, SMALL) + 3.5 * PT,
            Side::Y => SMALL * 1.15,
        }
    }

    /// The most major ticks on a linear axis; more would be hard to read.
    fn most(&self) -> u32 {
        match self.side {
            Side::X => 8,
            Side::Y => 7,
        }
    }
}

/// The ticks of a numeric axis.
pub fn numeric(span: &Span, ruler: &Ruler) -> Ticks {
    match span.scale {
        Scale::Log if span.binary => thinned(binary(span), span, ruler),
        Scale::Log => log(span, ruler),
        _ => linear(span, ruler),
    }
}

/// The ticks of an axis of categories, whose names are no longer than `longest`.
pub fn named(span: &Span, names: &[String], longest: f64, ruler: &Ruler) -> Ticks {
    let tick = |(index, name): (usize, &String)| Tick {
        value: index as f64,
        label: ruler.font.shortened(name, SMALL, longest),
    };
    thinned(Ticks { major: names.iter().enumerate().map(tick).collect(), minor: Vec::new() }, span, ruler)
}

fn fits(major: &[Tick], span: &Span, ruler: &Ruler) -> bool {
    let mut last_end = f64::NEG_INFINITY;
    major.iter().filter(|tick| !tick.label.is_empty()).all(|tick| {
        let (middle, half) = (span.fraction(tick.value) * ruler.length, ruler.extent(&tick.label) / 2.0);
        let free = middle - half >= last_end;
        last_end = middle + half;
        free
    })
}

/// Leaves out labels evenly until the rest fits; the first stays.
fn thinned(ticks: Ticks, span: &Span, ruler: &Ruler) -> Ticks {
    let keep = |every: usize| {
        let label = |(index, tick): (usize, &Tick)| {
            let label = if index.is_multiple_of(every) { tick.label.clone() } else { String::new() };
            Tick { value: tick.value, label }
        };
        ticks.major.iter().enumerate().map(label).collect::<Vec<_>>()
    };
    let major = (1..=ticks.major.len().max(1)).map(keep).find(|major| fits(major, span, ruler));
    Ticks { major: major.unwrap_or_default(), minor: ticks.minor }
}

fn linear(span: &Span, ruler: &Ruler) -> Ticks {
    let width = span.high - span.low;
    let mut coarsest = Ticks::default();
    for target in (1..=ruler.most()).rev() {
        let least = width / f64::from(target);
        let step = match nice_step(least) {
            // Cores and threads go by fours rather than by fives.
            _ if span.whole && (2.0..=4.0).contains(&least) => 4.0,
            step if span.whole => step.max(1.0),
            step => step,
        };
        let values = multiples(span, step);
        let labels = linear_labels(&values, step);
        let major: Vec<Tick> = values.into_iter().zip(labels).map(|(value, label)| Tick { value, label }).collect();
        let done = fits(&major, span, ruler);
        coarsest = Ticks { major, minor: linear_minor(span, step, ruler.length) };
        if done {
            return coarsest;
        }
    }
    thinned(coarsest, span, ruler)
}

fn linear_minor(span: &Span, step: f64, length: f64) -> Vec<f64> {
    let even = (mantissa(step).rem_euclid(2.0)).abs() < 0.1;
    let minor = step / if even { 4.0 } else { 5.0 };
    let room = minor / (span.high - span.low) * length;
    if room < 2.0 * MINOR_ROOM || (span.whole && minor < 1.0) { Vec::new() } else { multiples(span, minor) }
}

/// The least of 1, 2 and 5 times a power of ten that is not below `least`.
fn nice_step(least: f64) -> f64 {
    let decade = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0].into_iter().map(|m| m * decade).find(|&step| step >= least * (1.0 - SLACK)).unwrap_or(10.0 * decade)
}

fn mantissa(value: f64) -> f64 {
    value / 10_f64.powf((value.log10() + SLACK).floor())
}

fn multiples(span: &Span, step: f64) -> Vec<f64> {
    let (first, last) = ((span.low / step - SLACK).ceil(), (span.high / step + SLACK).floor());
    let count = (last - first).clamp(-1.0, 999.0) as i32;
    (0..=count).map(|k| (first + f64::from(k)) * step).collect()
}

fn linear_labels(values: &[f64], step: f64) -> Vec<String> {
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let step_exponent = (step.log10() + SLACK).floor() as i32;
    if largest < 1e6 && step_exponent >= -4 {
        let decimals = (-step_exponent).max(0) as usize;
        return values.iter().map(|&value| fixed(value, decimals, step)).collect();
    }
    let exponent = if largest > 0.0 { (largest.log10() + SLACK).floor() as i32 } else { 0 };
    let decimals = (exponent - step_exponent).clamp(0, 12) as usize;
    let unit = 10_f64.powi(exponent);
    let label = |&value: &f64| {
        if value.abs() < step / 2.0 {
            "0".to_owned()
        } else {
            format!("{}×{}", fixed(value / unit, decimals, step / unit), power_of_ten(exponent))
        }
    };
    values.iter().map(label).collect()
}

/// A number of three significant digits, with a power of ten where it is very large or small.
pub fn compact(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    // Rounded first: 9.996 has one digit more before the point than after it.
    let rounded: f64 = format!("{value:.2e}").parse().unwrap_or(value);
    let exponent = (rounded.abs().log10() + SLACK).floor() as i32;
    if (-3..6).contains(&exponent) {
        return format!("{rounded:.0$}", (2 - exponent).max(0) as usize).replace('-', "−");
    }
    format!("{:.2}×{}", rounded / 10_f64.powi(exponent), power_of_ten(exponent)).replace('-', "−")
}

/// The number with so many decimals, a true minus sign and no negative zero.
fn fixed(value: f64, decimals: usize, step: f64) -> String {
    let value = if value.abs() < step / 2.0 { 0.0 } else { value };
    format!("{value:.decimals$}").replace('-', "−")
}

fn power_of_ten(exponent: i32) -> String {
    let superscript = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32(u32::from('⁰') + digit.to_digit(10).unwrap_or(0)).unwrap_or(digit),
    };
    format!("10{}", exponent.to_string().chars().map(superscript).collect::<String>())
}

fn log(span: &Span, ruler: &Ruler) -> Ticks {
    let first = (span.low.log10() - SLACK).ceil() as i32;
    let last = (span.high.log10() + SLACK).floor() as i32;
    let plain = first >= -3 && last <= 4;
    let label = |digit: i32, exponent: i32| match (plain, digit) {
        (true, _) => fixed(f64::from(digit) * 10_f64.powi(exponent), (-exponent).max(0) as usize, 0.0),
        (false, 1) => power_of_ten(exponent),
        (false, _) => format!("{digit}×{}", power_of_ten(exponent)),
    };
    let at = |digits: &[i32]| -> Vec<(i32, i32)> {
        let all = (first - 1..=last).flat_map(|exponent| digits.iter().map(move |&digit| (digit, exponent)));
        all.filter(|&(digit, exponent)| within(span, value_of(digit, exponent))).collect()
    };
    let sets: [&[i32]; 3] = [&[1], &[1, 2, 5], &[1, 2, 3, 4, 5, 6, 7, 8, 9]];
    let enough = |digits: &&&[i32]| at(digits).len() >= 3;
    let Some(digits) = sets.iter().find(enough) else {
        // Less than a third of a decade: log and linear ticks are much the same.
        return linear(span, ruler);
    };
    let major = at(digits).into_iter().map(|(d, e)| Tick { value: value_of(d, e), label: label(d, e) }).collect();
    let decade = ruler.length / (span.high / span.low).log10();
    // The narrowest gap between minor ticks is that from 9 to 10.
    let minor = if decade * 0.0457 < MINOR_ROOM * 0.6 { Vec::new() } else { at(sets[2]) };
    let minor = minor.into_iter().map(|(d, e)| value_of(d, e)).collect();
    thinned(Ticks { major, minor }, span, ruler)
}

fn value_of(digit: i32, exponent: i32) -> f64 {
    f64::from(digit) * 10_f64.powi(exponent)
}

fn within(span: &Span, value: f64) -> bool {
    (-SLACK..=1.0 + SLACK).contains(&span.fraction(value))
}

fn binary(span: &Span) -> Ticks {
    let values = (0..=20).map(|exponent| f64::from(1 << exponent)).filter(|&value| within(span, value));
    Ticks { major: values.map(|value| Tick { value, label: format!("{value}") }).collect(), minor: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: Scale, low: f64, high: f64) -> Vec<String> {
        let span = Span { scale, low, high, whole: false, binary: false };
        let font = Font::embedded();
        numeric(&span, &Ruler { side: Side::X, length: 3000.0, font: &font })
            .major
            .into_iter()
            .map(|tick| tick.label)
            .filter(|l| !l.is_empty())
            .collect()
    }

    #[test]
    fn the_first_decade_of_a_log_axis_has_its_label() {
        assert_eq!(labels(Scale::Log, 1e-4, 1.0), ["10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰"]);
        assert_eq!(labels(Scale::Log, 0.1, 100.0), ["0.1", "1", "10", "100"]);
    }

    #[test]
    fn a_log_axis_within_a_decade_has_labels() {
        assert_eq!(labels(Scale::Log, 1.5, 9.0), ["2", "3", "4", "5", "6", "7", "8", "9"]);
        assert!(labels(Scale::Log, 6.1, 6.9).len() >= 3);
    }

    #[test]
    fn steps_are_one_two_or_five() {
        assert_eq!(labels(Scale::Linear, 0.0, 1.05), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(Scale::Linear, -1.0, 1.0), ["−1.0", "−0.5", "0.0", "0.5", "1.0"]);
    }

    #[test]
    fn large_numbers_have_powers_of_ten() {
        assert_eq!(labels(Scale::Linear, 0.0, 4.2e6), ["0", "1×10⁶", "2×10⁶", "3×10⁶", "4×10⁶"]);
    }

    #[test]
    fn values_have_three_digits() {
        let shown = [0.0, 9.996, 0.012_345, -123.4, 45678.0, 1.5e9].map(compact);
        assert_eq!(shown, ["0", "10.0", "0.0123", "−123", "45700", "1.50×10⁹"]);
    }

    #[test]
    fn twelve_decades_on_a_narrow_axis_keep_the_first_label() {
        let span = Span { scale: Scale::Log, low: 1e-9, high: 1e3, whole: false, binary: false };
        let font = Font::embedded();
        let ticks = numeric(&span, &Ruler { side: Side::X, length: 1200.0, font: &font });
        assert_eq!(ticks.major.len(), 13);
        assert_eq!(ticks.major[0].label, "10⁻⁹");
        assert!(ticks.major[1].label.is_empty());
    }
}
