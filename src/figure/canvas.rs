//! The paper: collects SVG and records where text and markers went.
//!
//! Coordinates are whole thousandths of an inch, so the same drawing is the same text on every machine. Text is
//! measured with the font that will show it and centred by the height of its capitals.

pub mod font;
pub mod marker;

use crate::figure::look::style::{self, Look, Shape};
use crate::figure::page::layout::{self, Area, Layout, Role, TextBox};
use font::{Font, Run};
use plotters::style::RGBColor;
use std::fmt::Write as _;
use std::sync::Arc;

/// A point on the canvas.
pub type At = (i32, i32);

/// The paper on which a figure is drawn.
#[derive(Debug)]
pub struct Canvas {
    body: String,
    description: Option<String>,
    font: Arc<Font>,
    /// Where things went.
    pub layout: Layout,
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Stroke {
    /// Colour.
    pub color: RGBColor,
    /// Opacity from 0 to 1.
    pub opacity: f64,
    /// Width.
    pub width: u32,
    /// Dashes and gaps in tenths of a point; empty is solid.
    pub dash: &'static [u32],
}

/// How a marker is filled and outlined.
#[derive(Debug, Clone, Copy)]
pub struct MarkerPaint {
    /// Inside.
    pub fill: Option<RGBColor>,
    /// Outline.
    pub outline: Option<RGBColor>,
}

/// Which point of a text is put at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The left end.
    Start,
    /// The middle.
    Middle,
    /// The right end.
    End,
}

/// A line of text to be written.
#[derive(Debug, Clone, Copy)]
pub struct Label<'t> {
    /// What to write.
    pub text: &'t str,
    /// Em size.
    pub size: f64,
    /// Which point of the text stands at the place; vertically it is always the middle of its capitals.
    pub anchor: Anchor,
    /// Degrees by which the text is turned clockwise.
    pub turn: i32,
    /// Its colour.
    pub color: RGBColor,
    /// What it is for.
    pub role: Role,
}

impl Stroke {
    /// A solid, opaque stroke.
    pub fn solid(color: RGBColor, width: u32) -> Self {
        Self { color, opacity: 1.0, width, dash: &[] }
    }
}

impl Canvas {
    /// An empty sheet of this size.
    pub fn new(width: i32, height: i32, font: Arc<Font>, description: Option<String>) -> Self {
        Self { body: String::new(), description, font, layout: Layout { width, height, ..Layout::default() } }
    }

    /// The font of all text.
    pub fn font(&self) -> &Font {
        &self.font
    }

