//! QR codes of payment links, for the payer to scan.

use domain::UpiLink;
use fast_qr::{ECL, QRBuilder};

use crate::{Error, Result};

/// Modules that stay light on every side, as ISO/IEC 18004 wants it.
const QUIET_ZONE: usize = 4;

/// The least width of an image, in pixels.
const LEAST_WIDTH: usize = 300;

/// The least width of a module in an image of pixels: what a camera reads from a screen without effort.
const LEAST_MODULE: usize = 8;

/// The code as a drawing that scales.
pub fn svg(link: &UpiLink) -> Result<String> {
    let code = encode(link)?;
    let width = code.len();
    // One rectangle for each run of dark modules in a row.
    let rectangles = |(y, row): (usize, &Vec<bool>)| -> String {
        let mut end = 0;
        let runs = row.chunk_by(|one, next| one == next).map(|run| {
            end += run.len();
            (end - run.len(), run)
        });
        let dark = runs.filter(|(_, run)| run.first() == Some(&true));
        dark.map(|(x, run)| format!("M{x} {y}h{length}v1h-{length}z", length = run.len())).collect()
    };
    let path: String = code.iter().enumerate().map(rectangles).collect();
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {width}\" width=\"{LEAST_WIDTH}\" \
         height=\"{LEAST_WIDTH}\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{width}v{width}H0z\"/>\
         <path d=\"{path}\"/></svg>"
    ))
}

/// The code as a PNG, at least 300 pixels wide.
pub fn png(link: &UpiLink) -> Result<Vec<u8>> {
    let code = encode(link)?;
    let module = LEAST_MODULE.max(LEAST_WIDTH.div_ceil(code.len()));
    let width = code.len() * module;
    // One bit for each pixel; the first is the highest of its byte, and 1 is light.
    let line = |row: &Vec<bool>| -> Vec<u8> {
        let pixels: Vec<bool> = row.iter().flat_map(|dark| std::iter::repeat_n(!dark, module)).collect();
        let byte =
            |eight: &[bool]| (0..8).fold(0, |byte, n| byte << 1 | u8::from(eight.get(n) == Some(&true)));
        pixels.chunks(8).map(byte).collect()
    };
    let data: Vec<u8> = code.iter().flat_map(|row| line(row).repeat(module)).collect();
    write_png(width, &data).map_err(|_| refused("the QR code cannot be written as a PNG"))
}

fn write_png(width: usize, data: &[u8]) -> std::result::Result<Vec<u8>, png::EncodingError> {
    let width = u32::try_from(width).unwrap_or(u32::MAX);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, width);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    // Lines repeat as they are.
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(data)?;
    writer.finish()?;
    Ok(file)
}

/// The rows of the code with its quiet zone; true is dark. Error correction is M, and L for a link that is too long for
/// that, as one with a name of two hundred emoji is.
fn encode(link: &UpiLink) -> Result<Vec<Vec<bool>>> {
    let with = |level: ECL| QRBuilder::new(link.expose()).ecl(level).build();
    let code = with(ECL::M).or_else(|_| with(ECL::L));
    let code = code.map_err(|_| refused("the payment link is too long for a QR code"))?;
    let width = code.size + 2 * QUIET_ZONE;
    let light = vec![false; width];
    let margin = [false; QUIET_ZONE];
    let row = |modules: &[fast_qr::Module]| {
        let modules = modules.iter().map(|module| module.value());
        margin.into_iter().chain(modules).chain(margin).collect()
    };
    let mut rows = vec![light.clone(); QUIET_ZONE];
    rows.extend(code.data.chunks(code.size).take(code.size).map(row));
    rows.resize(width, light);
    Ok(rows)
}

fn refused(detail: &str) -> Error {
    Error::invalid("", "no_qr_code", detail)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use domain::UpiLink;

    use super::*;

    /// Reads the code back from a picture of grey pixels.
    fn read(width: usize, grey: impl FnMut(usize, usize) -> u8) -> String {
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, width, grey);
        let grids = picture.detect_grids();
        assert_eq!(grids.len(), 1, "one code is found");
        grids[0].decode().unwrap().1
    }

    fn links() -> [UpiLink; 3] {
        let with_name = |name: &str| {
            let link = format!("upi://pay?pa=asha@okaxis&pn={name}&am=33.34&cu=INR&tn=Dinner&tr=0190163d");
            UpiLink::from_trusted(link)
        };
        ["Asha%20Rao".to_owned(), "%E0%A4%85".repeat(60), "%F0%9F%8E%89".repeat(200)]
            .map(|name| with_name(&name))
    }

    #[test]
    fn a_png_reads_as_the_link_and_is_wide_enough() {
        for link in links() {
            let file = png(&link).unwrap();
            let mut decoder = png::Decoder::new(Cursor::new(file));
            decoder.set_transformations(png::Transformations::EXPAND);
            let mut reader = decoder.read_info().unwrap();
            let mut data = vec![0; reader.output_buffer_size().unwrap()];
            let info = reader.next_frame(&mut data).unwrap();
            assert!(info.width >= 300 && info.width == info.height, "{info:?}");
            let width = usize::try_from(info.width).unwrap();
            assert_eq!(read(width, |x, y| data[y * width + x]), link.expose());
            // The quiet zone is light.
            let quiet = QUIET_ZONE * LEAST_MODULE;
            assert!(data[..width * quiet].iter().all(|pixel| *pixel == u8::MAX));
            assert!(data.chunks(width).all(|row| row[..quiet].iter().all(|pixel| *pixel == u8::MAX)));
        }
    }

    /// The squares that a rectangle such as `M4 7h3v1h-3` is made of.
    fn squares_of(rectangle: &str) -> impl Iterator<Item = (usize, usize)> {
        let (place, rest) = rectangle.trim_start_matches('M').split_once('h').unwrap();
        let (width, back) = rest.split_once("v1h-").unwrap();
        assert_eq!(width, back, "{rectangle}");
        let (x, y) = place.split_once(' ').unwrap();
        let [x, y, width] = [x, y, width].map(|number| number.parse::<usize>().unwrap());
        (x..x + width).map(move |x| (x, y))
    }

    #[test]
    fn an_svg_draws_the_same_modules() {
        for link in links() {
            let (drawing, code) = (svg(&link).unwrap(), encode(&link).unwrap());
            assert!(drawing.contains(&format!("viewBox=\"0 0 {0} {0}\"", code.len())), "{drawing}");
            let path = drawing.split("<path d=\"").nth(1).unwrap().split('"').next().unwrap();
            let squares: Vec<(usize, usize)> = path.split_terminator('z').flat_map(squares_of).collect();
            let scale = 4;
            let grey =
                |x: usize, y: usize| if squares.contains(&(x / scale, y / scale)) { 0 } else { u8::MAX };
            if code.len() < 60 {
                assert_eq!(read(code.len() * scale, grey), link.expose());
            }
            let dark = code.iter().flatten().filter(|dark| **dark).count();
            assert_eq!(squares.len(), dark);
        }
    }
}
