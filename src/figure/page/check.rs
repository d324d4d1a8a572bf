//! What is wrong with a layout, in words; nothing when it can be printed.

use crate::figure::page::layout::{Area, Layout, Role, TextBox, overlap};

/// Overlap below this, in canvas units, is rounding.
const SLACK: f64 = 2.0;

/// Every text that is clipped or touches another text, a frame or data, and every marker outside the frames.
pub fn problems(layout: &Layout) -> Vec<String> {
    let mut found = Vec::new();
    let inside = |&(x, y): &(f64, f64)| {
        x >= -SLACK && y >= -SLACK && x <= f64::from(layout.width) + SLACK && y <= f64::from(layout.height) + SLACK
    };
    for (index, text) in layout.texts.iter().enumerate() {
        if !text.corners.iter().all(inside) {
            found.push(format!("`{}` is clipped", text.text));
        }
        for other in &layout.texts[..index] {
            if overlap(&text.corners, &other.corners, SLACK) {
                found.push(format!("`{}` overlaps `{}`", text.text, other.text));
            }
        }
        found.extend(on_data(layout, text));
    }
    for mark in &layout.marks {
        if !layout.frames.iter().any(|frame| frame.contains(*mark, 1)) {
            found.push(format!("a marker at {mark:?} lies outside the frames"));
        }
    }
    if let Some(legend) = layout.legend
        && layout.marks.iter().any(|&mark| legend.contains(mark, 0))
    {
        found.push("the legend hides data".into());
    }
    found
}

fn on_data(layout: &Layout, text: &TextBox) -> Option<String> {
    let meets = layout.frames.iter().any(|frame| overlap(&frame.corners(), &text.corners, SLACK));
    let within = |frame: &Area| text.corners.iter().all(|&(x, y)| frame.contains((x as i32, y as i32), SLACK as i32));
    match text.role {
        Role::Legend => None,
        Role::Value if layout.frames.iter().any(within) => None,
        Role::Value => Some(format!("the value `{}` leaves its frame", text.text)),
        _ => meets.then(|| format!("`{}` overlaps a frame", text.text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str, left: i32, top: i32) -> TextBox {
        let area = Area { left, top, right: left + 100, bottom: top + 50 };
        TextBox { text: name.into(), role: Role::Tick, corners: area.corners() }
    }

    #[test]
    fn clipped_and_overlapping_text_is_found() {
        let texts = vec![text("a", 10, 10), text("b", 80, 20), text("c", 950, 10)];
        let layout = Layout { width: 1000, height: 500, texts, ..Layout::default() };
        assert_eq!(problems(&layout), ["`b` overlaps `a`", "`c` is clipped"]);
    }

    #[test]
    fn a_mark_outside_all_frames_is_found() {
        let frame = Area { left: 0, top: 0, right: 100, bottom: 100 };
        let layout = Layout {
            width: 500,
            height: 500,
            frames: vec![frame],
            marks: vec![(50, 50), (150, 50)],
            ..Layout::default()
        };
        assert_eq!(problems(&layout).len(), 1);
    }
}
