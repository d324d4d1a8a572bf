//! The shipped scenarios, interpreters and measurements fit together.

use std::path::Path;

use super::cells::{self, Cell};
use super::comparison::{self, Role};
use super::prediction::Inputs;
use super::{interpreter, overrides, scenarios};

pub(super) fn inputs() -> Inputs {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    Inputs {
        cells: cells::read(&root.join("data/measured/cells.csv")).unwrap(),
        interpreters: interpreter::read_all(&root.join("data/interpreters")).unwrap(),
        scenarios: scenarios::read_all(&root.join("experiments/measured")).unwrap(),
        machine: None,
    }
}

fn with_cells(rows: &str) -> Inputs {
    let text = format!("interpreter,cores,scenario,params,metric,runs,median,p25,p75\n{rows}");
    Inputs { cells: cells::parse(Path::new("mine.csv"), text.as_bytes()).unwrap(), ..inputs() }
}

#[test]
fn every_measured_cell_has_a_scenario() {
    let inputs = inputs();
    overrides::check_values(&inputs.interpreters, &inputs.scenarios).unwrap();
    let found = inputs.predict(|_| false, &[], 1).unwrap();
    assert_eq!(found.cells.len(), inputs.cells.len());
    assert!(found.cells.iter().any(|prediction| prediction.role == Role::Input));
}

#[test]
fn what_nobody_knows_is_told_and_counted_and_the_rest_is_predicted() {
    let inputs = with_cells(
        "py311,2,ping,\"{\"\"hogs\"\": 1, \"\"colour\"\": 3}\",p50,3,1,1,1\n\
         py311,2,pong,{},p50,3,1,1,1\n\
         py99,2,ping,\"{\"\"hogs\"\": 1}\",p50,3,1,1,1\n\
         py311,2,ping,\"{\"\"hogs\"\": \"\"many\"\"}\",p50,3,1,1,1\n\
         py313t,2,start,\"{\"\"kind\"\": \"\"thread\"\", \"\"switch\"\": 0.1}\",p50,3,1,1,1\n\
         py27,2,ping,\"{\"\"hogs\"\": 1, \"\"switch\"\": 0.5}\",p50,3,1,1,1\n\
         py311,2,start,\"{\"\"kind\"\": \"\"thread\"\"}\",p50,3,1,1,1\n",
    );
    let found = inputs.predict(|_| true, &[], 1).unwrap();
    let reasons: Vec<&str> = found.skipped.iter().map(|(reason, _)| reason.as_str()).collect();
    let told = [
        "the scenario `ping` has no parameter `colour`",
        "unknown scenario `pong`",
        "unknown interpreter `py99`",
        "the parameter `hogs` of the scenario `ping` wants a whole number",
        "`switch` wants a whole number",
    ];
    assert_eq!(reasons, told);
    assert_eq!(comparison::rows(&found.cells, |_| true).0.len(), 2);
}

#[test]
fn a_countdown_is_compared_with_as_much_work_one_after_another() {
    let inputs = inputs();
    let wanted = |cell: &Cell| {
        cell.interpreter == "py27" && cell.scenario == "countdown" && cell.text.contains("\"switch\": 10,")
    };
    let found = inputs.predict(wanted, &[], 1).unwrap();
    let (rows, left_out) = comparison::rows(&found.cells, wanted);
    assert_eq!(left_out, []);
    let two = rows.iter().find(|row| row.cell.text.contains("\"threads\": 2")).unwrap();
    let direction = two.direction.unwrap();
    // 0.4247 s for what takes 0.0700 s in one thread.
    assert!((direction.measured - 6.06).abs() < 0.02, "{direction:?}");
    assert!(direction.is_right(), "{direction:?}");
}

#[test]
fn predictions_do_not_depend_on_the_number_of_jobs() {
    let inputs = inputs();
    let wanted = |cell: &Cell| cell.interpreter == "py311" && ["ping", "queue"].contains(&cell.scenario.as_str());
    let values = |jobs| {
        let found = inputs.predict(wanted, &[], jobs).unwrap();
        found.cells.into_iter().map(|prediction| prediction.values).collect::<Vec<_>>()
    };
    assert_eq!(values(1), values(3));
}
