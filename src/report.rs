//! A report: one HTML page with what an experiment asks, what came out, how, and a run to look into.
//!
//! The page needs nothing but itself: pictures are part of it, the timeline is drawn by a script in it, and no address
//! stands in it. It opens from a file in any browser of today.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::fmt::Write as _;

const CSS: &str = include_str!("../assets/report/page.css");
const SCRIPT: &str = include_str!("../assets/report/page.js");

/// What a report has to tell.
#[derive(Debug)]
pub struct Report<'r> {
    /// What the experiment shows.
    pub title: &'r str,
    /// What it asks.
    pub question: &'r str,
    /// Where it comes from.
    pub source: Option<&'r str>,
    /// Its figures.
    pub figures: Vec<Picture>,
    /// The run whose timeline is shown, in words.
    pub run: String,
    /// The data of the timeline: [`crate::trace::page::data`].
    pub timeline: Value,
    /// Why its slowest waits were slow: a headline and what it consists of.
    pub waits: Vec<Vec<String>>,
    /// How the results came about: names and values.
    pub provenance: Vec<(String, String)>,
    /// The text of the experiment.
    pub text: &'r str,
}

/// A figure with what belongs to it.
#[derive(Debug)]
pub struct Picture {
    /// The picture as PNG.
    pub png: Vec<u8>,
    /// What stands under it.
    pub caption: String,
    /// The numbers drawn, as CSV.
    pub numbers: String,
}

impl Report<'_> {
    /// The page.
    pub fn html(&self) -> String {
        let title = escaped(self.title);
        let mut page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
             <link rel=\"icon\" href=\"data:,\">\n<style>\n{CSS}</style>\n</head>\n<body>\n<h1>{title}</h1>\n\
             <p class=\"question\">{}</p>\n",
            escaped(self.question)
        );
        if let Some(source) = self.source {
            let _ = writeln!(page, "<p class=\"source\">Source: {}</p>", escaped(source));
        }
        for picture in &self.figures {
            page.push_str(&figure(picture));
        }
        page.push_str(&self.timeline());
        if !self.waits.is_empty() {
            page.push_str("<h2>The slowest waits for the lock</h2>\n<ol>\n");
            for lines in &self.waits {
                let items: Vec<String> = lines[1..].iter().map(|line| format!("<li>{}</li>", escaped(line))).collect();
                let _ = writeln!(page, "<li>{}<ul>{}</ul></li>", escaped(&lines[0]), items.concat());
            }
            page.push_str("</ol>\n");
        }
        page.push_str("<h2>How this came about</h2>\n<table>\n");
        for (name, value) in &self.provenance {
            let _ = writeln!(page, "<tr><th>{}</th><td>{}</td></tr>", escaped(name), escaped(value));
        }
        let _ = writeln!(
            page,
            "</table>\n<details><summary>The experiment</summary><pre>{}</pre></details>",
            escaped(self.text)
        );
        let _ = writeln!(page, "<script>\n{SCRIPT}</script>\n</body>\n</html>");
        page
    }

    fn timeline(&self) -> String {
        // In a script nothing but `</` could end it.
        let data = self.timeline.to_string().replace('<', "\\u003c");
        format!(
            "<h2>Timeline of one run</h2>\n<p class=\"run\">{}\nTurn the wheel to zoom, drag to move, point at something \
             to read what it is and why; or use the arrows, + and -.</p>\n\
             <div id=\"bar\"><button id=\"in\">+</button><button id=\"out\">&minus;</button>\
             <button id=\"all\">all</button><span id=\"range\"></span></div>\n<div id=\"legend\"></div>\n\
             <canvas id=\"timeline\" tabindex=\"0\" role=\"img\" \
             aria-label=\"Timeline of threads, locks and cores\"></canvas>\n<div id=\"tip\" hidden></div>\n\
             <script type=\"application/json\" id=\"data\">{data}</script>\n",
            escaped(&self.run)
        )
    }
}

fn figure(picture: &Picture) -> String {
    let caption = escaped(&picture.caption);
    let png = STANDARD.encode(&picture.png);
    let width = shown_width(&picture.png);
    format!(
        "<figure>\n<img alt=\"{caption}\" width=\"{width}\" src=\"data:image/png;base64,{png}\">\n<figcaption>{caption}</figcaption>\n\
         <details><summary>The numbers drawn</summary><div class=\"scroll\">{}</div></details>\n</figure>\n",
        table(&picture.numbers)
    )
}

/// The width at which a picture is shown: half its pixels, so that it is sharp on fine screens too.
fn shown_width(png: &[u8]) -> u32 {
    // The first chunk begins at byte 8 with its length and kind; the width follows.
    let bytes = png.get(16..20).and_then(|bytes| bytes.try_into().ok());
    bytes.map_or(0, u32::from_be_bytes) / 2
}

/// A CSV as a table.
fn table(csv: &str) -> String {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
    let mut html = String::from("<table>\n");
    for (number, record) in reader.records().filter_map(Result::ok).enumerate() {
        let cell = |text: &str| match text.parse::<f64>() {
            _ if number == 0 => format!("<th>{}</th>", escaped(text)),
            Ok(_) => format!("<td class=\"number\">{}</td>", escaped(text)),
            Err(_) => format!("<td>{}</td>", escaped(text)),
        };
        let _ = writeln!(html, "<tr>{}</tr>", record.iter().map(cell).collect::<String>());
    }
    html + "</table>"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        let report = Report {
            title: "a < b & \"c\"",
            question: "<script>",
            source: None,
            figures: vec![Picture { png: vec![0; 30], caption: "c".into(), numbers: "x,y\n1,<b>\n".into() }],
            run: "r".into(),
            timeline: serde_json::json!({ "name": "</script>" }),
            waits: vec![vec!["w".into(), "because".into()]],
            provenance: vec![("seed".into(), "1".into())],
            text: "x = 1",
        };
        let page = report.html();
        assert!(page.contains("<title>a &lt; b &amp; &quot;c&quot;</title>") && page.contains("&lt;script&gt;"));
        assert!(page.contains("<td class=\"number\">1</td><td>&lt;b&gt;</td>"));
        assert_eq!(page.matches("</script>").count(), 2);
    }
}
