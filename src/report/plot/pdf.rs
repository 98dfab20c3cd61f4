//! A sheet of PDF: lines, areas and text, with the glyphs that are used of the embedded fonts.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::error::Error;
use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{CidFontType, FontFlags, LineCapStyle, SystemInfo, UnicodeCmap};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str};
use plotters::style::FontStyle;
use plotters::style::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontTransform,
};
use subsetter::GlyphRemapper;
use ttf_parser::Face;

/// Points of a fine pixel: a figure of 1,800 pixels is 6 inches wide.
const POINTS: f32 = 0.12;
/// What the size of a text is to that of its font.
const LINE: f64 = 1.24;
/// How far the control points of a quarter of a circle lie from its ends.
const ARC: f32 = 0.552_284_8;
const SYSTEM: SystemInfo<'_> = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

type Trouble = Box<dyn Error + Send + Sync>;
type Done = Result<(), DrawingErrorKind<Infallible>>;

/// What is drawn so far.
pub(super) struct Page {
    size: (u32, u32),
    content: Content,
    /// Opacities in use, in 1/255.
    opacities: BTreeSet<u8>,
    /// Regular and bold.
    faces: [Typeface; 2],
}

struct Typeface {
    name: &'static [u8],
    resource: &'static [u8],
    face: Face<'static>,
    bytes: &'static [u8],
    glyphs: GlyphRemapper,
    /// What each glyph in use stands for, and its width in thousandths of the size.
    used: BTreeMap<u16, (char, f32)>,
}

impl Typeface {
    fn new(
        name: &'static [u8],
        resource: &'static [u8],
        bytes: &'static [u8],
    ) -> Result<Self, Trouble> {
        Ok(Self {
            name,
            resource,
            face: Face::parse(bytes, 0)?,
            bytes,
            glyphs: GlyphRemapper::new(),
            used: BTreeMap::new(),
        })
    }

    /// The codes of a text, and its width in thousandths of the size.
    fn set(&mut self, text: &str) -> (Vec<u8>, f32) {
        let unit = 1000.0 / f32::from(self.face.units_per_em());
        let (mut codes, mut whole) = (Vec::new(), 0.0);
        for letter in text.chars() {
            let glyph = self.face.glyph_index(letter).unwrap_or_default();
            let width = f32::from(self.face.glyph_hor_advance(glyph).unwrap_or(0)) * unit;
            let code = self.glyphs.remap(glyph.0);
            self.used.entry(code).or_insert((letter, width));
            codes.extend(code.to_be_bytes());
            whole += width;
        }
        (codes, whole)
    }

    /// Writes the font with the glyphs in use, under `first` and the four numbers behind it.
    fn write(&self, pdf: &mut Pdf, first: i32) -> Result<(), Trouble> {
        let [font, cid, descriptor, cmap, file] = [0, 1, 2, 3, 4].map(|k| Ref::new(first + k));
        let name = Name(self.name);
        pdf.type0_font(font)
            .base_font(name)
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(cid)
            .to_unicode(cmap);
        let mut descendant = pdf.cid_font(cid);
        descendant
            .subtype(CidFontType::Type2)
            .base_font(name)
            .system_info(SYSTEM)
            .font_descriptor(descriptor)
            .default_width(0.0)
            .cid_to_gid_map_predefined(Name(b"Identity"));
        let mut widths = descendant.widths();
        for (&code, &(_, width)) in &self.used {
            widths.consecutive(code, [width]);
        }
        widths.finish();
        descendant.finish();
        let unit = 1000.0 / f32::from(self.face.units_per_em());
        let scaled = |v: i16| f32::from(v) * unit;
        let reach = self.face.global_bounding_box();
        pdf.font_descriptor(descriptor)
            .name(name)
            .flags(FontFlags::SYMBOLIC)
            .bbox(Rect::new(
                scaled(reach.x_min),
                scaled(reach.y_min),
                scaled(reach.x_max),
                scaled(reach.y_max),
            ))
            .italic_angle(0.0)
            .ascent(scaled(self.face.ascender()))
            .descent(scaled(self.face.descender()))
            .cap_height(scaled(self.face.capital_height().unwrap_or(0)))
            .stem_v(90.0)
            .font_file2(file);
        let mut letters = UnicodeCmap::new(Name(b"Letters"), SYSTEM);
        for (&code, &(letter, _)) in &self.used {
            letters.pair(code, letter);
        }
        pdf.cmap(cmap, &letters.finish());
        let bytes = packed(&subsetter::subset(self.bytes, 0, &self.glyphs)?)?;
        pdf.stream(file, &bytes).filter(Filter::FlateDecode);
        Ok(())
    }
}

