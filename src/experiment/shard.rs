//! Shards: parts of a plan that are run by processes of their own.
//!
//! Runs are dealt to shards in a random order that depends on the plan's size only, so that long and short cells, which
//! stand side by side in a sweep, are spread evenly.

use std::fmt;
use std::str::FromStr;

use crate::kernel::streams::mix;

/// One of several parts of a plan: number `index`, counted from 0, of `count`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    count: u64,
}

impl Shard {
    /// Into how many shards the plan is divided.
    pub fn count(self) -> u64 {
        self.count
    }

    /// All shards of a division.
    pub fn all(count: u64) -> impl Iterator<Item = Self> {
        (0..count).map(move |index| Self { index, count })
    }

    /// The parts that belong to the shard, of so many: whether each one does.
    pub fn parts(self, parts: usize) -> Vec<bool> {
        let mut order: Vec<usize> = (0..parts).collect();
        order.sort_by_key(|&part| (mix(part as u64), part));
        let mut owned = vec![false; parts];
        for &part in order.iter().skip(self.index as usize).step_by(self.count as usize) {
            owned[part] = true;
        }
        owned
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match numbers {
            Some((index, count)) if index < count => Ok(Self { index, count }),
            Some((_, 0)) => Err("there is at least one shard: 0/1".into()),
            Some((_, count)) => Err(format!("shards are counted from 0: 0/{count} to {}/{count}", count - 1)),
            None => Err("a shard is written index/count: 0/8 is the first of eight".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_belongs_to_one_shard_and_shards_are_equally_large() {
        for (parts, count) in [(0, 3), (2, 5), (100, 1), (100, 7), (64, 8)] {
            let shares: Vec<Vec<bool>> = Shard::all(count).map(|shard| shard.parts(parts)).collect();
            for part in 0..parts {
                assert_eq!(shares.iter().filter(|share| share[part]).count(), 1);
            }
            for share in &shares {
                let size = share.iter().filter(|&&owned| owned).count() as u64;
                assert!((parts as u64 / count..=(parts as u64).div_ceil(count)).contains(&size), "{size}");
            }
        }
    }

    #[test]
    fn neighbours_of_a_sweep_are_spread() {
        let first = Shard { index: 0, count: 2 }.parts(1000);
        let pairs = first.windows(2).filter(|pair| pair[0] == pair[1]).count();
        assert!((400..600).contains(&pairs), "{pairs}");
    }

    #[test]
    fn a_shard_is_read_as_it_is_written_and_others_are_told_what_is_allowed() {
        let shard: Shard = "3/8".parse().unwrap();
        assert_eq!((shard.index, shard.count, shard.to_string().as_str()), (3, 8, "3/8"));
        for (text, told) in
            [("8/8", "0/8 to 7/8"), ("0/0", "at least one"), ("3", "index/count"), ("a/b", "index/count")]
        {
            assert!(text.parse::<Shard>().unwrap_err().contains(told), "{text}");
        }
    }
}
