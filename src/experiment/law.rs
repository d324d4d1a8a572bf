//! Laws of durations: `"5ms"`, `"exp(20us)"`, `"lognormal(5ms, 0.5)"`, `"empirical(pings.csv, latency_s)"`,
//! `"quantiles(0: 2us, 0.5: 3us, 1: 9us)"`.

use std::ops::Range;
use std::sync::Arc;

use super::diagnostic::Checked;
use super::duration;
use super::files::Files;
use super::node::{Node, TextError};
use super::tree::Value;
use crate::kernel::Nanos;
use crate::kernel::law::{Law, Quantile};

/// What a key that wants a law says.
pub const WANTED: &str = "a duration such as \"5ms\", or a law such as \"exp(5ms)\"";

/// The laws and their arguments.
const LAWS: [(&str, &[&str]); 9] = [
    ("exp", &["mean"]),
    ("uniform", &["shortest", "longest"]),
    ("normal", &["mean", "standard deviation"]),
    ("lognormal", &["median", "sigma"]),
    ("gamma", &["shape", "mean"]),
    ("weibull", &["shape", "scale"]),
    ("pareto", &["shape", "minimum"]),
    ("empirical", &["file", "column"]),
    ("quantiles", &["0: shortest", "0.5: median", "1: longest"]),
];

/// A word of a text and the bytes at which it stands.
#[derive(Debug, Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    start: usize,
}

/// Reads a law; a plain duration is the constant law.
pub fn read(node: &Node, files: &Files) -> Checked<Law> {
    match &node.item.value {
        Value::Integer(0) => Ok(Law::ZERO),
        Value::Text(text) => {
            let law = parse(text, |file, column| sample(node, files, file, column));
            let law = law.map_err(|error| match error {
                Failure::Text(error) => node.text_error(error),
                Failure::Sample(error) => error,
            })?;
            law.sampler().map_err(|message| node.error(format!("`{}`: {message}", node.key), "not a law"))?;
            Ok(law)
        }
        _ => Err(node.wants(WANTED)),
    }
}

/// Reads the constant law of so many times a duration, which may itself be a fraction of a nanosecond.
pub fn multiple(node: &Node, times: &Node) -> Checked<Law> {
    match &node.item.value {
        Value::Text(text) if text.contains('(') => {
            let message = format!("`{}`: only a constant duration can be multiplied", node.key);
            let error = node.error(message, "a random law").also(times.place(), "multiplied here");
            return Err(error.help("put the step into a `repeat`"));
        }
        Value::Text(_) | Value::Integer(0) => {}
        _ => return Err(node.wants(WANTED)),
    }
    let count = times.integer(0..=i64::MAX)? as u64;
    let picoseconds = duration::read_picoseconds(node)?;
    match duration::multiple(picoseconds, count) {
        Some(nanos) => Ok(Law::Constant(nanos)),
        None => Err(times.error("the product is longer than 31 years", format!("times {}", node.place().text()))),
    }
}

/// Why a law cannot be read; `E` is what reading a sample may say.
#[derive(Debug)]
enum Failure<E> {
    Text(TextError),
    Sample(E),
}

impl<E> From<TextError> for Failure<E> {
    fn from(error: TextError) -> Self {
        Self::Text(error)
    }
}

