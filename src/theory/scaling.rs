//! Laws of parallel speedup: yardsticks and fits, not models of a given lock. Speedups and fractions have no unit.

/// Amdahl's speedup on `n` processors with `serial` fraction of the work, 1 / (f + (1 - f) / N).
///
/// Exact for a fixed amount of work that divides evenly. Source: Amdahl, AFIPS (1967).
pub fn amdahl(n: f64, serial: f64) -> f64 {
    1.0 / (serial + (1.0 - serial) / n)
}

/// Gustafson's scaled speedup on `n` processors with `serial` fraction of the time, f + (1 - f) N.
///
/// Exact for work that grows with the processors in the same time. Source: Gustafson, Communications of the ACM 31
/// (1988).
pub fn gustafson(n: f64, serial: f64) -> f64 {
    serial + (1.0 - serial) * n
}

/// The universal scalability law.
///
/// With `coherence` zero it is Amdahl's law with `contention` as the serial fraction, and then also the throughput of
/// threads that all request one lock at the same time. Source: Gunther, Guerrilla Capacity Planning (2007); arXiv
/// 0809.2541.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usl {
    /// Throughput of one processor, gamma, per second.
    pub single: f64,
    /// Cost of queueing for what is shared, alpha.
    pub contention: f64,
    /// Cost of keeping copies the same, beta.
    pub coherence: f64,
}

impl Usl {
    /// Throughput of `n` processors, gamma N / (1 + alpha (N - 1) + beta N (N - 1)), per second.
    pub fn throughput(&self, n: f64) -> f64 {
        self.single * n / (1.0 + self.contention * (n - 1.0) + self.coherence * n * (n - 1.0))
    }

    /// The number of processors with most throughput, sqrt((1 - alpha) / beta); infinite when `coherence` is zero.
    pub fn peak(&self) -> f64 {
        ((1.0 - self.contention) / self.coherence).sqrt()
    }
}

/// A program with critical sections, as fractions of its sequential running time.
///
/// The fractions `sequential`, `free` and `critical` sum to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CriticalSections {
    /// Work that only one thread can do, `f_seq`.
    pub sequential: f64,
    /// Parallel work outside critical sections, `f_ncs`.
    pub free: f64,
    /// Parallel work inside critical sections, `f_cs`.
    pub critical: f64,
    /// Probability that two critical sections exclude each other: 1 for one lock.
    pub collision: f64,
}

impl CriticalSections {
    /// Approximate speedup on `n` processors, 1 / T.
    ///
    /// `T = f_seq + max(f_cs P q + (f_cs (1 - P q) + f_ncs) / n, f_cs q + (f_cs (1 - q) + f_ncs) / (2 n))`, with P the
    /// critical part of the parallel work and q the probability of collision. An approximation: compare, do not assert.
    /// Source: Eyerman & Eeckhout, Modeling critical sections in Amdahl's law, ISCA (2010).
    pub fn speedup(&self, n: f64) -> f64 {
        let often = self.collision * self.critical / (self.critical + self.free);
        let average = self.critical * often + (self.critical * (1.0 - often) + self.free) / n;
        let serialised =
            self.critical * self.collision + (self.critical * (1.0 - self.collision) + self.free) / (2.0 * n);
        1.0 / (self.sequential + average.max(serialised))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::closed::throughput_bounds;
    use crate::theory::printed::assert_printed;

    #[test]
    fn serial_work_bounds_amdahl_and_not_gustafson() {
        assert_eq!((amdahl(1.0, 0.1), gustafson(1.0, 0.1)), (1.0, 1.0));
        assert_printed(amdahl(16.0, 0.1), 6.4, 12);
        assert_printed(amdahl(1e12, 0.1), 10.0, 9);
        assert_printed(gustafson(16.0, 0.1), 14.5, 12);
    }

    #[test]
    fn without_coherence_cost_the_universal_law_is_amdahls() {
        let law = Usl { single: 3.0, contention: 0.07, coherence: 0.0 };
        for n in [1.0, 2.0, 9.0, 300.0] {
            assert_printed(law.throughput(n), 3.0 * amdahl(n, 0.07), 9);
        }
        assert_eq!(law.peak(), f64::INFINITY);
    }

    #[test]
    fn without_coherence_cost_the_universal_law_is_the_synchronous_repairman() {
        let (think, demand) = (10.0, 1.0);
        let law = Usl { single: 1.0 / (think + demand), contention: demand / (demand + think), coherence: 0.0 };
        for n in [1, 4, 50] {
            assert_printed(law.throughput(f64::from(n)), throughput_bounds(n, think, &[demand]).lower, 12);
        }
    }

    #[test]
    fn coherence_cost_makes_throughput_peak_where_the_law_says() {
        let law = Usl { single: 1.0, contention: 0.04, coherence: 0.0006 };
        assert_printed(law.peak(), 40.0, 12);
        let best = law.throughput(40.0);
        assert!(best > law.throughput(39.0) && best > law.throughput(41.0));
    }

    #[test]
    fn critical_sections_match_the_printed_vectors() {
        let program = CriticalSections { sequential: 0.01, free: 0.79, critical: 0.2, collision: 0.5 };
        for (n, speedup) in [(2.0, 1.9414), (4.0, 3.6677), (8.0, 6.0377), (16.0, 7.2562)] {
            assert_printed(program.speedup(n), speedup, 4);
        }
    }
}
