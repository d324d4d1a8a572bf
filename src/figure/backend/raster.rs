//! SVG to PNG at 300 dots an inch, on white, with one font only.
//!
//! The same SVG gives the same bytes. The resolution stands in the file, so that text processors place the figure at
//! its size in print.

use crate::figure::canvas::font::Font;
use crate::figure::error::FigureError;
use resvg::{tiny_skia, usvg};

/// Dots an inch.
const DPI: f32 = 300.0;

/// Dots a metre: 300 dots an inch.
const DOTS_PER_METRE: u32 = 11811;

/// An SVG, read with one font only.
pub(super) fn tree(svg: &str, font: &Font, dpi: f32) -> Result<usvg::Tree, usvg::Error> {
    let family = font.family().to_owned();
    let options = usvg::Options { dpi, font_family: family, fontdb: font.database(), ..usvg::Options::default() };
    usvg::Tree::from_str(svg, &options)
}

/// The PNG of an SVG.
pub fn png(svg: &str, font: &Font) -> Result<Vec<u8>, FigureError> {
    let failed = |error: &dyn std::fmt::Display| FigureError::Raster(error.to_string());
    let tree = tree(svg, font, DPI).map_err(|error| failed(&error))?;
    let (width, height) = (tree.size().width().round() as u32, tree.size().height().round() as u32);
    let mut pixels = tiny_skia::Pixmap::new(width, height).ok_or_else(|| failed(&"the figure has no area"))?;
    pixels.fill(tiny_skia::Color::WHITE);
    resvg::render(&tree, tiny_skia::Transform::identity(), &mut pixels.as_mut());
    // On an opaque ground every pixel is opaque: the fourth byte of each says nothing.
    let colors: Vec<u8> = pixels.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();

    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: DOTS_PER_METRE,
        yppu: DOTS_PER_METRE,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header().map_err(|error| failed(&error))?;
    writer.write_image_data(&colors).map_err(|error| failed(&error))?;
    writer.finish().map_err(|error| failed(&error))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resolution_stands_in_the_file() {
        let svg = r#"<svg xmlns="http://www.w3.org/2000/svg" width="1in" height="0.5in" viewBox="0 0 1000 500"/>"#;
        let bytes = png(svg, &Font::embedded()).unwrap();
        assert_eq!(&bytes[16..24], [0, 0, 1, 44, 0, 0, 0, 150]);
        let mut expected = b"pHYs".to_vec();
        expected.extend(DOTS_PER_METRE.to_be_bytes().repeat(2));
        assert!(bytes.windows(expected.len()).any(|window| window == expected));
    }
}
