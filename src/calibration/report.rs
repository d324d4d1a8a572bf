//! Tells people what a calibration found.

use std::io::{self, Write};

use super::bench::Sample;
use super::entry::amount;
use super::python::probes;
use super::session::Calibration;

/// Writes a table for the machine and one for each interpreter, then what is to be known about them.
///
/// # Errors
/// Nobody reads.
pub fn write(calibration: &Calibration, out: &mut dyn Write) -> io::Result<()> {
    let Calibration { machine, pythons, .. } = calibration;
    writeln!(out, "{}", machine.title)?;
    header(out)?;
    rows(machine.findings.iter().map(|found| (found.name, &found.sample, found.how.as_str())), out)?;
    for setting in &machine.settings {
        writeln!(
            out,
            "  {:<24} {:>10} {:>21}        {}",
            setting.key,
            setting.value.trim_matches('"'),
            "",
            setting.how
        )?;
    }
    missing(&machine.missing, "keeps the shipped default", out)?;
    for python in pythons {
        writeln!(out, "\n{} ({})", python.identity.title(), python.asked.display())?;
        header(out)?;
        rows(python.samples.iter().map(|(name, sample)| (*name, sample, probes::how(name))), out)?;
        missing(&python.missing, "not measured", out)?;
    }
    notes(calibration, out)
}

fn header(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  {:<24} {:>10} {:>10} {:>10} {:>6}  how", "cost", "median", "90 %", "99 %", "n")
}

fn rows<'r>(rows: impl Iterator<Item = (&'r str, &'r Sample, &'r str)>, out: &mut dyn Write) -> io::Result<()> {
    let mut last = "";
    for (name, sample, how) in rows {
        let [median, p90, p99] = [0.5, 0.9, 0.99].map(|share| amount(sample.quantile(share), sample.unit));
        let noise = if sample.is_noisy() { " (noisy)" } else { "" };
        let told = if how == last { "as above" } else { how };
        writeln!(out, "  {name:<24} {median:>10} {p90:>10} {p99:>10} {:>6}  {told}{noise}", sample.n())?;
        last = how;
    }
    Ok(())
}

fn missing(missing: &[(&str, String)], consequence: &str, out: &mut dyn Write) -> io::Result<()> {
    missing.iter().try_for_each(|(name, reason)| writeln!(out, "  {name:<24} {consequence}: {reason}"))
}

fn notes(calibration: &Calibration, out: &mut dyn Write) -> io::Result<()> {
    let Calibration { machine, processors, pythons, .. } = calibration;
    let own = machine.findings.iter().map(|found| &found.sample);
    let all = || own.clone().chain(pythons.iter().flat_map(|python| python.samples.iter().map(|(_, sample)| sample)));
    let noisy = all().filter(|sample| sample.is_noisy()).count();
    if noisy > 0 {
        writeln!(
            out,
            "\nNoisy: {noisy} of {} samples have quartiles farther apart than half of their median. Other work on the \
             machine does that, or a clock speed that changes: measure again when it is quiet.",
            all().count()
        )?;
    }
    if *processors == 1 {
        writeln!(out, "\nOne processor: what needs an idle or a second one keeps the shipped default.")?;
    }
    Ok(())
}