impl Page {
    /// A white page of so many fine pixels.
    pub(super) fn new(size: (u32, u32)) -> Result<Self, Trouble> {
        let mut content = Content::new();
        // From pixels from the top to points from the bottom.
        let height = size.1 as f32 * POINTS;
        content.transform([POINTS, 0.0, 0.0, -POINTS, 0.0, height]);
        content.set_line_cap(LineCapStyle::ButtCap);
        Ok(Self {
            size,
            content,
            opacities: BTreeSet::new(),
            faces: [
                Typeface::new(b"SPHERE+DejaVuSans", b"F0", dejavu::sans::regular())?,
                Typeface::new(b"SPHERE+DejaVuSans-Bold", b"F1", dejavu::sans::bold())?,
            ],
        })
    }

    /// The whole document.
    pub(super) fn document(self) -> Result<Vec<u8>, Trouble> {
        let [catalog, tree, page, content] = [1, 2, 3, 4].map(Ref::new);
        // Each font takes five numbers.
        let font = |k: usize| 5 + 5 * k as i32;
        let used = |(_, face): &(usize, &Typeface)| !face.used.is_empty();
        let faces: Vec<_> = self.faces.iter().enumerate().filter(used).collect();
        let mut pdf = Pdf::new();
        pdf.catalog(catalog).pages(tree);
        pdf.pages(tree).kids([page]).count(1);
        let mut sheet = pdf.page(page);
        let (width, height) = (self.size.0 as f32 * POINTS, self.size.1 as f32 * POINTS);
        sheet
            .parent(tree)
            .media_box(Rect::new(0.0, 0.0, width, height))
            .contents(content);
        let mut resources = sheet.resources();
        let mut fonts = resources.fonts();
        for (k, face) in &faces {
            fonts.pair(Name(face.resource), Ref::new(font(*k)));
        }
        fonts.finish();
        let mut states = resources.ext_g_states();
        for &opacity in &self.opacities {
            let share = f32::from(opacity) / 255.0;
            let name = state(opacity);
            let mut state = states
                .insert(Name(name.as_bytes()))
                .start::<pdf_writer::writers::ExtGraphicsState<'_>>();
            state.stroking_alpha(share).non_stroking_alpha(share);
        }
        states.finish();
        resources.finish();
        sheet.finish();
        let drawn = packed(&self.content.finish())?;
        pdf.stream(content, &drawn).filter(Filter::FlateDecode);
        for (k, face) in faces {
            face.write(&mut pdf, font(k))?;
        }
        Ok(pdf.finish())
    }

    /// Sets colour and opacity; whether anything is to be seen.
    fn ink(&mut self, ink: BackendColor) -> bool {
        let opacity = (ink.alpha.clamp(0.0, 1.0) * 255.0).round() as u8;
        if opacity == 0 {
            return false;
        }
        self.opacities.insert(opacity);
        self.content.set_parameters(Name(state(opacity).as_bytes()));
        let (r, g, b) = ink.rgb;
        let [r, g, b] = [r, g, b].map(|part| f32::from(part) / 255.0);
        self.content.set_fill_rgb(r, g, b);
        self.content.set_stroke_rgb(r, g, b);
        true
    }

