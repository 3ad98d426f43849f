//! The few shapes the plots are made of.

use std::fmt::Write;

/// A picture being drawn, `width` wide; its height grows with what is drawn.
pub(super) struct Svg {
    width: f64,
    height: f64,
    body: String,
}

/// Where a text's position is.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    pub(super) fn new(width: f64) -> Self {
        Self {
            width,
            height: 0.0,
            body: String::new(),
        }
    }

    pub(super) fn text(&mut self, x: f64, y: f64, size: f64, anchor: Anchor, text: &str) {
        self.grow(y + size);
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let _ = writeln!(
            self.body,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" text-anchor=\"{anchor}\">{}</text>",
            escape(text)
        );
    }

    pub(super) fn bar(&mut self, x: f64, y: f64, width: f64, height: f64, colour: &str) {
        self.grow(y + height);
        let _ = writeln!(
            self.body,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{height:.1}\" rx=\"2\" fill=\"{colour}\"/>",
            width.max(0.5)
        );
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: &str) {
        self.grow(from.1.max(to.1));
        let _ = writeln!(
            self.body,
            "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{colour}\" stroke-width=\"1.2\"/>",
            from.0, from.1, to.0, to.1
        );
    }

    pub(super) fn finish(self) -> String {
        let (width, height) = (self.width, self.height + 12.0);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" \
             font-family=\"system-ui, sans-serif\" fill=\"#1f2328\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{}</svg>\n",
            self.body
        )
    }

    fn grow(&mut self, bottom: f64) {
        self.height = self.height.max(bottom);
    }
}

/// Text as it may stand in XML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_as_high_as_what_is_in_it() {
        let mut svg = Svg::new(100.0);
        svg.bar(0.0, 40.0, 10.0, 8.0, "#000000");
        svg.text(0.0, 10.0, 9.0, Anchor::Start, "a < b");
        let text = svg.finish();
        assert!(
            text.contains("height=\"60\"") && text.contains("a &lt; b"),
            "{text}"
        );
    }
}
