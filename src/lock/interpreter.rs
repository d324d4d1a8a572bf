//! What the interpreters have in common, whatever their lock.

use crate::kernel::Nanos;

/// Parameters of the interpreters that do not depend on the lock policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interpreter {
    /// Time between two check points of Python code (loop back edges, calls), at speed 1.
    pub check_gap: Nanos,
    /// Time that a tick of CPython 2 (about a bytecode), or a bytecode's worth of PyPy's ticker, takes, at speed 1.
    pub tick: Nanos,
}

impl Default for Interpreter {
    /// A pass of `while n > 0: n -= 1` takes 18 ns on CPython 3.11 and 12 ns on CPython 2.7 (`data/measured/cells.csv`,
    /// scenario `countdown`, mode `serial`). Of its nine bytecodes in 2.7 only those that do not jump straight to the
    /// next one are ticks: the comparison, the subtraction and the jump back.
    fn default() -> Self {
        Self { check_gap: 18, tick: 4 }
    }
}
