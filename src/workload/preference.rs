//! Who goes first at a readers-writers lock.

/// Who goes first at a readers-writers lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preference {
    /// Readers enter unless a writer is inside.
    ReadersFirst,
    /// Readers enter unless a writer is inside or waits.
    WritersFirst,
    /// First come, first served.
    Fifo,
    /// Phases alternate: after a writer all readers that wait, then the next writer.
    PhaseFair,
    /// First come, first served, with a bias under which readers write nothing that others write.
    Bravo,
}

/// A kind of readers-writers lock that can be named in an experiment file.
pub struct Gate {
    /// Its name.
    pub name: &'static str,
    /// Who goes first.
    pub preference: Preference,
    /// One line that says what it does.
    pub summary: &'static str,
    /// Its rules, in words.
    pub description: &'static str,
    /// Where the mechanism is described.
    pub source: &'static str,
}

impl Gate {
    /// All kinds, in the order in which they are listed.
    pub const ALL: [Self; 5] = [
        Self {
            name: "readers-first",
            preference: Preference::ReadersFirst,
            summary: "readers enter unless a writer is inside",
            description: "\
                reader: enters unless a writer is inside.\n\
                writer: enters when nobody is inside; writers wait for as long as readers come.",
            source: "P. Courtois, F. Heymans, D. Parnas, CACM 14(10), 1971 (first problem)",
        },
        Self {
            name: "writers-first",
            preference: Preference::WritersFirst,
            summary: "readers enter unless a writer is inside or waits",
            description: "\
                reader: enters unless a writer is inside or waits; readers wait for as long as writers come.\n\
                writer: enters when nobody is inside.",
            source: "P. Courtois, F. Heymans, D. Parnas, CACM 14(10), 1971 (second problem)",
        },
        Self {
            name: "fifo",
            preference: Preference::Fifo,
            summary: "first come, first served; readers that stand next to each other enter together",
            description: "All queue. An exit admits the first of the queue, and with a reader the readers right behind it.",
            source: "J. Mellor-Crummey, M. Scott, PPoPP 1991 (fair)",
        },
        Self {
            name: "phase-fair",
            preference: Preference::PhaseFair,
            summary: "phases alternate: after a writer all readers that wait, then the next writer",
            description: "\
                reader: enters unless a writer is inside or waits; it waits for one phase of readers and one writer at most.\n\
                writer: first come, first served. The exit of one admits all readers that wait then; the exit of the last of them \
                the next writer.",
            source: "B. Brandenburg, J. Anderson, ECRTS 2009",
        },
        Self {
            name: "bravo",
            preference: Preference::Bravo,
            summary: "first come, first served, with a bias under which readers write no line that others write",
            description: "\
                As `fifo`. While the bias is on a reader writes a slot of its own and not the lock's word.\n\
                writer: turns the bias off and looks through all 4,096 slots; the bias stays off for nine times as long as that took.",
            source: "D. Dice, A. Kogan, BRAVO, USENIX ATC 2019",
        },
    ];
}
