//! Tests of whole experiments: from the text of a file to its results.

mod support;

#[path = "../../benches/versus/table.rs"]
mod bench_table;

#[path = "../../benches/precision/table.rs"]
mod precision_table;

mod oracles;
mod layers;
mod lock_rules;
mod lock_promises;
mod lock_limits;
mod lock_invariants;
mod delegation;
mod inheritance;
mod nice_levels;
mod background;
mod readme;
mod regimes;
mod gil_rules;
mod gil_properties;
mod old_gil_rules;
mod pypy_rules;
mod programs;
mod properties;
mod metrics;
mod wanted_metrics;
mod quantiles;
mod batches;
mod fingerprints;
mod fast_forward;
mod futile_checks;
mod determinism;
mod budgets;
mod journals;
mod interruptions;
mod shards;
mod slurm;
mod stations;
mod stopping;
mod random_numbers;
mod warm_up;
mod coverage;
mod control_variates;
mod tuning;
mod tuning_grid;
mod tuning_measured;
mod calibration;
mod ablation;
mod command_line;
mod figures;
mod figure_data;
mod fuzz;
mod language;
mod schema;
mod shipped;
mod traces;
mod trace_formats;
mod trace_viewers;
mod explained_waits;
mod reports;
