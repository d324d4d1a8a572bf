//! A tour of a state: each number in it that changes from cycle to cycle is shown to a visitor.
//!
//! A simulation in which nothing is drawn at random repeats itself. Its state after a cycle is that before, but for the clock,
//! for the times that are noted in it, for work that becomes less and for sums that grow. Types that hold such numbers show
//! them by [`Tour::tour`], in an order that does not change, and derive `PartialEq` for everything else: what a tour leaves
//! out by mistake makes two states differ, and no cycle is seen where there is none.

use super::Nanos;

/// What a number is, and with that how it may change in a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A time that something noted: noted anew in each cycle, or in none.
    Moment,
    /// Work that is left, in nanoseconds at most at full speed: the same again, or less.
    Rest,
    /// A count or a sum, on which nothing depends that is to come.
    Sum,
    /// A number that only tells events that are void from those that are not, or is worked out anew before it is read.
    Any,
}

/// Whoever is shown the numbers of a state, and gives each a value: that which it has, or another.
pub trait Visitor {
    /// Sees a number.
    fn see(&mut self, kind: Kind, value: u128) -> u128;

    /// Sees a number of 64 bits.
    fn see_short(&mut self, kind: Kind, value: &mut u64) {
        *value = self.see(kind, u128::from(*value)) as u64;
    }

    /// Sees a time.
    fn moment(&mut self, value: &mut Nanos) {
        self.see_short(Kind::Moment, value);
    }

    /// Sees work that is left.
    fn rest(&mut self, value: &mut Nanos) {
        self.see_short(Kind::Rest, value);
    }

    /// Sees sums.
    fn sums<const N: usize>(&mut self, values: [&mut u64; N]) {
        for value in values {
            self.see_short(Kind::Sum, value);
        }
    }

    /// Sees sums of 128 bits.
    fn long_sums<const N: usize>(&mut self, values: [&mut u128; N]) {
        for value in values {
            *value = self.see(Kind::Sum, *value);
        }
    }

    /// Sees a number that may have any value.
    fn any(&mut self, value: &mut u32) {
        *value = self.see(Kind::Any, u128::from(*value)) as u32;
    }
}

impl<F: FnMut(Kind, u128) -> u128> Visitor for F {
    fn see(&mut self, kind: Kind, value: u128) -> u128 {
        self(kind, value)
    }
}

/// A state that shows its numbers.
pub trait Tour {
    /// Shows the visitor all of them, in the same order each time.
    fn tour(&mut self, visitor: &mut impl Visitor);
}
