//! SVG to PDF: vectors, with the characters used embedded as a TrueType or OpenType font, never Type 3.
//!
//! The same SVG gives the same bytes: the file holds neither a time nor the name of a machine.

use crate::figure::backend::raster;
use crate::figure::canvas::font::Font;
use crate::figure::error::FigureError;
use krilla::page::PageSettings;
use krilla::{Document, SerializeSettings};
use krilla_svg::{SurfaceExt as _, SvgSettings};

/// Points an inch: a page is measured in points.
const DPI: f32 = 72.0;

/// The PDF of an SVG: one page of its size.
pub fn pdf(svg: &str, font: &Font) -> Result<Vec<u8>, FigureError> {
    let failed = |reason: &str| FigureError::Pdf(reason.to_owned());
    let tree = raster::tree(svg, font, DPI).map_err(|error| FigureError::Pdf(error.to_string()))?;
    let size = krilla::geom::Size::from_wh(tree.size().width(), tree.size().height());
    let size = size.ok_or_else(|| failed("the figure has no area"))?;
    let settings = SerializeSettings { xmp_metadata: false, enable_tagging: false, ..SerializeSettings::default() };
    let mut document = Document::new_with(settings);
    let mut page = document.start_page_with(PageSettings::new(size));
    let mut surface = page.surface();
    surface
        .draw_svg(&tree, size, SvgSettings { embed_text: true, ..SvgSettings::default() })
        .ok_or_else(|| failed("the figure cannot be shown on a page"))?;
    surface.finish();
    page.finish();
    document.finish().map_err(|error| FigureError::Pdf(format!("{error:?}")))
}
