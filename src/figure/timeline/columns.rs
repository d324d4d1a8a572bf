//! Bars as rectangles no finer than print: many that share a column divide its height.

use super::Bar;

/// Width of a column in canvas units: less than a pixel at 300 dots an inch.
const COLUMN: i32 = 2;

/// A rectangle of a row: from and to in canvas units from its left side, and in shares of its height from its top.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tile {
    pub(super) x: (i32, i32),
    pub(super) y: (f64, f64),
    pub(super) paint: usize,
}

/// The rectangles of bars over a range of times, in a row that is `width` wide.
pub(super) fn tiles(bars: &[Bar], (low, high): (f64, f64), width: i32) -> Vec<Tile> {
    let columns = (width / COLUMN).max(1);
    let place = |time: f64| ((time - low) / (high - low)).clamp(0.0, 1.0) * f64::from(columns);
    let mut row = Row { tiles: Vec::new(), column: 0, shares: Vec::new(), width };
    for bar in bars {
        let (mut from, to) = (place(bar.begin), place(bar.end));
        while from < to {
            let column = (from as i32).min(columns - 1);
            row.advance(column);
            let whole = to.floor() as i32;
            if from == f64::from(column) && whole > column {
                row.run(whole, bar.paint);
                from = f64::from(whole);
            } else {
                let until = to.min(f64::from(column + 1));
                row.share(bar.paint, until - from);
                from = until;
            }
        }
    }
    row.close();
    row.tiles
}

struct Row {
    tiles: Vec<Tile>,
    /// The column of which shares are being collected.
    column: i32,
    shares: Vec<(usize, f64)>,
    width: i32,
}

impl Row {
    fn share(&mut self, paint: usize, share: f64) {
        match self.shares.iter_mut().find(|(other, _)| *other == paint) {
            Some((_, sum)) => *sum += share,
            None => self.shares.push((paint, share)),
        }
    }

    fn advance(&mut self, column: i32) {
        if column > self.column {
            self.close();
            self.column = column;
        }
    }

    /// Columns that one bar fills.
    fn run(&mut self, until: i32, paint: usize) {
        let from = std::mem::replace(&mut self.column, until);
        self.push(from, until, (0.0, 1.0), paint);
    }

    fn close(&mut self) {
        let mut shares = std::mem::take(&mut self.shares);
        shares.sort_unstable_by_key(|(paint, _)| *paint);
        let mut top = 1.0 - shares.iter().map(|(_, share)| share).sum::<f64>();
        // Rounding leaves a sliver above.
        top = if top < 0.01 { 0.0 } else { top };
        let last = shares.len();
        for (index, (paint, share)) in shares.into_iter().enumerate() {
            let bottom = if index + 1 == last { 1.0 } else { (top + share).min(1.0) };
            self.push(self.column, self.column + 1, (top, bottom), paint);
            top = bottom;
        }
    }

    fn push(&mut self, from: i32, to: i32, y: (f64, f64), paint: usize) {
        let x = (from * COLUMN, (to * COLUMN).min(self.width));
        match self.tiles.last_mut() {
            Some(last) if last.x.1 == x.0 && last.y == y && last.paint == paint => last.x.1 = x.1,
            _ => self.tiles.push(Tile { x, y, paint }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(begin: f64, end: f64, paint: usize) -> Bar {
        Bar { begin, end, paint }
    }

    #[test]
    fn long_bars_stay_as_they_are() {
        let found = tiles(&[bar(0.0, 5.0, 0), bar(5.0, 10.0, 1)], (0.0, 10.0), 100);
        let whole = |x, paint| Tile { x, y: (0.0, 1.0), paint };
        assert_eq!(found, [whole((0, 50), 0), whole((50, 100), 1)]);
    }

    #[test]
    fn a_column_is_divided_by_time() {
        let bars: Vec<Bar> =
            (0..4).map(|k| bar(f64::from(k) * 0.25, f64::from(k + 1) * 0.25, k as usize % 2)).collect();
        let found = tiles(&bars, (0.0, 50.0), 100);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].y, found[1].y), ((0.0, 0.5), (0.5, 1.0)));
        assert_eq!((found[0].x, found[1].x), ((0, 2), (0, 2)));
    }

    #[test]
    fn there_are_no_more_rectangles_than_columns_can_hold() {
        let bars: Vec<Bar> = (0..100_000).map(|k| bar(f64::from(k), f64::from(k) + 0.9, k as usize % 3)).collect();
        let found = tiles(&bars, (0.0, 100_000.0), 6000);
        assert!(found.len() <= 3 * 3000, "{}", found.len());
        assert!(found.iter().all(|tile| tile.x.0 < tile.x.1 && tile.y.0 < tile.y.1 && tile.x.1 <= 6000));
    }
}
