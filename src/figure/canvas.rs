//! The paper: collects SVG and records where text and markers went.
//!
//! Coordinates are whole thousandths of an inch, so the same drawing is the same text on every machine. Text is
//! measured with the embedded font and centred by the height of its capitals.

use super::font;
use super::layout::{Area, Layout, Role, TextBox};
use super::marker;
use super::style::{self, Look, Shape};
use plotters::style::RGBColor;
use std::fmt::Write as _;

/// A point on the canvas.
pub type At = (i32, i32);

/// The paper on which a figure is drawn.
#[derive(Debug)]
pub struct Canvas {
    body: String,
    description: Option<String>,
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
    pub fn new(width: i32, height: i32, description: Option<String>) -> Self {
        Self { body: String::new(), description, layout: Layout { width, height, ..Layout::default() } }
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
        let width = font::width(label.text, label.size);
        let (above, below) = font::ink(label.text, label.size);
        let drop = font::CAP_HEIGHT * label.size / 2.0;
        let (anchor, left) = match label.anchor {
            Anchor::Start => ("start", 0.0),
            Anchor::Middle => ("middle", -width / 2.0),
            Anchor::End => ("end", -width),
        };
        let (sin, cos) = f64::from(label.turn).to_radians().sin_cos();
        let turned = |dx: f64, dy: f64| (f64::from(x) + dx * cos - dy * sin, f64::from(y) + dx * sin + dy * cos);
        let (top, bottom, right) = (drop - above, drop + below, left + width);
        let corners = [turned(left, top), turned(right, top), turned(right, bottom), turned(left, bottom)];
        let turn =
            if label.turn == 0 { String::new() } else { format!(r#" transform="rotate({} {x} {y})""#, label.turn) };
        let _ = writeln!(
            self.body,
            r#"<text x="{x}" y="{}" font-size="{:.1}" text-anchor="{anchor}"{turn}>{}</text>"#,
            y + drop.round() as i32,
            label.size,
            escaped(label.text),
        );
        self.layout.texts.push(TextBox { text: label.text.to_owned(), role: label.role, corners });
    }

    /// The finished SVG and the record.
    pub fn finish(self) -> (String, Layout) {
        let Layout { width, height, .. } = self.layout;
        let inches = |units: i32| format!("{}.{:03}", units / style::UNITS_PER_INCH, units % style::UNITS_PER_INCH);
        let description = self.description.map(|text| format!("<desc>{}</desc>\n", escaped(&text))).unwrap_or_default();
        let svg = format!(
            concat!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" width="{}in" height="{}in" viewBox="0 0 {} {}" "#,
                r#"stroke-linejoin="round" font-family="{}, Arial, sans-serif" font-kerning="none">"#,
                "\n{}<rect width=\"{}\" height=\"{}\" fill=\"#ffffff\"/>\n{}</svg>\n"
            ),
            inches(width),
            inches(height),
            width,
            height,
            font::FAMILY,
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
        let mut canvas = Canvas::new(1000, 500, None);
        let label = Label { text: "a<b & c", size: 100.0, anchor: Anchor::Middle, turn: 0, role: Role::Title };
        canvas.text((500, 250), &label);
        let (svg, layout) = canvas.finish();
        assert!(svg.contains("a&lt;b &amp; c"));
        let [first, second, ..] = layout.texts[0].corners;
        assert!((first.0 + second.0 - 1000.0).abs() < 1e-6);
    }
}
