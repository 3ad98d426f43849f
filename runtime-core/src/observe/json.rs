//! Writing JSON: numbers, texts, arrays and objects, nothing else.

use std::fmt::Write as _;

/// A text that grows.
pub(super) struct Json(String);

impl Json {
    pub(super) fn new() -> Self {
        Self(String::new())
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }

    /// The name of the value that follows, within an object.
    pub(super) fn key(&mut self, name: &str) -> &mut Self {
        self.separate();
        self.text(name);
        self.0.push(':');
        self
    }

    pub(super) fn number(&mut self, number: u64) {
        let _ = write!(self.0, "{number}");
    }

    pub(super) fn flag(&mut self, flag: bool) {
        self.0.push_str(if flag { "true" } else { "false" });
    }

    pub(super) fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match value {
            Some(value) => write(self, value),
            None => self.0.push_str("null"),
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        self.0.push('"');
        for letter in text.chars() {
            match letter {
                '"' => self.0.push_str("\\\""),
                '\\' => self.0.push_str("\\\\"),
                '\n' => self.0.push_str("\\n"),
                letter if letter < ' ' => {
                    let _ = write!(self.0, "\\u{:04x}", u32::from(letter));
                }
                letter => self.0.push(letter),
            }
        }
        self.0.push('"');
    }

    pub(super) fn object(&mut self, fill: impl FnOnce(&mut Self)) {
        self.0.push('{');
        fill(self);
        self.0.push('}');
    }

    pub(super) fn array<T>(
        &mut self,
        items: impl Iterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        self.0.push('[');
        for item in items {
            self.separate();
            write(self, item);
        }
        self.0.push(']');
    }

    /// A comma, unless what comes is the first of its kind.
    fn separate(&mut self) {
        if !self.0.ends_with(['{', '[']) {
            self.0.push(',');
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_json() {
        let mut json = Json::new();
        json.object(|json| {
            json.key("a").number(1);
            json.key("yes").flag(true);
            json.key("b").optional(None::<&str>, Json::text);
            json.key("c").array(
                [r#"say "\""#, "tab\t", "ends [", "last {"].iter(),
                |json, text| {
                    json.text(text);
                },
            );
            json.key("d").array(std::iter::empty::<u64>(), Json::number);
        });
        assert_eq!(
            json.into_text(),
            r#"{"a":1,"yes":true,"b":null,"c":["say \"\\\"","tab\u0009","ends [","last {"],"d":[]}"#
        );
    }
}