/// Reads a law, with `sample` to read the file and column of an empirical one.
fn parse<E>(text: &str, sample: impl FnOnce(Word, Word) -> Result<Arc<[Nanos]>, E>) -> Result<Law, Failure<E>> {
    let Some(open) = text.find('(') else {
        return Ok(Law::Constant(duration::parse(text).map_err(|error| unknown_word(text, error))?));
    };
    let name = Word { text: &text[..open], start: 0 }.trim();
    let arguments = arguments(text, open)?;
    let Some((_, wanted)) = LAWS.iter().find(|(law, _)| *law == name.text) else {
        return Err(unknown_law(name).into());
    };
    let &[first, ref rest @ ..] = arguments.as_slice() else { return Err(count_error(text, name, wanted).into()) };
    let law = match (name.text, rest) {
        ("exp", []) => Law::Exponential { mean: first.positive_time()? },
        ("uniform", &[second]) => uniform(first, second)?,
        ("normal", &[second]) => Law::Normal { mean: first.time()? as f64, sd: second.time()? as f64 },
        ("lognormal", &[second]) => Law::LogNormal { median: first.positive_time()?, sigma: second.number(0.0)? },
        ("gamma", &[second]) => Law::Gamma { shape: first.positive()?, mean: second.positive_time()? },
        ("weibull", &[second]) => Law::Weibull { shape: first.positive()?, scale: second.positive_time()? },
        ("pareto", &[second]) => Law::Pareto { shape: first.positive()?, minimum: second.positive_time()? },
        ("quantiles", _) => quantiles(&arguments)?,
        ("empirical", &[second]) => Law::Empirical(sample(first, second).map_err(Failure::Sample)?),
        _ => return Err(count_error(text, name, wanted).into()),
    };
    Ok(law)
}

/// The comma-separated words between the parenthesis at `open` and the one that ends the text.
fn arguments(text: &str, open: usize) -> Result<Vec<Word<'_>>, TextError> {
    let trimmed = text.trim_end();
    if !trimmed.ends_with(')') {
        return Err(error(open..text.len(), "the parenthesis is not closed at the end"));
    }
    let inner = &trimmed[open + 1..trimmed.len() - 1];
    let mut start = open + 1;
    let mut words = Vec::new();
    for part in inner.split(',') {
        words.push(Word { text: part, start }.trim());
        start += part.len() + 1;
    }
    Ok(words)
}

fn uniform(low: Word, high: Word) -> Result<Law, TextError> {
    let law = Law::Uniform { low: low.time()?, high: high.time()? };
    match law {
        Law::Uniform { low: l, high: h } if l > h => {
            Err(error(low.start..high.range().end, "the shortest duration is longer than the longest"))
        }
        law => Ok(law),
    }
}

/// Reads `share: duration` pairs; both go up, the shares from 0 to 1.
fn quantiles(words: &[Word]) -> Result<Law, TextError> {
    let points = words.iter().map(|word| word.quantile()).collect::<Result<Vec<_>, _>>()?;
    for (pair, place) in points.windows(2).zip(&words[1..]) {
        if pair[0].share >= pair[1].share {
            return Err(error(place.range(), "the shares must go up"));
        }
        if pair[0].value > pair[1].value {
            return Err(error(place.range(), "this duration is shorter than the one before"));
        }
    }
    for (point, place, end) in [(points.first(), words.first(), 0.0), (points.last(), words.last(), 1.0)] {
        if let (Some(point), Some(place)) = (point, place)
            && point.share != end
        {
            let message = format!("the quantiles must go from share 0 to share 1; here is {}", point.share);
            return Err(error(place.range(), &message));
        }
    }
    match points.as_slice() {
        [_] => Err(error(words[0].range(), "one quantile is no law")),
        _ => Ok(Law::Quantiles(points.into())),
    }
}

impl<'a> Word<'a> {
    /// A share, a colon and a duration.
    fn quantile(self) -> Result<Quantile, TextError> {
        let Some((share, _)) = self.text.split_once(':') else {
            let message = format!("{:?} is not a share and a duration, such as \"0.5: 3us\"", self.text);
            return Err(error(self.range(), &message));
        };
        let part = |from: usize, to: usize| Word { text: &self.text[from..to], start: self.start + from }.trim();
        let value = part(share.len() + 1, self.text.len()).time()?;
        let word: Word<'a> = part(0, share.len());
        match word.text.parse::<f64>() {
            Ok(share) if (0.0..=1.0).contains(&share) => Ok(Quantile { share, value }),
            _ => Err(error(word.range(), &format!("{:?} is not a share from 0 to 1", word.text))),
        }
    }

    fn trim(self) -> Self {
        let start = self.start + self.text.len() - self.text.trim_start().len();
        Self { text: self.text.trim(), start }
    }

