//! Images of codes: a QR code as a PNG.

use qrcode::{Color, QrCode};

use crate::error::{Error, ErrorKind, Result};

/// The service's range of widths, in pixels, and what it takes without one.
const WIDTH_MIN: u32 = 280;
const WIDTH_MAX: u32 = 1280;
pub(super) const WIDTH_DEFAULT: u32 = 430;

/// Modules of white around the code, as the standard asks.
const QUIET_MODULES: u32 = 4;

/// How a code is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub width: u32,
    pub line_color: [u8; 3],
    /// The background is transparent.
    pub is_hyaline: bool,
}

/// A PNG of the wanted width (within the service's range) showing a QR code that reads as `text`.
pub(super) fn draw(text: &str, look: Look) -> Result<Vec<u8>> {
    let code = QrCode::new(text.as_bytes())
        .map_err(|_| Error::new(ErrorKind::InvalidParam, "the path is too long for a QR code"))?;
    let modules = u32::try_from(code.width()).unwrap_or(u32::MAX);
    let width = look.width.clamp(WIDTH_MIN, WIDTH_MAX);
    let colors = code.to_colors();
    let is_dark = |x: u32, y: u32| {
        let at = usize::try_from(y * modules + x).unwrap_or(usize::MAX);
        colors.get(at) == Some(&Color::Dark)
    };
    // The largest whole number of pixels a module; what is left over widens the border.
    let pixels = (width / (modules + 2 * QUIET_MODULES)).max(1);
    let border = width.saturating_sub(pixels * modules) / 2;
    let module = |at: u32| {
        let module = at.checked_sub(border)? / pixels;
        (module < modules).then_some(module)
    };
    let mut indexes = Vec::with_capacity((width * width.div_ceil(8)) as usize);
    for y in 0..width {
        let row = module(y);
        for first in (0..width).step_by(8) {
            let byte = (0..8).fold(0_u8, |byte, bit| {
                let dark = row.zip(module(first + bit)).is_some_and(|(y, x)| is_dark(x, y));
                byte | (u8::from(dark) << (7 - bit))
            });
            indexes.push(byte);
        }
    }
    encode(width, look, &indexes)
}

/// One bit a pixel: 0 is the background, 1 the line colour.
fn encode(width: u32, look: Look, indexes: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, width);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::One);
    let [red, green, blue] = look.line_color;
    encoder.set_palette(vec![255, 255, 255, red, green, blue]);
    if look.is_hyaline {
        encoder.set_trns(vec![0, 255]);
    }
    encoder
        .write_header()
        .and_then(|mut writer| {
            writer.write_image_data(indexes)?;
            writer.finish()
        })
        .map_err(|error| {
            Error::new(ErrorKind::Internal, format!("a PNG was not written: {error}"))
        })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(width: u32) -> Look {
        Look { width, line_color: [1, 2, 3], is_hyaline: true }
    }

    #[test]
    fn the_image_is_a_png_of_the_wanted_width_with_the_code_in_it() {
        let bytes = draw("pages/index?a=1", look(430)).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((frame.width, frame.height), (430, 430));
        let info = reader.info();
        assert_eq!(info.palette.as_deref(), Some(&[255, 255, 255, 1, 2, 3][..]));
        assert_eq!(info.trns.as_deref(), Some(&[0, 255][..]));
        // Module for module the image shows the code.
        let code = QrCode::new("pages/index?a=1").unwrap();
        let modules = code.width();
        let size = 430 / (modules + 8);
        let border = (430 - size * modules) / 2;
        for y in 0..modules {
            for x in 0..modules {
                let (px, py) = (border + x * size + size / 2, border + y * size + size / 2);
                let bit = pixels[py * frame.line_size + px / 8] >> (7 - px % 8) & 1;
                assert_eq!(bit == 1, code[(x, y)] == Color::Dark, "{x} {y}");
            }
        }
    }

    #[test]
    fn widths_outside_the_range_are_brought_inside() {
        for (asked, drawn) in [(0, 280), (1, 280), (300, 300), (5000, 1280)] {
            let bytes = draw("x", look(asked)).unwrap();
            assert_eq!(bytes[16..20], u32::to_be_bytes(drawn), "{asked}");
        }
        assert!(draw(&"x".repeat(5000), look(430)).is_err());
    }
}
