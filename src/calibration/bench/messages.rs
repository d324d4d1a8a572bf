//! Messages between processes, without an interpreter.

use super::{Found, Pair, Slice};

/// Messages that are timed together.
#[cfg(unix)]
const BATCH: u32 = 100;

/// Writing 64 bytes into a Unix stream socket and reading them at the other end.
#[cfg(unix)]
pub(super) fn calls(pair: &Pair, slice: &Slice) -> Found {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;
    use std::time::Instant;

    use super::pinning::{self, since};
    use super::{Finding, Sample};

    let work = || -> std::io::Result<Vec<f64>> {
        let (mut here, mut there) = UnixStream::pair()?;
        let mut data = [0; 64];
        let mut values = Vec::new();
        while slice.goes_on(values.len()) {
            let start = Instant::now();
            for _ in 0..BATCH {
                here.write_all(&data)?;
                there.read_exact(&mut data)?;
            }
            values.push(since(start) / f64::from(BATCH));
        }
        Ok(values)
    };
    let values = pinning::on(pair.first, work).map_err(|error| error.to_string())?;
    let how = "writing 64 bytes into a Unix stream socket pair and reading them, means of 100";
    Ok(vec![Finding::new(super::MESSAGE, Sample::nanoseconds(values)?, how)])
}

#[cfg(not(unix))]
pub(super) fn calls(_: &Pair, _: &Slice) -> Found {
    Err("there are no Unix sockets".into())
}