    /// Draws a line through points.
    pub fn line(&mut self, points: &[At], stroke: &Stroke) {
        if points.len() < 2 {
            return;
        }
        let path = path(points);
        let _ = writeln!(self.body, r#"<path d="{path}" fill="none"{}/>"#, stroke_attributes(stroke));
    }

    /// Fills an area.
    pub fn area(&mut self, corners: &[At], color: RGBColor, opacity: f64) {
        let path = path(corners);
        let _ = writeln!(self.body, r#"<path d="{path}Z"{}/>"#, fill_attributes(color, opacity));
    }

    /// Outlines an area.
    pub fn outline(&mut self, corners: &[At], stroke: &Stroke) {
        let path = path(corners);
        let _ = writeln!(self.body, r#"<path d="{path}Z" fill="none"{}/>"#, stroke_attributes(stroke));
    }

    /// Draws a disc or, with a stroke, a ring.
    pub fn circle(&mut self, (x, y): At, radius: f64, fill: Option<(RGBColor, f64)>, stroke: Option<&Stroke>) {
        let radius = radius.round() as i32;
        let fill =
            fill.map_or_else(|| r#" fill="none""#.to_owned(), |(color, opacity)| fill_attributes(color, opacity));
        let stroke = stroke.map(stroke_attributes).unwrap_or_default();
        let _ = writeln!(self.body, r#"<circle cx="{x}" cy="{y}" r="{radius}"{fill}{stroke}/>"#);
    }

    /// Draws a marker that reaches about `radius` from its middle.
    pub fn marker(&mut self, at: At, shape: Shape, radius: f64, paint: MarkerPaint) {
        let stroke = paint.outline.map(|color| Stroke::solid(color, style::THIN));
        if shape == Shape::Circle {
            self.circle(at, radius, paint.fill.map(|color| (color, 1.0)), stroke.as_ref());
            return;
        }
        let corners = marker::corners(shape, at, radius);
        if let Some(color) = paint.fill {
            self.area(&corners, color, 1.0);
        }
        if let Some(stroke) = stroke {
            self.outline(&corners, &stroke);
        }
    }

    /// Fills a rectangle of a map. Neighbours must overlap, or their smooth edges let the ground shine through.
    pub fn cell(&mut self, area: Area, RGBColor(r, g, b): RGBColor) {
        let (Area { left, top, .. }, width, height) = (area, area.width(), area.height());
        let _ = writeln!(
            self.body,
            r##"<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="#{r:02x}{g:02x}{b:02x}"/>"##
        );
    }

    /// Draws a bar: fill, hatch and outline.
    pub fn bar(&mut self, area: Area, look: &Look) {
        let corners = area.corners().map(|(x, y)| (x as i32, y as i32));
        self.area(&corners, look.fill, 1.0);
        let stroke = Stroke::solid(look.color, style::HAIRLINE);
        for (from, to) in marker::hatch(look.hatch, area) {
            self.line(&[from, to], &stroke);
        }
        self.outline(&corners, &Stroke::solid(look.color, style::THIN));
    }

    /// Writes a line of text and records its box.
    pub fn text(&mut self, (x, y): At, label: &Label<'_>) {
        if label.text.is_empty() {
            return;
        }
        let corners = self.corners((x, y), label);
        let drop = self.font.capitals(label.size) / 2.0;
        let anchor = match label.anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let turn =
            if label.turn == 0 { String::new() } else { format!(r#" transform="rotate({} {x} {y})""#, label.turn) };
        let fill = match label.color {
            style::INK => String::new(),
            color => fill_attributes(color, 1.0),
        };
        let _ = writeln!(
            self.body,
            r#"<text x="{x}" y="{}" font-size="{:.1}" text-anchor="{anchor}"{fill}{turn}>{}</text>"#,
            y + drop.round() as i32,
            label.size,
            self.lettering(label),
        );
        self.layout.texts.push(TextBox { text: label.text.to_owned(), role: label.role, corners });
    }

    /// Writes a line of text if it lies in a frame and on no other text.
    pub fn text_where_free(&mut self, at: At, label: &Label<'_>) {
        let corners = self.corners(at, label);
        let inside = |frame: &Area| corners.iter().all(|&(x, y)| frame.contains((x as i32, y as i32), 0));
        let free = !self.layout.texts.iter().any(|other| layout::overlap(&corners, &other.corners, 0.0));
        if free && self.layout.frames.iter().any(inside) {
            self.text(at, label);
        }
    }

    /// The corners of the ink of a text.
    fn corners(&self, (x, y): At, label: &Label<'_>) -> [(f64, f64); 4] {
        let width = self.font.width(label.text, label.size);
        let (above, below) = self.font.ink(label.text, label.size);
        let drop = self.font.capitals(label.size) / 2.0;
        let left = match label.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -width / 2.0,
            Anchor::End => -width,
        };
        let (sin, cos) = f64::from(label.turn).to_radians().sin_cos();
        let turned = |dx: f64, dy: f64| (f64::from(x) + dx * cos - dy * sin, f64::from(y) + dx * sin + dy * cos);
        let (top, bottom, right) = (drop - above, drop + below, left + width);
        [turned(left, top), turned(right, top), turned(right, bottom), turned(left, bottom)]
    }

    /// The inside of a text element, with what the font lacks raised.
    fn lettering(&self, label: &Label<'_>) -> String {
        let mut height = 0.0;
        let piece = |Run { text, raised }: &Run| {
            let (text, before) = (escaped(text), height);
            height = if *raised { font::RAISED_BY * label.size } else { 0.0 };
            let rise = before - height;
            match raised {
                true => {
                    let size = label.size * font::RAISED_SIZE;
                    format!(r#"<tspan dy="{rise:.1}" font-size="{size:.1}">{text}</tspan>"#)
                }
                false if rise == 0.0 => text,
                false => format!(r#"<tspan dy="{rise:.1}">{text}</tspan>"#),
            }
        };
        self.font.runs(label.text).iter().map(piece).collect()
    }

    /// The finished SVG, so many times as large as the sheet, and the record.
    pub fn finish(self, magnification: f64) -> (String, Layout) {
        let Layout { width, height, .. } = self.layout;
        let inches = |units: i32| format!("{:.3}", f64::from(units) * magnification / f64::from(style::UNITS_PER_INCH));
        let description = self.description.map(|text| format!("<desc>{}</desc>\n", escaped(&text))).unwrap_or_default();
        let svg = format!(
            concat!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" width="{}in" height="{}in" viewBox="0 0 {} {}" "#,
                r#"stroke-linejoin="round" font-family="{}, sans-serif" font-kerning="none">"#,
                "\n{}<rect width=\"{}\" height=\"{}\" fill=\"#ffffff\"/>\n{}</svg>\n"
            ),
            inches(width),
            inches(height),
            width,
            height,
            escaped(self.font.family()),
            description,
            width,
            height,
            self.body,
        );
        (svg, self.layout)
    }
}

fn path(points: &[At]) -> String {
    let mut path = String::new();
    for (index, (x, y)) in points.iter().enumerate() {
        let command = if index == 0 { 'M' } else { 'L' };
        let _ = write!(path, "{command}{x} {y}");
    }
    path
}

fn stroke_attributes(stroke: &Stroke) -> String {
    let RGBColor(r, g, b) = stroke.color;
    let mut text = format!(r##" stroke="#{r:02x}{g:02x}{b:02x}" stroke-width="{}""##, stroke.width);
    if stroke.opacity < 1.0 {
        let _ = write!(text, r#" stroke-opacity="{:.3}""#, stroke.opacity);
    }
    if !stroke.dash.is_empty() {
        let lengths: Vec<String> =
            stroke.dash.iter().map(|&tenths| format!("{:.0}", style::tenths_of_pt(tenths))).collect();
        let _ = write!(text, r#" stroke-dasharray="{}""#, lengths.join(" "));
    }
    text
}

fn fill_attributes(RGBColor(r, g, b): RGBColor, opacity: f64) -> String {
    let mut text = format!(r##" fill="#{r:02x}{g:02x}{b:02x}""##);
    if opacity < 1.0 {
        let _ = write!(text, r#" fill-opacity="{opacity:.3}""#);
    }
    text
}

/// Text as XML; characters that XML cannot hold are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_its_box_is_recorded() {
        let mut canvas = Canvas::new(1000, 500, Font::embedded(), None);
        let label = Label {
            text: "a<b & c",
            size: 100.0,
            anchor: Anchor::Middle,
            turn: 0,
            color: style::INK,
            role: Role::Title,
        };
        canvas.text((500, 250), &label);
        let (svg, layout) = canvas.finish(1.0);
        assert!(svg.contains("a&lt;b &amp; c"));
        let [first, second, ..] = layout.texts[0].corners;
        assert!((first.0 + second.0 - 1000.0).abs() < 1e-6);
    }
}
