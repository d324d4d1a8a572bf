//! Nice levels: what a thread weighs against others on its core.
//!
//! A level is worth a factor of 1.25: of two threads that want one core, the one a level lower has 55 % of it.

/// The lowest and the highest nice level.
pub const LEVELS: std::ops::RangeInclusive<i8> = -20..=19;

/// What a thread of nice level 0 weighs (`NICE_0_LOAD`).
pub const UNIT: i64 = 1024;

/// `sched_prio_to_weight` of `kernel/sched/core.c`, from level -20 to 19.
const WEIGHTS: [i64; 40] = [
    88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548, 7620, 6100, 4904, 3906, 3121, 2501,
    1991, 1586, 1277, 1024, 820, 655, 526, 423, 335, 272, 215, 172, 137, 110, 87, 70, 56, 45, 36, 29, 23, 18, 15,
];

/// The weight of a nice level; levels beyond the ends count as those.
pub fn weight(nice: i8) -> i64 {
    WEIGHTS[(nice.clamp(*LEVELS.start(), *LEVELS.end()) - LEVELS.start()) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_a_factor_of_about_one_and_a_quarter() {
        assert_eq!((weight(-20), weight(0), weight(5), weight(19)), (88761, UNIT, 335, 15));
        for nice in *LEVELS.start()..*LEVELS.end() {
            let factor = weight(nice) as f64 / weight(nice + 1) as f64;
            assert!((1.19..1.31).contains(&factor), "{nice}: {factor}");
        }
    }
}
