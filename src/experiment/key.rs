//! What tells runs apart: a hash of everything that a run depends on, and of nothing else.
//!
//! That is the scenario of its cell, its seed, its replication, the generator and the version of the model. Titles,
//! figures, the place of a cell in its sweep, the number of replications, the budgets and what else is measured are left
//! out: they change no run. Equal cells have equal keys, whatever experiment and whatever spelling they come from.

use std::fmt::{self, Write};

use crate::kernel::streams::GENERATOR;
use crate::simulation::{Limits, MODEL_VERSION, Scenario};

/// A 128-bit hash that names a run, written as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(u128);

/// What the keys of a cell's runs have in common.
#[derive(Debug, Clone, Copy)]
pub struct CellKey(Fnv);

impl CellKey {
    /// The key of the cell with that scenario.
    ///
    /// The derived `Debug` form is the canonical one: it has every field of every part, numbers in their shortest exact
    /// form, and a field that is added later cannot be forgotten here.
    pub fn of(scenario: &Scenario) -> Self {
        let limits = Limits { shortcuts: true, max_events: 0, max_memory: 0, ..scenario.limits };
        let Scenario { machine, lock, interpreter, program, limits: _, extras: _, thresholds: _ } = scenario;
        let mut hash = Fnv::default();
        hash.add(format_args!(
            "{GENERATOR} {MODEL_VERSION} {machine:?} {lock:?} {interpreter:?} {program:?} {limits:?}"
        ));
        Self(hash)
    }

    /// The key of one of its runs.
    pub fn run(self, seed: u64, replication: u64) -> Key {
        let Self(mut hash) = self;
        hash.add(format_args!(" {seed} {replication}"));
        Key(hash.0)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl std::str::FromStr for Key {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Self)
    }
}

/// FNV-1a of 128 bits: tells texts apart, and is no protection against malice.
#[derive(Debug, Clone, Copy)]
pub struct Fnv(pub u128);

impl Default for Fnv {
    fn default() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }
}

impl Fnv {
    /// Adds text without putting it together first.
    fn add(&mut self, text: fmt::Arguments) {
        self.write_fmt(text).expect("a hash takes any text");
    }
}

impl Write for Fnv {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
        self.0 = text.bytes().fold(self.0, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
        Ok(())
    }
}

/// A number that tells texts apart.
pub fn number(text: &str) -> u64 {
    let mut hash = Fnv::default();
    hash.add(format_args!("{text}"));
    hash.0 as u64 ^ (hash.0 >> 64) as u64
}

/// The hash of a text, with the name of the algorithm before it.
pub fn hash(text: &str) -> String {
    let mut hash = Fnv::default();
    hash.add(format_args!("{text}"));
    format!("fnv1a128:{:032x}", hash.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_published_test_vectors() {
        assert_eq!(hash(""), "fnv1a128:6c62272e07bb014262b821756295c58d");
        assert_eq!(hash("a"), "fnv1a128:d228cb696f1a8caf78912b704e4a8964");
    }

    #[test]
    fn a_key_is_read_as_it_is_written() {
        let key = Key(0x0123_4567_89ab_cdef);
        assert_eq!(key.to_string().parse(), Ok(key));
    }
}