    fn along(&mut self, points: impl IntoIterator<Item = BackendCoord>) {
        for (k, (x, y)) in points.into_iter().enumerate() {
            let (x, y) = (x as f32, y as f32);
            match k {
                0 => self.content.move_to(x, y),
                _ => self.content.line_to(x, y),
            };
        }
    }

    fn painted(&mut self, style: &impl BackendStyle, fill: bool) {
        match fill {
            true => self.content.fill_nonzero(),
            false => {
                self.content.set_line_width(style.stroke_width() as f32);
                self.content.stroke()
            }
        };
    }
}

/// The name of an opacity.
fn state(opacity: u8) -> String {
    format!("A{opacity}")
}

fn packed(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut out = ZlibEncoder::new(Vec::new(), Compression::default());
    out.write_all(bytes)?;
    out.finish()
}

impl DrawingBackend for &mut Page {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Done {
        Ok(())
    }

    fn present(&mut self) -> Done {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, ink: BackendColor) -> Done {
        if self.ink(ink) {
            self.content.rect(x as f32, y as f32, 1.0, 1.0);
            self.content.fill_nonzero();
        }
        Ok(())
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Done {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Done {
        if self.ink(style.color()) {
            let (wide, high) = (right - left, bottom - top);
            let [x, y, w, h] = [left, top, wide, high].map(|v| v as f32);
            self.content.rect(x, y, w, h);
            self.painted(style, fill);
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Done {
        if self.ink(style.color()) {
            self.along(path);
            self.painted(style, false);
        }
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Done {
        if self.ink(style.color()) {
            let (x, y, r) = (x as f32, y as f32, radius as f32);
            let c = ARC * r;
            let content = &mut self.content;
            content.move_to(x + r, y);
            content.cubic_to(x + r, y + c, x + c, y + r, x, y + r);
            content.cubic_to(x - c, y + r, x - r, y + c, x - r, y);
            content.cubic_to(x - r, y - c, x - c, y - r, x, y - r);
            content.cubic_to(x + c, y - r, x + r, y - c, x + r, y);
            content.close_path();
            self.painted(style, fill);
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Done {
        if self.ink(style.color()) {
            self.along(corners);
            self.content.close_path();
            self.painted(style, true);
        }
        Ok(())
    }

    /// As the lines of SVG have it: from its anchor, in the middle of small letters.
    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Done {
        if text.is_empty() || !self.ink(style.color()) {
            return Ok(());
        }
        let face = &mut self.faces[usize::from(matches!(style.style(), FontStyle::Bold))];
        let size = (style.size() / LINE) as f32;
        let (codes, width) = face.set(text);
        let width = width / 1000.0 * size;
        let small =
            f32::from(face.face.x_height().unwrap_or(0)) / f32::from(face.face.units_per_em());
        let resource = face.resource;
        let left = match style.anchor().h_pos {
            HPos::Left => 0.0,
            HPos::Center => -width / 2.0,
            HPos::Right => -width,
        };
        let down = size
            * match style.anchor().v_pos {
                VPos::Top => 0.76,
                VPos::Center => small / 2.0,
                VPos::Bottom => -small / 2.0,
            };
        // (cos, sin) of the turn, clockwise as pixels have it.
        let (cos, sin) = match style.transform() {
            FontTransform::None => (1.0, 0.0),
            FontTransform::Rotate90 => (0.0, 1.0),
            FontTransform::Rotate180 => (-1.0, 0.0),
            FontTransform::Rotate270 => (0.0, -1.0),
        };
        let at = (
            x as f32 + cos * left - sin * down,
            y as f32 + sin * left + cos * down,
        );
        // Glyphs stand upright where y goes up.
        self.content
            .begin_text()
            .set_font(Name(resource), size)
            .set_text_matrix([cos, sin, sin, -cos, at.0, at.1])
            .show(Str(&codes))
            .end_text();
        Ok(())
    }
}