    fn range(self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    fn time(self) -> Result<Nanos, TextError> {
        duration::parse(self.text)
            .map_err(|error| TextError { range: error.range.start + self.start..error.range.end + self.start, ..error })
    }

    fn positive_time(self) -> Result<f64, TextError> {
        match self.time()? {
            0 => Err(error(self.range(), "this duration must be above zero")),
            time => Ok(time as f64),
        }
    }

    fn number(self, minimum: f64) -> Result<f64, TextError> {
        match self.text.parse::<f64>() {
            Ok(value) if value.is_finite() && value >= minimum => Ok(value),
            _ => Err(error(self.range(), &format!("{:?} is not a number of at least {minimum}", self.text))),
        }
    }

    fn positive(self) -> Result<f64, TextError> {
        match self.text.parse::<f64>() {
            Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
            _ => Err(error(self.range(), &format!("{:?} is not a number above zero", self.text))),
        }
    }
}

fn error(range: Range<usize>, message: &str) -> TextError {
    TextError { range, message: message.into(), help: None }
}

/// A text without parenthesis that is no duration: perhaps the bare name of a law.
fn unknown_word(text: &str, error: TextError) -> TextError {
    let laws = LAWS.map(|(law, _)| law);
    match super::diagnostic::nearest(text.trim(), &laws) {
        Some(law) => TextError { help: Some(format!("write the law with its arguments: {}", usage(law))), ..error },
        None => TextError { help: Some(format!("write {WANTED}")), ..error },
    }
}

fn unknown_law(name: Word) -> TextError {
    let laws = LAWS.map(|(law, _)| law);
    let help = match super::diagnostic::nearest(name.text, &laws) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the laws are {}", laws.join(", ")),
    };
    TextError { range: name.range(), message: format!("unknown law `{}`", name.text), help: Some(help) }
}

fn count_error(text: &str, name: Word, wanted: &[&str]) -> TextError {
    TextError {
        range: 0..text.len(),
        message: format!("`{}` wants {}", name.text, wanted.join(" and ")),
        help: Some(format!("write {}", usage(name.text))),
    }
}

fn usage(law: &str) -> String {
    let wanted = LAWS.iter().find(|(name, _)| *name == law).map_or("…".into(), |(_, wanted)| wanted.join(", "));
    format!("{law}({wanted})")
}

/// Reads the durations of a column of a CSV file; the end of the column's name is their unit.
fn sample(node: &Node, files: &Files, file: Word, column: Word) -> Checked<Arc<[Nanos]>> {
    let fail = |word: Word, message: String| node.text_error(error(word.range(), &message));
    let units = [("_ns", 1.0), ("_us", 1e3), ("_ms", 1e6), ("_s", 1e9)];
    let Some((_, scale)) = units.iter().find(|(ending, _)| column.text.ends_with(ending)) else {
        let message = format!("the name of the column `{}` does not end in _s, _ms, _us or _ns", column.text);
        return Err(fail(column, message));
    };
    files.sample((file.text, column.text), || {
        let text = files.text(node, file.text)?;
        let mut reader = csv::Reader::from_reader(text.text.as_bytes());
        let broken = |error: csv::Error| fail(file, format!("`{}`: {error}", file.text));
        let headers = reader.headers().map_err(broken)?.clone();
        let Some(index) = headers.iter().position(|header| header == column.text) else {
            let names: Vec<&str> = headers.iter().collect();
            let error = fail(column, format!("`{}` has no column `{}`", file.text, column.text));
            return Err(error.suggest(column.text, names));
        };
        let mut values = Vec::new();
        for (row, record) in reader.records().enumerate() {
            let record = record.map_err(broken)?;
            let cell = record.get(index).unwrap_or("").trim();
            match cell.parse::<f64>() {
                Ok(value) if value.is_finite() && value >= 0.0 => values.push((value * scale).round() as Nanos),
                _ => return Err(fail(file, format!("`{}`, row {}: {cell:?} is not a time", file.text, row + 1))),
            }
        }
        if values.is_empty() {
            return Err(fail(file, format!("`{}` has no rows", file.text)));
        }
        Ok(values.into())
    })
}

