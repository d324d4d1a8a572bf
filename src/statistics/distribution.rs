//! How often which whole numbers occurred: histograms that can be put together and written down.
//!
//! Values are counted by `hdrhistogram` with three significant digits: in buckets whose width is at most a thousandth of the value.
//! A quantile is the largest value of its bucket. Putting two distributions together adds counts, so the result has the quantiles
//! of all values, in whatever order it is done.
//!
//! As text a distribution is the list of its buckets: for each that is not empty the distance from the one before and the
//! count, as numbers of base 32 in characters of base 64, of which the sixth bit says that more follow (the variable-length
//! quantities of source maps). A bucket takes two to four characters.

use hdrhistogram::Histogram;

use super::order::Tally;

/// Values in the first range of buckets, which are one wide; each further range has half as many, twice as wide.
const FIRST: u64 = 2048;

/// The characters of base 64.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Larger values (146 years in nanoseconds) are counted as this.
const LARGEST: u64 = 1 << 62;

/// How often which whole numbers occurred.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Distribution {
    /// None before the first value: a histogram without values takes as much memory as one with small ones.
    histogram: Option<Histogram<u64>>,
}

impl Distribution {
    /// Counts a value.
    #[inline]
    pub fn record(&mut self, value: u64) {
        match &mut self.histogram {
            Some(histogram) => histogram.record(value.min(LARGEST)).expect(GROWS),
            None => self.record_times(value.min(LARGEST), 1),
        }
    }

    #[cold]
    fn record_times(&mut self, value: u64, times: u64) {
        self.histogram.get_or_insert_with(empty).record_n(value, times).expect(GROWS);
    }

    /// Adds all values of another distribution.
    pub fn add(&mut self, other: &Self) {
        if let Some(other) = &other.histogram {
            self.histogram.get_or_insert_with(empty).add(other).expect(GROWS);
        }
    }

    /// Adds so many times all values that have come since it was like `before`.
    pub fn repeat_since(&mut self, before: &Self, times: u64) {
        let Some(after) = self.histogram.clone() else { return };
        for recorded in after.iter_recorded() {
            let value = recorded.value_iterated_to();
            let since =
                recorded.count_at_value() - before.histogram.as_ref().map_or(0, |before| before.count_at(value));
            self.record_times(value, since * times);
        }
    }

    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.histogram.as_ref().map_or(0, Histogram::len)
    }

    /// The smallest value below or at which lies the share `quantile` of all values, to a thousandth; the largest value for
    /// a share of 1; none if there are no values.
    pub fn quantile(&self, quantile: f64) -> Option<u64> {
        self.histogram.as_ref().map(|histogram| histogram.value_at_quantile(quantile))
    }

    /// How many values are, to a thousandth, larger than `value`.
    pub fn count_above(&self, value: u64) -> u64 {
        self.histogram.as_ref().map_or(0, |histogram| histogram.len() - histogram.count_between(0, value.min(LARGEST)))
    }

    /// Its text.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let mut last = 0;
        for recorded in self.histogram.iter().flat_map(Histogram::iter_recorded) {
            let bucket = bucket(recorded.value_iterated_to());
            push(&mut text, bucket - last);
            push(&mut text, recorded.count_at_value());
            last = bucket;
        }
        text
    }

    /// Adds the values of a distribution of which this is the text. Nothing, perhaps after some of them, if the text was
    /// not written by [`Distribution::to_text`].
    pub fn add_text(&mut self, text: &str) -> Option<()> {
        read(text, |bucket, count| self.record_times(largest_in(bucket), count))
    }
}

/// Why nothing is out of range.
const GROWS: &str = "a histogram grows as needed";

/// A histogram that grows with its largest value.
fn empty() -> Histogram<u64> {
    Histogram::new(3).expect("three digits are allowed")
}

/// How many values the distribution has of which this is the text, and how many of them are, to a thousandth, at or below
/// each of some values. Nothing if it is no such text.
pub fn tallies(text: &str, values: &[u64]) -> Option<Vec<Tally>> {
    let lasts: Vec<u64> = values.iter().map(|&value| bucket(value.min(LARGEST))).collect();
    let mut tallies = vec![Tally::default(); values.len()];
    read(text, |bucket, count| {
        for (tally, &last) in tallies.iter_mut().zip(&lasts) {
            *tally += Tally { count, below: if bucket <= last { count } else { 0 } };
        }
    })?;
    Some(tallies)
}

/// Calls for each bucket of a text that is not empty, with the number of values in it.
fn read(text: &str, mut found: impl FnMut(u64, u64)) -> Option<()> {
    let mut characters = text.bytes();
    let mut at = 0_u64;
    while let Some(distance) = pull(&mut characters).transpose() {
        at = at.checked_add(distance.ok()?)?;
        let count = pull(&mut characters).ok()??;
        if at > bucket(LARGEST) || count == 0 {
            return None;
        }
        found(at, count);
    }
    Some(())
}

