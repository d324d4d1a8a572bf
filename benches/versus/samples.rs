//! What was measured of one model on one system, round by round.

use crate::Result;

/// One run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    /// How long the run took; start of the process, reading and printing not counted.
    pub(crate) seconds: f64,
    /// Customers or acquisitions.
    pub(crate) count: u64,
}

/// The runs of all rounds.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    /// Nanoseconds a customer or acquisition.
    pub(crate) costs: Vec<f64>,
    /// How many of them there were in each run.
    pub(crate) count: u64,
}

/// A median between its quartiles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    /// A quarter lies below.
    pub(crate) low: f64,
    /// The median.
    pub(crate) median: f64,
    /// A quarter lies above.
    pub(crate) high: f64,
}

impl Samples {
    /// Adds a round, which must have the count of the others.
    pub(crate) fn add(&mut self, measured: Measured) -> Result<()> {
        if !self.costs.is_empty() && measured.count != self.count {
            return Err(format!("{} acquisitions in one round, {} in another", self.count, measured.count).into());
        }
        self.count = measured.count;
        self.costs.push(measured.seconds * 1e9 / measured.count as f64);
        Ok(())
    }

    /// The costs.
    pub(crate) fn cost(&self) -> Spread {
        Spread::of(self.costs.clone())
    }

    /// The costs over those of other samples in the same rounds.
    pub(crate) fn over(&self, other: &Self) -> Spread {
        Spread::of(self.costs.iter().zip(&other.costs).map(|(cost, other)| cost / other).collect())
    }
}

impl Spread {
    /// Median and quartiles, with linear interpolation between neighbours.
    pub(crate) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let quantile = |share: f64| {
            let place = share * (values.len() - 1) as f64;
            let (below, above) = (values[place.floor() as usize], values[place.ceil() as usize]);
            below + (above - below) * place.fract()
        };
        Self { low: quantile(0.25), median: quantile(0.5), high: quantile(0.75) }
    }
}