/// A law as it is written in an experiment.
pub fn describe(law: &Law) -> String {
    let time = |value: f64| duration::describe(value as Nanos);
    match law {
        Law::Constant(value) => duration::describe(*value),
        Law::Uniform { low, high } => format!("uniform({}, {})", duration::describe(*low), duration::describe(*high)),
        Law::Exponential { mean } => format!("exp({})", time(*mean)),
        Law::Normal { mean, sd } => format!("normal({}, {})", time(*mean), time(*sd)),
        Law::LogNormal { median, sigma } => format!("lognormal({}, {sigma})", time(*median)),
        Law::Gamma { shape, mean } => format!("gamma({shape}, {})", time(*mean)),
        Law::Weibull { shape, scale } => format!("weibull({shape}, {})", time(*scale)),
        Law::Pareto { shape, minimum } => format!("pareto({shape}, {})", time(*minimum)),
        Law::Empirical(values) => format!("empirical({} values)", values.len()),
        Law::Quantiles(points) => {
            let point = |point: &Quantile| format!("{}: {}", point.share, duration::describe(point.value));
            format!("quantiles({})", points.iter().map(point).collect::<Vec<_>>().join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn law(text: &str) -> Result<Law, TextError> {
        parse(text, |file, column| Err((file.range(), column.range()))).map_err(|failure| match failure {
            Failure::Text(error) => error,
            Failure::Sample(ranges) => error(ranges.0.start..ranges.1.end, "sample"),
        })
    }

    #[test]
    fn every_law_is_read_and_described_as_it_is_written() {
        for text in [
            "5ms",
            "exp(20us)",
            "uniform(1ms, 2ms)",
            "normal(5ms, 1ms)",
            "lognormal(5ms, 0.5)",
            "gamma(2, 5ms)",
            "weibull(1.5, 5ms)",
            "pareto(2.5, 1ms)",
            "quantiles(0: 2us, 0.25: 2.5us, 0.5: 2.5us, 1: 9us)",
        ] {
            assert_eq!(describe(&law(text).unwrap()), text);
        }
        assert_eq!(law(" exp ( 20us ) ").unwrap(), Law::Exponential { mean: 20_000.0 });
        assert_eq!(law("empirical(a b.csv, x_s)").unwrap_err().range, 10..22);
    }

    #[test]
    fn what_is_no_law_is_told_with_the_argument_in_question() {
        for (text, range, part) in [
            ("ecp(5ms)", 0..3, "unknown law `ecp`"),
            ("exp(5 mss)", 6..9, "is not a unit"),
            ("exp(5ms", 3..7, "not closed"),
            ("exp()", 4..4, "is not a duration"),
            ("exp(1ms, 2ms)", 0..13, "`exp` wants mean"),
            ("uniform(1ms)", 0..12, "wants shortest and longest"),
            ("uniform(3ms, 2ms)", 8..16, "longer than the longest"),
            ("gamma(x, 5ms)", 6..7, "not a number above zero"),
            ("gamma(2, 0)", 9..10, "above zero"),
            ("lognormal(5ms, -1)", 15..17, "not a number of at least 0"),
            ("quantiles(2us, 3us)", 10..13, "is not a share and a duration"),
            ("quantiles(0: 2us)", 10..16, "from share 0 to share 1"),
            ("quantiles(0: 2us, 2: 3us)", 18..19, "is not a share from 0 to 1"),
            ("quantiles(0: 2us, 0: 3us, 1: 4us)", 18..24, "the shares must go up"),
            ("quantiles(0: 2us, 1: 1us)", 18..24, "shorter than the one before"),
            ("quantiles(0.1: 2us, 1: 3us)", 10..18, "must go from share 0"),
            ("quantiles(0: 2us, 0.5: 3us)", 18..26, "must go from share 0"),
            ("quantiles(0: 2us, 1: 3 mss)", 23..26, "is not a unit"),
        ] {
            let error = law(text).unwrap_err();
            assert_eq!(error.range, range, "{text}: {}", error.message);
            assert!(error.message.contains(part), "{text}: {}", error.message);
        }
        assert_eq!(law("ecp(5ms)").unwrap_err().help.unwrap(), "did you mean `exp`?");
    }
}