/// The number of the bucket of a value.
#[inline]
fn bucket(value: u64) -> u64 {
    let range = u64::from((value | (FIRST - 1)).ilog2() - (FIRST - 1).ilog2());
    range * (FIRST / 2) + (value >> range)
}

/// The largest value of a bucket.
fn largest_in(bucket: u64) -> u64 {
    let range = (bucket / (FIRST / 2)).saturating_sub(1);
    ((bucket - range * (FIRST / 2) + 1) << range) - 1
}

fn push(text: &mut String, mut number: u64) {
    loop {
        let more = if number >= 32 { 32 } else { 0 };
        text.push(char::from(DIGITS[(number % 32 + more) as usize]));
        number /= 32;
        if number == 0 {
            return;
        }
    }
}

/// The place of each character in [`DIGITS`]; [`NO_DIGIT`] for others. Intervals of percentiles read millions of them.
const PLACES: [u8; 256] = {
    let mut places = [NO_DIGIT; 256];
    let mut place = 0;
    while place < DIGITS.len() {
        places[DIGITS[place] as usize] = place as u8;
        place += 1;
    }
    places
};

const NO_DIGIT: u8 = 64;

/// The next number, or none at the end; an error within one.
fn pull(characters: &mut impl Iterator<Item = u8>) -> Result<Option<u64>, ()> {
    let mut number = 0_u64;
    // Twelve digits have 60 bits, which is more than any number that is written here has.
    for place in 0..12 {
        let Some(character) = characters.next() else { return if place == 0 { Ok(None) } else { Err(()) } };
        let digit = PLACES[usize::from(character)];
        if digit == NO_DIGIT {
            return Err(());
        }
        number |= u64::from(digit % 32) << (5 * place);
        if digit < 32 {
            return Ok(Some(number));
        }
    }
    Err(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::kernel::streams::mix;

    /// The distribution of some values.
    pub(in crate::statistics) fn of(values: impl IntoIterator<Item = u64>) -> Distribution {
        let mut distribution = Distribution::default();
        values.into_iter().for_each(|value| distribution.record(value));
        distribution
    }

    /// Numbers of all sizes.
    fn scattered(count: u64) -> impl Iterator<Item = u64> {
        (0..count).map(|index| mix(index) >> (2 + mix(index + 7) % 62))
    }

    #[test]
    fn a_quantile_is_within_a_thousandth_of_that_of_the_sorted_values() {
        let distribution = of((1..=10_000).map(|value| value * 1000));
        for (share, exact) in [(0.5, 5e6), (0.9, 9e6), (0.999, 9.99e6), (1.0, 1e7)] {
            let found = distribution.quantile(share).unwrap() as f64;
            assert!(found >= exact && found <= exact * 1.001, "{share}: {found}");
        }
        assert_eq!((Distribution::default().quantile(0.5), distribution.count()), (None, 10_000));
        assert_eq!([0, u64::MAX].map(|value| distribution.count_above(value)), [10_000, 0]);
        assert!((991..=1000).contains(&distribution.count_above(9_000_000)));
    }

    #[test]
    fn the_quantiles_of_parts_put_together_are_those_of_the_whole() {
        let whole = of(scattered(3000));
        let parts = [0, 1, 2].map(|part| of(scattered(3000).skip(part * 1000).take(1000)));
        for order in [[0, 1, 2], [2, 0, 1]] {
            let mut sum = Distribution::default();
            for &part in &order {
                sum.add(&parts[part]);
            }
            assert_eq!(sum, whole);
        }
    }

    #[test]
    fn a_distribution_comes_back_from_its_text() {
        for distribution in
            [Distribution::default(), of([0]), of([1; 100]), of([LARGEST, 0, 2047, 2048]), of(scattered(5000))]
        {
            let mut back = Distribution::default();
            back.add_text(&distribution.to_text()).unwrap();
            assert_eq!(back.to_text(), distribution.to_text());
            for share in [0.0, 0.1, 0.5, 0.99] {
                assert_eq!(back.quantile(share), distribution.quantile(share));
            }
        }
    }

    #[test]
    fn a_tally_of_a_text_counts_what_is_at_or_below_a_value() {
        let text = of(1..=1000).to_text();
        let below = [990, 1000].map(|below| Tally { count: 1000, below }).to_vec();
        assert_eq!(tallies(&text, &[990, u64::MAX]), Some(below));
        assert_eq!((tallies("", &[5]), tallies("A", &[5])), (Some(vec![Tally::default()]), None));
    }

    #[test]
    fn the_buckets_of_texts_are_those_of_the_histogram() {
        let histogram = empty();
        for value in scattered(2000).chain(0..5000) {
            assert_eq!(largest_in(bucket(value)), histogram.highest_equivalent(value), "{value}");
        }
    }

    #[test]
    fn a_text_that_is_none_is_refused() {
        for (place, &character) in (0..).zip(DIGITS) {
            assert_eq!(u64::from(PLACES[usize::from(character)]), place);
        }
        for text in ["A", "AA", "!B", "BBg", "gggggggggggggggB", "______________BB"] {
            assert_eq!(Distribution::default().add_text(text), None, "{text}");
        }
    }
}
