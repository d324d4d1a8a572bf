//! Random streams, keyed by what they are for.
//!
//! A stream is named by (seed, replication, purpose, entity), never by the cell of a sweep: two policies met by the
//! same replication draw the same service times for the same thread, which makes their comparison a paired one
//! (common random numbers). That holds for what threads do and when they arrive; costs of the machine and choices of
//! policies come from one stream each, in the order of events, which policies change.
//!
//! The generator is PCG64-DXSM of `rand_pcg`, a named and portable algorithm; [`GENERATOR`] goes into every
//! provenance record.

use rand_pcg::Pcg64Dxsm;

/// The generator behind every stream.
pub type Stream = Pcg64Dxsm;

/// Name and version of the generator and of the keying, recorded with every result.
pub const GENERATOR: &str = "pcg64dxsm-keyed-1";

/// What a stream is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// Durations and choices of a thread's steps.
    Steps = 1,
    /// Times between arrivals of a group of threads.
    Arrivals = 2,
    /// Costs that the machine charges: wake-ups, switches, timer slack.
    Machine = 3,
    /// Choices of a lock policy: wake order, lotteries.
    Policy = 4,
    /// Times between signals, and how long handlers run.
    Signals = 5,
    /// Points of a sample of parameters.
    Sample = 6,
    /// Dice of the operating system's scheduler.
    Scheduler = 7,
    /// When threads of the system wake, for how long, and where they begin.
    Background = 8,
}

/// The source of all streams of one replication.
#[derive(Debug, Clone, Copy)]
pub struct Streams {
    key: u64,
}

impl Streams {
    /// The streams of replication number `replication` under `seed`.
    pub fn new(seed: u64, replication: u64) -> Self {
        Self { key: mix(mix(seed) ^ replication.wrapping_mul(0xD6E8_FEB8_6659_FD93)) }
    }

    /// The stream of one entity (thread, core group, lock …), told by its numbers, for one purpose.
    pub fn stream(self, purpose: Purpose, entity: &[u64]) -> Stream {
        self.family(purpose, entity).seeded()
    }

    /// The streams of the entities whose first numbers are these, for one purpose.
    pub fn family(self, purpose: Purpose, entity: &[u64]) -> Family {
        let low = entity.iter().fold(mix(self.key ^ purpose as u64), |key, &number| mix(key ^ number));
        Family { key: self.key, low }
    }
}

/// The source of the streams of many entities that differ in their last number only.
#[derive(Debug, Clone, Copy, Default)]
pub struct Family {
    key: u64,
    low: u64,
}

impl Family {
    /// The stream of the entity with this last number.
    #[inline]
    pub fn stream(self, number: u64) -> Stream {
        Self { low: mix(self.low ^ number), ..self }.seeded()
    }

    #[inline]
    fn seeded(self) -> Stream {
        let high = mix(self.low ^ self.key.rotate_left(32));
        Pcg64Dxsm::new(u128::from(high) << 64 | u128::from(self.low), u128::from(mix(high)))
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014): a bijection that spreads every bit of its input.
#[inline]
pub fn mix(value: u64) -> u64 {
    let z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
