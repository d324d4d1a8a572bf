//! The canvas as a backend of plotters.
//!
//! Differences from the SVG backend of plotters: a canvas fine enough for print, outlines of rectangles keep their
//! width, joins are round, and text is measured with the font that will show it.

use crate::figure::canvas::{Anchor, At, Canvas, Label, Stroke};
use crate::figure::page::layout::Role;
use plotters::style::RGBColor;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontTransform,
};
use std::cell::RefCell;
use std::convert::Infallible;

/// Lets plotters draw on a canvas that others draw on too.
#[derive(Clone, Copy)]
pub struct PaperBackend<'c> {
    canvas: &'c RefCell<Canvas>,
}

type Outcome = Result<(), DrawingErrorKind<Infallible>>;

impl<'c> PaperBackend<'c> {
    /// A backend that draws on this canvas.
    pub fn new(canvas: &'c RefCell<Canvas>) -> Self {
        Self { canvas }
    }

    /// Draws with what plotters' own primitives lack: dashes, hatches, marks on record.
    pub fn with(&self, draw: impl FnOnce(&mut Canvas)) {
        draw(&mut self.canvas.borrow_mut());
    }
}

impl DrawingBackend for PaperBackend<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        let canvas = self.canvas.borrow();
        (canvas.layout.width.unsigned_abs(), canvas.layout.height.unsigned_abs())
    }

    fn ensure_prepared(&mut self) -> Outcome {
        Ok(())
    }

    fn present(&mut self) -> Outcome {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Outcome {
        let (color, opacity) = paint(color);
        self.with(|canvas| canvas.area(&[(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)], color, opacity));
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Outcome {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(&mut self, a: BackendCoord, b: BackendCoord, style: &S, fill: bool) -> Outcome {
        let corners = [a, (b.0, a.1), b, (a.0, b.1)];
        let (color, opacity) = paint(style.color());
        let stroke = stroke(style);
        self.with(
            |canvas| if fill { canvas.area(&corners, color, opacity) } else { canvas.outline(&corners, &stroke) },
        );
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Outcome {
        let points: Vec<At> = path.into_iter().collect();
        self.with(|canvas| canvas.line(&points, &stroke(style)));
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, center: BackendCoord, radius: u32, style: &S, fill: bool) -> Outcome {
        let inside = fill.then(|| paint(style.color()));
        let outline = stroke(style);
        self.with(|canvas| canvas.circle(center, f64::from(radius), inside, (!fill).then_some(&outline)));
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Outcome {
        let corners: Vec<At> = corners.into_iter().collect();
        let (color, opacity) = paint(style.color());
        self.with(|canvas| canvas.area(&corners, color, opacity));
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, (x, y): BackendCoord) -> Outcome {
        let place = style.anchor();
        let anchor = match place.h_pos {
            HPos::Left => Anchor::Start,
            HPos::Center => Anchor::Middle,
            HPos::Right => Anchor::End,
        };
        let half = (self.canvas.borrow().font().capitals(style.size()) / 2.0).round() as i32;
        let drop = match place.v_pos {
            VPos::Top => half,
            VPos::Center => 0,
            VPos::Bottom => -half,
        };
        let (turn, at) = match style.transform() {
            FontTransform::None => (0, (x, y + drop)),
            FontTransform::Rotate90 => (90, (x - drop, y)),
            FontTransform::Rotate180 => (180, (x, y - drop)),
            FontTransform::Rotate270 => (270, (x + drop, y)),
        };
        let (color, _) = paint(style.color());
        let label = Label { text, size: style.size(), anchor, turn, color, role: Role::Tick };
        self.with(|canvas| canvas.text(at, &label));
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let canvas = self.canvas.borrow();
        let (above, below) = canvas.font().ink(text, style.size());
        Ok((canvas.font().width(text, style.size()).ceil() as u32, (above + below).ceil() as u32))
    }
}

fn paint(color: BackendColor) -> (RGBColor, f64) {
    (RGBColor(color.rgb.0, color.rgb.1, color.rgb.2), color.alpha)
}

fn stroke<S: BackendStyle>(style: &S) -> Stroke {
    let (color, opacity) = paint(style.color());
    Stroke { color, opacity, width: style.stroke_width(), dash: &[] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::canvas::font::Font;
    use plotters::prelude::*;

    #[test]
    fn outlines_of_rectangles_keep_their_width() {
        let canvas = RefCell::new(Canvas::new(1000, 1000, Font::embedded(), None));
        let area = PaperBackend::new(&canvas).into_drawing_area();
        area.draw(&Rectangle::new(
            [(10, 10), (90, 90)],
            ShapeStyle { color: BLACK.into(), filled: false, stroke_width: 14 },
        ))
        .unwrap();
        drop(area);
        assert!(canvas.into_inner().finish(1.0).0.contains(r#"stroke-width="14""#));
    }
}
